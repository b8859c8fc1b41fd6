import type { StateEvent } from '../src/state/model.js';
import type { Policy } from '../src/state/policy.js';
import { exitsOf } from './exits.js';
import type { Breach, Model, Move } from './explore.js';
import { HAPPENINGS } from './happenings.js';
import type { Held, Machine } from './machine.js';
import { keyOf, normalForm } from './normal-form.js';
import { PROPERTIES } from './properties.js';
import { judgedBy, type Step, stepOf } from './step.js';
import { textOfState } from './text-of-state.js';

const NONE: readonly Breach[] = [];

/**
 * One endpoint: everything that can happen to it in any order, any number of ticks apart. Nothing looks at it while
 * time passes unless an event does, so that what is judged late is judged as well.
 *
 * @param machine - what is checked
 * @param policy - in ticks
 */
export function endpointModel(machine: Machine, policy: Policy): Model<Held> {
  return {
    name: 'one endpoint',
    initial: undefined,
    keyOf,
    textOf: textOfState,
    moves: (state) => movesOf(machine, state, policy),
    exitsOf: (states) => exitsOf(machine, states, policy),
  };
}

function movesOf(machine: Machine, state: Held, policy: Policy): readonly Move<Held>[] {
  const moves: Move<Held>[] = [];
  const threw = (name: string, error: unknown): void => {
    const breaches = [
      { property: 'transition is total: it never throws, and changes nothing it is given', detail: `${error}` },
    ];
    moves.push({ name, next: state, breaches });
  };
  try {
    const time = judgedBy(machine, freeze(state), policy);
    for (const { name, event } of HAPPENINGS) {
      try {
        const step = stepOf(machine, state, event, policy, time);
        moves.push({ name, next: normalForm(step.after, policy, 0), breaches: breachesOf(step) });
      } catch (error) {
        threw(name, error);
      }
    }
  } catch (error) {
    threw('tick', error);
  }
  if (state !== undefined) moves.push({ name: 'a tick passes', next: normalForm(state, policy, 1), breaches: NONE });
  return moves;
}

function breachesOf(step: Step): readonly Breach[] {
  let breaches: Breach[] | undefined;
  for (const { name, breach } of PROPERTIES) {
    const detail = breach(step);
    if (detail === undefined) continue;
    breaches ??= [];
    breaches.push({ property: name, detail });
  }
  return breaches ?? NONE;
}

/** What is frozen cannot be changed unseen. */
function freeze(state: Held): Held {
  if (state === undefined) return state;
  Object.freeze(state.probe);
  if (state.verdict === 'good') Object.freeze(state.strikes);
  return Object.freeze(state);
}

for (const { event } of HAPPENINGS) freezeEvent(event);

function freezeEvent(event: StateEvent): void {
  if ('evidence' in event) Object.freeze(event.evidence);
  if ('state' in event) freeze(event.state);
  Object.freeze(event);
}
