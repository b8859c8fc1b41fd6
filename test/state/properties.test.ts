import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Effect,
  type Endpoint,
  type EndpointState,
  EndpointTable,
  type Evidence,
  endpointKey,
  type Policy,
  resolvePolicy,
  type StateEvent,
  transition,
} from '../../src/state/index.js';
import { lameAnswer } from '../../src/state/lame.js';
import { anyEvent, anyPolicy, type EventMaker } from './arbitraries.js';
import { DAY, HOUR, MINUTE, SECOND } from './life.js';

/** Gaps between events: mostly short, so that windows fill, sometimes long enough for any end. */
const gap = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 30 * SECOND }) },
  { weight: 2, arbitrary: fc.nat({ max: HOUR }) },
  { weight: 1, arbitrary: fc.nat({ max: 3 * DAY }) },
);
const script = fc.array(fc.tuple(anyEvent, gap), { maxLength: 120, size: 'max' });

/** The effects that last: what the same step wants and takes back again is no wish. */
function lasting(effects: readonly Effect[]): readonly Effect[] {
  const back = effects.findLastIndex(({ type }) => type === 'withdraw');
  return effects.filter(({ type }, index) => type !== 'want' || index > back);
}

/** One step of a script, seen from outside. */
interface Step {
  readonly before: EndpointState | undefined;
  readonly event: StateEvent;
  readonly after: EndpointState | undefined;
  readonly effects: readonly Effect[];
  readonly now: number;
}

function play(policy: Policy, events: readonly (readonly [EventMaker, number])[], look: (step: Step) => void): void {
  let state: EndpointState | undefined;
  let now = 0;
  for (const [make, later] of events) {
    now += later;
    const event = make(now, state);
    const { state: after, effects } = transition(state, event, policy, now);
    look({ before: state, event, after, effects: lasting(effects), now });
    state = after;
  }
}

function always(look: (step: Step, policy: Policy) => void, policies: fc.Arbitrary<Policy> = anyPolicy): void {
  fc.assert(
    fc.property(policies, script, (policy, events) => play(policy, events, (step) => look(step, policy))),
    { numRuns: 400 },
  );
}

const isFlying = (state: EndpointState | undefined): boolean => state?.probe.phase === 'in-flight';

