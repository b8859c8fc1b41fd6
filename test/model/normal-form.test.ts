import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HAPPENINGS } from '../../model/happenings.js';
import type { Held } from '../../model/machine.js';
import { keyOf, normalForm, TOKEN } from '../../model/normal-form.js';
import { SMALL_POLICY } from '../../model/ticks.js';
import { type EndpointState, type StateEvent, transition } from '../../src/state/index.js';

/** An event as it is told at another moment than 0. */
function at(event: StateEvent, now: number): StateEvent {
  if (event.type === 'evidence') {
    return { ...event, startedAt: event.startedAt + now, endedAt: event.endedAt + now };
  }
  if (event.type === 'restored') return { ...event, state: moved(event.state, now) };
  if (event.type === 'hint') return { ...event, state: moved(event.state, now) };
  if (event.type === 'probe-settled') return { ...event, endedAt: event.endedAt + now };
  if (event.type === 'retry-at') return { ...event, at: event.at + now };
  return event.type === 'probe-started' ? { ...event, deadline: event.deadline + now } : event;
}

/** A state whose times that an event from outside tells of are later. */
function moved<S extends EndpointState>(state: S, by: number): S {
  const names = ['since', 'until', 'refreshAt', 'retryAt', 'keepUntil'];
  const later = Object.entries(state).map(([name, value]) => [name, names.includes(name) ? value + by : value]);
  return Object.fromEntries(later);
}

/** Whether a step of a doubling is past those that are told apart. */
function isBeyond(state: Held): boolean {
  return state !== undefined && (state.level > 1 || state.probe.misses > 1);
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 5, arbitrary: fc.constantFrom(...HAPPENINGS) },
);

it('a normal form has the same future as the states that it stands for', () => {
  let steps = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (way) => {
      let state: Held;
      let normal: Held;
      let now = 0;
      for (const next of way) {
        if (isBeyond(state)) return;
        if (typeof next === 'number') {
          now += next;
          // A tick at a time or several at once.
          normal = normalForm(normal, SMALL_POLICY, next);
        } else {
          const real = transition(state, at(next.event, now), SMALL_POLICY, now);
          const modelled = transition(normal, next.event, SMALL_POLICY, 0);
          expect(modelled.effects.map(({ type }) => type)).toEqual(real.effects.map(({ type }) => type));
          state = real.state;
          normal = normalForm(modelled.state, SMALL_POLICY, 0);
        }
        steps++;
        if (!isBeyond(state)) expect(keyOf(normal)).toBe(keyOf(normalForm(state, SMALL_POLICY, now)));
      }
    }),
    { numRuns: 3_000 },
  );
  expect(steps).toBeGreaterThan(10_000);
  expect(TOKEN).toBe(1);
});
