import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EndpointState,
  type Evidence,
  resolvePolicy,
  type StateEvent,
  statusOf,
  transition,
} from '../src/state/index.js';

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');
const picture = /```mermaid\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
const drawn = new Set([...picture.matchAll(/^\s*(\S+) --> (\S+?):/gm)].map(([, from, to]) => `${from} → ${to}`));

const policy = resolvePolicy({ onlyAfterAnswer: false });
const evidence: fc.Arbitrary<Evidence> = fc.constantFrom<Evidence[]>(
  { result: 'success' },
  { result: 'failure', phase: 'connect', kind: 'refused', controlled: true },
  { result: 'failure', phase: 'connect', kind: 'silent', controlled: false },
  { result: 'failure', phase: 'answer', kind: 'lame', controlled: true },
  { result: 'inconclusive', why: 'local' },
);

/** What may happen next, given the token of the probe in flight and the time. */
function happening(token: number, now: number): fc.Arbitrary<StateEvent> {
  const times = { startedAt: now, endedAt: now, draw: 0.5 };
  return fc.oneof(
    fc.constantFrom<StateEvent[]>(
      { type: 'contact' },
      { type: 'probe-started', token: token + 1, deadline: now + 7_000 },
      { type: 'probe-dropped' },
      { type: 'tick' },
      { type: 'asked' },
      { type: 'epoch' },
      { type: 'forget' },
    ),
    evidence.map((found): StateEvent => ({ type: 'evidence', source: 'report', evidence: found, ...times })),
    evidence.map((found): StateEvent => ({ type: 'probe-settled', token, evidence: found, endedAt: now, draw: 0.5 })),
  );
}

const name = (state: EndpointState | undefined): string => (state === undefined ? '[*]' : statusOf(state));

describe('the picture in the README', () => {
  it('shows exactly the changes of status that the tables make', () => {
    const seen = new Set<string>();
    const steps = fc.array(fc.constantFrom(0, 1_000, 61_000, 86_400_000, 260_000_000), {
      minLength: 10,
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, fc.gen(), (all, gen) => {
        let state: EndpointState | undefined;
        let now = 0;
        let token = 0;
        for (const wait of all) {
          now += wait;
          const event = gen(() => happening(token, now));
          // Time is judged by a tick of its own, so that an arrow is one thing that happened.
          for (const one of [{ type: 'tick' } as const, event]) {
            const next = transition(state, one, policy, now).state;
            if (name(next) !== name(state)) seen.add(`${name(state)} → ${name(next)}`);
            state = next;
          }
          if (state?.probe.phase === 'in-flight') token = state.probe.token;
        }
      }),
      { numRuns: 3_000, seed: 9539 },
    );
    expect([...seen].sort()).toEqual([...drawn].sort());
  });
});
