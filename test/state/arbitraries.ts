import fc from 'fast-check';
import { FAILURE_KINDS } from '../../src/state/checks.js';
import {
  type EndpointState,
  type Evidence,
  POLICY_LIMITS,
  type Policy,
  type PolicyNumbers,
  policies,
  resolvePolicy,
  type StateEvent,
} from '../../src/state/index.js';

/** An event that fits a moment and, if it can, a state: tokens and deadlines are right more often than not. */
export type EventMaker = (now: number, state: EndpointState | undefined) => StateEvent;

const kind = fc.constantFrom(...FAILURE_KINDS);

export const anyEvidence: fc.Arbitrary<Evidence> = fc.oneof(
  fc.constant<Evidence>({ result: 'success' }),
  fc.record({
    result: fc.constant('failure' as const),
    phase: fc.constantFrom('connect', 'handshake', 'answer'),
    kind,
    controlled: fc.boolean(),
  }),
  fc.record({
    result: fc.constant('inconclusive' as const),
    why: fc.constantFrom('local', 'auth', 'broken', 'lame', 'offline', 'aborted'),
  }),
);

const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const age = fc.nat({ max: 20_000 });

function tokenOf(state: EndpointState | undefined, wrong: boolean): number {
  const token = state?.probe.phase === 'in-flight' ? state.probe.token : 0;
  return wrong ? token + 1 : token;
}

const outside = fc.record({
  type: fc.constantFrom<'restored' | 'hint'>('restored', 'hint'),
  isGood: fc.boolean(),
  kind,
  controlled: fc.boolean(),
  formerlyGood: fc.boolean(),
  level: fc.nat({ max: 40 }),
  past: age,
  end: fc.integer({ min: -20_000, max: 100 * 86_400_000 }),
  refresh: fc.integer({ min: -20_000, max: 100 * 86_400_000 }),
});

/** What was held before, or others hold: of any time, over already or for ever. */
const anyOutside: fc.Arbitrary<EventMaker> = outside.map(
  ({ type, isGood, kind, controlled, formerlyGood, level, past, end, refresh }): EventMaker =>
    (now) => {
      const probe = { phase: 'idle', misses: 0 } as const;
      const since = now - past;
      const good = { verdict: 'good', since, probe, until: now + end, refreshAt: now + refresh } as const;
      const bad = { verdict: 'bad', since, probe, retryAt: now + end, phase: 'connect', kind } as const;
      return isGood
        ? { type, state: { ...good, lastSuccess: since, usedAt: since, strikes: [], level } }
        : { type, state: { ...bad, controlled, formerlyGood, level } };
    },
);

export const anyEvent: fc.Arbitrary<EventMaker> = fc.oneof(
  { weight: 1, arbitrary: anyOutside },
  { weight: 4, arbitrary: fc.constant<EventMaker>(() => ({ type: 'contact' })) },
  { weight: 1, arbitrary: fc.constant<EventMaker>(() => ({ type: 'answered' })) },
  { weight: 1, arbitrary: fc.constant<EventMaker>(() => ({ type: 'asked' })) },
  { weight: 1, arbitrary: fc.constant<EventMaker>(() => ({ type: 'probe-dropped' })) },
  { weight: 2, arbitrary: fc.constant<EventMaker>(() => ({ type: 'tick' })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<'epoch' | 'forget'>('epoch', 'forget').map(
      (type): EventMaker =>
        () => ({ type }),
    ),
  },
  {
    weight: 1,
    arbitrary: draw.map(
      (value): EventMaker =>
        () => ({ type: 'slept', draw: value }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat({ max: 2 * 86_400_000 }).map(
      (ms): EventMaker =>
        (now) => ({ type: 'retry-at', at: now + ms }),
    ),
  },
  {
    weight: 5,
    arbitrary: fc
      .record({ source: fc.constantFrom('live', 'report'), evidence: anyEvidence, started: age, ended: age, draw })
      .map(
        ({ source, evidence, started, ended, draw }): EventMaker =>
          (now) => ({
            type: 'evidence',
            source,
            evidence,
            startedAt: now - Math.max(started, ended),
            endedAt: now - Math.min(started, ended),
            draw,
          }),
      ),
  },
  {
    weight: 4,
    arbitrary: fc.record({ token: fc.nat({ max: 1_000_000 }), life: fc.integer({ min: 1, max: 60_000 }) }).map(
      ({ token, life }): EventMaker =>
        (now) => ({ type: 'probe-started', token, deadline: now + life }),
    ),
  },
  {
    weight: 5,
    arbitrary: fc.record({ evidence: anyEvidence, wrong: fc.boolean(), draw }).map(
      ({ evidence, wrong, draw }): EventMaker =>
        (now, state) => ({ type: 'probe-settled', token: tokenOf(state, wrong), evidence, endedAt: now, draw }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (wrong): EventMaker =>
        (_, state) => ({ type: 'probe-aborted', token: tokenOf(state, wrong) }),
    ),
  },
);

/** Numbers of a policy that bound one another: the lesser first. */
const ORDERED: readonly (readonly [keyof PolicyNumbers, keyof PolicyNumbers])[] = [
  ['warmHedgeMinMs', 'warmHedgeMaxMs'],
  ['coldHedgeMinMs', 'coldHedgeMaxMs'],
  ['inconclusiveRetryMs', 'maxInconclusiveRetryMs'],
  ['lameZonesToConvict', 'lameZones'],
  ['offlinePrefixes', 'offlineAttempts'],
];

const numbers = Object.fromEntries(
  Object.entries(POLICY_LIMITS).map(([name, { min, max, unit }]) => [
    name,
    unit === 'share' ? fc.double({ min, max, noNaN: true }) : fc.integer({ min, max }),
  ]),
) as Record<keyof PolicyNumbers, fc.Arbitrary<number>>;

/** Any policy that is valid: the presets, and any numbers within their limits. */
export const anyPolicy: fc.Arbitrary<Policy> = fc.oneof(
  fc.constantFrom(...Object.values(policies)),
  fc
    .record({ ...numbers, onlyAfterAnswer: fc.boolean(), hedge: fc.constantFrom('always', 'warm', 'off') })
    .map((drawn) => {
      const changes: Partial<Record<keyof PolicyNumbers, number>> = {};
      for (const [less, more] of ORDERED) changes[less] = Math.min(drawn[less], drawn[more]);
      return resolvePolicy({ ...drawn, ...changes });
    }),
);