describe('one endpoint', () => {
  it('a flight in the air is joined or aborted, never doubled', () => {
    expect.hasAssertions();
    always(({ before, event, after, effects }) => {
      if (before?.probe.phase !== 'in-flight') return;
      const { token } = before.probe;
      const same = after?.probe.phase === 'in-flight' && after.probe.token === token;
      const landed = (event.type === 'probe-settled' || event.type === 'probe-aborted') && event.token === token;
      const aborted = effects.some((effect) => effect.type === 'abort' && effect.token === token);
      expect([same, aborted, landed].filter(Boolean).length).toBeGreaterThanOrEqual(1);
      // Tokens are drawn here, and one may come twice, which no house gives; what began now has then the token of what ended.
      if (same && event.type !== 'probe-started') expect(aborted).toBe(false);
      // One that has ended is not followed by another before it is wanted and begun anew.
      if (!same && event.type !== 'probe-started') expect(isFlying(after)).toBe(false);
    });
  });

  it('a probe begins only where one was wanted', () => {
    always(({ before, event, after, effects }) => {
      if (!isFlying(after) || isFlying(before)) return expect(true).toBe(true);
      expect(event.type).toBe('probe-started');
      const wantedNow = effects.some((effect) => effect.type === 'want');
      expect(before?.probe.phase === 'wanted' || wantedNow).toBe(true);
    });
  });

  it('want only where the probe was idle or ended by this, or to let somebody’s asking overtake', () => {
    always(({ before, event, after, effects }) => {
      for (const effect of effects) {
        if (effect.type !== 'want') continue;
        const phase = before?.probe.phase ?? 'idle';
        const ended = effects.some(({ type }) => type === 'abort' || type === 'withdraw');
        const landed = event.type === 'probe-settled' && phase === 'in-flight';
        const overtaken =
          effect.purpose === 'asked' && before?.probe.phase === 'wanted' && before.probe.purpose !== 'asked';
        expect(phase === 'idle' || ended || landed || overtaken).toBe(true);
        expect(after === undefined || after.probe.phase !== 'idle' || event.type === 'forget').toBe(true);
      }
      expect(effects.filter(({ type }) => type === 'want').length).toBeLessThanOrEqual(2);
    });
  });

  it('want, withdraw and abort keep a list of what waits and flies equal to the state', () => {
    fc.assert(
      fc.property(anyPolicy, script, (policy, events) => {
        let waits = false;
        let flies = false;
        play(policy, events, ({ before, event, after, effects }) => {
          if (event.type === 'probe-dropped' && before?.probe.phase === 'wanted') waits = false;
          const mine = before?.probe.phase === 'in-flight' ? before.probe.token : undefined;
          if ((event.type === 'probe-settled' || event.type === 'probe-aborted') && event.token === mine) flies = false;
          for (const { type } of effects) {
            if (type === 'want') waits = true;
            if (type === 'withdraw') waits = false;
            if (type === 'abort') flies = false;
          }
          if (event.type === 'probe-started' && waits && after?.probe.phase === 'in-flight') {
            waits = false;
            flies = true;
          }
          expect([waits, flies]).toEqual([after?.probe.phase === 'wanted', isFlying(after)]);
        });
      }),
      { numRuns: 400 },
    );
  });

  it('Good becomes Bad by enough controlled failures in the window, or a conviction of lameness, and by nothing else', () => {
    fc.assert(
      fc.property(anyPolicy, script, (policy, events) => {
        // Our own count: controlled failures since the latest success that the state may have counted.
        let seen: { at: number; silent: boolean; begun: number }[] = [];
        let success = 0;
        play(policy, events, ({ before, event, after, effects, now }) => {
          const found = findingOf(before, event, now);
          if (found?.evidence.result === 'failure' && found.evidence.controlled) {
            const { phase, kind } = found.evidence;
            const silent = phase === 'answer' && kind === 'silent';
            if (kind !== 'local' && kind !== 'auth') seen.push({ at: found.endedAt, silent, begun: found.startedAt });
          }
          const down = effects.find(
            (effect) => effect.type === 'announce' && effect.from === 'good' && effect.to === 'bad',
          );
          if (down?.type === 'announce' && before?.verdict === 'good' && found?.evidence.result === 'failure') {
            expect(down.downgrade).toBe(true);
            expect(found.evidence.controlled).toBe(true);
            const counted = seen.filter(
              ({ at, begun }, index) =>
                begun >= success && (index === seen.length - 1 || now - at < policy.strikeWindowMs),
            );
            const silent = counted.filter((one) => one.silent).length;
            const enough =
              // What others say ends with the first failure that we meet.
              before.lastSuccess < before.since ||
              counted.length - silent >= policy.strikes ||
              silent >= policy.silentStrikes ||
              counted.length >= Math.max(policy.strikes, policy.silentStrikes);
            expect(down.why).toBe(found.evidence.kind === 'lame' ? 'lame' : 'strikes');
            expect(found.evidence.kind === 'lame' || enough).toBe(true);
          } else if (before?.verdict === 'good' && after?.verdict === 'bad') {
            // In one step only by way of its end: expired, and the probe that was in flight failed or others say Bad; or
            // forgotten, and what was held before is restored.
            const ends = ['expired', 'forgotten'];
            expect(effects.some((effect) => effect.type === 'announce' && ends.includes(effect.why))).toBe(true);
          }
          if (found?.evidence.result === 'success' && (after?.verdict === 'good' || before?.verdict === 'good')) {
            success = Math.max(success, found.endedAt);
            seen = seen.filter(({ begun }) => begun >= found.endedAt);
          }
          if (after?.verdict === 'good' && before?.verdict !== 'good') {
            // What is restored is older than all that was met before it was forgotten.
            success = event.type === 'restored' ? after.since : Math.max(success, after.since);
            seen = [];
          }
          if (after === undefined || after.verdict !== 'good') seen = [];
        });
        expect(true).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it('a verdict changes only on evidence, its end, a new epoch or forgetting, and always announced', () => {
    always(({ before, event, after, effects }) => {
      const told = effects.filter((effect) => effect.type === 'announce');
      const from = before?.verdict ?? 'unknown';
      const to = after?.verdict ?? 'unknown';
      if (from === to && told.length === 0) return expect(true).toBe(true);
      // The announcements lead from the one to the other without a gap.
      let verdict = from;
      for (const one of told) {
        expect(one.from).toBe(verdict);
        expect(one.to).not.toBe(one.from);
        verdict = one.to;
        const reasons: Record<typeof one.why, boolean> = {
          'probe-success': event.type === 'probe-settled' && event.evidence.result === 'success',
          'probe-failure': event.type === 'probe-settled' && event.evidence.result === 'failure',
          'live-success': event.type === 'evidence' && event.source === 'live' && event.evidence.result === 'success',
          'report-success':
            event.type === 'evidence' && event.source === 'report' && event.evidence.result === 'success',
          strikes: 'evidence' in event && event.evidence.result === 'failure',
          lame: 'evidence' in event && event.evidence.result === 'failure' && event.evidence.kind === 'lame',
          expired: one.from === 'good' && one.to === 'unknown',
          epoch: event.type === 'epoch',
          forgotten: one.to === 'unknown',
          restored: event.type === 'restored' && one.from === 'unknown',
          hint: event.type === 'hint' && one.from === 'unknown',
        };
        expect(reasons[one.why]).toBe(true);
      }
      expect(verdict).toBe(to);
    });
  });

  it('nothing is Good beyond its end but for a probe in flight before its deadline, nor kept beyond its time', () => {
    always(({ after, now }, policy) => {
      if (after?.probe.phase === 'in-flight') return expect(now).toBeLessThan(Math.max(after.probe.deadline, now + 1));
      if (after?.verdict === 'good' && after.probe.phase === 'idle' && after.lastSuccess < now) {
        // A success that comes late can be over when it comes; the next look ends it.
        expect(transition(after, { type: 'tick' }, policy, after.until).state?.verdict).not.toBe('good');
      }
      return expect(true).toBe(true);
    });
  });

  it('bounds: strikes, hits, level', () => {
    always(({ after }, policy) => {
      if (after?.verdict === 'good') {
        expect(after.strikes.length).toBeLessThan(Math.max(policy.strikes, policy.silentStrikes));
      }
      if (after?.verdict === 'unknown') expect(after.hits).toBeLessThanOrEqual(policy.threshold);
      expect(after === undefined || after.verdict === 'unknown' || after.level <= 24).toBe(true);
    });
  });

  it('what is Bad is not probed before its retry time unless somebody asks', () => {
    always(({ after, effects }) => {
      if (after?.verdict !== 'bad') return expect(true).toBe(true);
      for (const effect of effects) {
        if (effect.type === 'want' && effect.purpose !== 'asked') {
          expect(effect.at).toBeGreaterThanOrEqual(after.retryAt);
        }
      }
      if (after.probe.phase === 'wanted' && after.probe.purpose !== 'asked') {
        expect(after.probe.at).toBeGreaterThanOrEqual(after.retryAt);
      }
      return expect(true).toBe(true);
    });
  });

  it('no state waits for nobody: time alone leads every one to absent', () => {
    const far = 400 * DAY;
    always(({ after, now }, policy) => {
      let state = after;
      for (let tick = 1; tick <= 4 && state !== undefined; tick++) {
        state = transition(state, { type: 'tick' }, policy, now + tick * far).state;
      }
      expect(state).toBeUndefined();
    });
  });

  it('a wanted probe that begins and ends leads on: wanting is never for ever', () => {
    always(({ after, now }, policy) => {
      if (after?.probe.phase !== 'wanted') return expect(true).toBe(true);
      const at = Math.max(now, Math.min(after.probe.at, now));
      const begun = transition(after, { type: 'probe-started', token: 7, deadline: at + 10 }, policy, at).state;
      if (begun?.probe.phase !== 'in-flight') return expect(begun === undefined || begun.verdict).toBeTruthy();
      const settled = {
        type: 'probe-settled',
        token: 7,
        evidence: { result: 'success' },
        endedAt: at,
        draw: 0,
      } as const;
      return expect(transition(begun, settled, policy, at).state).toMatchObject({ probe: { phase: 'idle' } });
    });
  });
});

/** What evidence an event brings to the state, and its times; of a probe only what the state takes. */
function findingOf(
  before: EndpointState | undefined,
  event: StateEvent,
  now: number,
): { readonly evidence: Evidence; readonly startedAt: number; readonly endedAt: number } | undefined {
  if (event.type === 'evidence') return event;
  if (event.type !== 'probe-settled' || before?.probe.phase !== 'in-flight') return undefined;
  if (before.probe.token !== event.token || now >= before.probe.deadline) return undefined;
  return { evidence: event.evidence, startedAt: before.probe.startedAt, endedAt: event.endedAt };
}

describe('lame zones', () => {
  it('are never more than the policy says', () => {
    const answers = fc.array(fc.tuple(fc.nat({ max: 100 }), fc.nat({ max: MINUTE }), fc.boolean()), { maxLength: 200 });
    fc.assert(
      fc.property(anyPolicy, answers, (policy, list) => {
        let now = 0;
        let { memory } = lameAnswer(EMPTY, { zone: '.', probe: false }, policy, 0);
        for (const [zone, later, probe] of list) {
          now += later;
          memory = lameAnswer(memory, { zone: `z${zone}.`, probe }, policy, now).memory;
          expect(memory.zones.length).toBeLessThanOrEqual(policy.lameZones);
          expect(memory.streak.zones.length).toBeLessThanOrEqual(policy.lameZones);
        }
        expect(resolvePolicy({}).lameZones).toBe(8);
      }),
    );
  });
});

const EMPTY = {
  zones: [],
  sound: [],
  comparedAt: Number.NEGATIVE_INFINITY,
  compared: 0,
  trustedUntil: Number.NEGATIVE_INFINITY,
  streak: { zones: [], answers: 0, firstAt: 0, probes: 0, probedAt: 0 },
} as const;

describe('the table', () => {
  const addresses = Array.from({ length: 60 }, (_, index) =>
    index < 40 ? `192.0.${index >> 3}.${index}` : `2001:db${index & 3}::${index.toString(16)}`,
  );
  const endpoints: readonly Endpoint[] = addresses.map((address) => {
    const parts = { address, port: 853, transport: 'dot' };
    return { key: endpointKey(parts), ...parts };
  });
  const step = fc.tuple(fc.nat({ max: endpoints.length - 1 }), anyEvent, gap);

  it('bounds and counts hold after every event, and slots equal probes in flight', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(step, { maxLength: 200, size: 'max' }), (drawn, steps) => {
        const policy = resolvePolicy({ ...drawn, capacity: 16, prefixShare: 0.25, unknownShare: 0.5 });
        const table = new EndpointTable(policy);
        let now = 0;
        for (const [index, make, later] of steps) {
          now += later;
          const endpoint = endpoints[index];
          if (endpoint === undefined) continue;
          const known = table.get(endpoint.key);
          const unknownBefore = table.count('unknown');
          const event = make(now, known?.state);
          const { record, evicted } =
            event.type === 'contact' ? table.contact(endpoint, now) : table.apply(endpoint, event, now, 'detail');
          const records = [...table.records()];
          expect(records).toHaveLength(table.size);
          expect(table.size).toBeLessThanOrEqual(16);
          const flying = records.filter(({ state }) => isFlying(state)).length;
          expect(table.inFlight).toBe(flying);
          for (const verdict of ['unknown', 'good', 'bad'] as const) {
            expect(table.count(verdict)).toBe(records.filter(({ state }) => state?.verdict === verdict).length);
          }
          // A new Unknown row never takes more than the share; what was Good and is Unknown now may stay.
          if (known === undefined && record?.state?.verdict === 'unknown') {
            expect(table.count('unknown')).toBeLessThanOrEqual(Math.max(8, unknownBefore));
          }
          const groups = prefixesOf(records.map(({ address }) => address.text));
          for (const count of groups.values()) expect(count).toBeLessThanOrEqual(4);
          for (const one of records) expect(one.history.length).toBeLessThanOrEqual(8);
          for (const { record: gone } of evicted) {
            expect(table.get(gone.endpoint.key)).toBeUndefined();
            expect(gone.state).toBeUndefined();
            expect(gone.pins).toBe(0);
          }
        }
        expect(table.policy).toBe(policy);
      }),
      { numRuns: 200 },
    );
  });

  it('a sweep of all rows far in the future leaves none', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(step, { maxLength: 100, size: 'max' }), (policy, steps) => {
        const table = new EndpointTable(policy);
        let now = 0;
        for (const [index, make, later] of steps) {
          now += later;
          const endpoint = endpoints[index];
          if (endpoint !== undefined) table.apply(endpoint, make(now, table.get(endpoint.key)?.state), now);
        }
        for (let round = 1; round <= 6; round++) table.sweep(200, now + round * 400 * DAY);
        expect([table.size, table.inFlight]).toEqual([0, 0]);
      }),
      { numRuns: 100 },
    );
  });
});

function prefixesOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    const prefix = text.includes(':') ? text.split(':').slice(0, 2).join(':') : text.split('.').slice(0, 3).join('.');
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  }
  return counts;
}
