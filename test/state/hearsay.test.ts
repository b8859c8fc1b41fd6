import { describe, expect, it } from 'vitest';
import { type BadState, type GoodState, resolvePolicy, type StateEvent, transition } from '../../src/state/index.js';
import {
  ANSWERED,
  ASKED,
  CONTACT,
  DAY,
  deepFreeze,
  EPOCH,
  failure,
  HOUR,
  live,
  MINUTE,
  SECOND,
  SUCCESS,
} from './life.js';

const POLICY = resolvePolicy({});
const NOW = 10 * DAY;
const GOOD: GoodState = deepFreeze({
  ...{ verdict: 'good', since: NOW - 10 * MINUTE, probe: { phase: 'wanted', purpose: 'refresh', at: 0, misses: 3 } },
  ...{ until: NOW + 2 * DAY, refreshAt: NOW + DAY, lastSuccess: NOW - MINUTE, usedAt: NOW - SECOND },
  ...{ strikes: [{ at: NOW - SECOND, silent: true }], level: 2 },
});
const BAD: BadState = deepFreeze({
  ...{ verdict: 'bad', since: NOW - DAY, probe: { phase: 'idle', misses: 0 }, retryAt: NOW + 3 * HOUR },
  ...{ phase: 'connect', kind: 'refused', controlled: true, formerlyGood: false, level: 1 },
});
const restored = (state: GoodState | BadState): StateEvent => ({ type: 'restored', state });
const hint = (state: GoodState | BadState): StateEvent => ({ type: 'hint', state });
const at = (state: Parameters<typeof transition>[0], event: StateEvent, now = NOW) =>
  transition(state, event, POLICY, now);
const first = (...events: StateEvent[]) =>
  events.reduce((state, event) => at(state, event).state, undefined as Parameters<typeof transition>[0]);

describe('what was held before the process began', () => {
  it('M4 Good is Good again, as if unused, without its strikes', () => {
    const { state, effects } = at(undefined, restored(GOOD));
    expect(state).toEqual({
      ...GOOD,
      probe: { phase: 'idle', misses: 0 },
      lastSuccess: GOOD.since,
      usedAt: GOOD.since,
      strikes: [],
    });
    expect(effects).toEqual([{ type: 'announce', from: 'unknown', to: 'good', why: 'restored', downgrade: false }]);
  });

  it('M4 Bad is left alone for the rest of its time', () => {
    const { state } = at(undefined, restored(BAD));
    expect(at(state, CONTACT, BAD.retryAt - 1).effects).toEqual([]);
    expect(at(state, CONTACT, BAD.retryAt).effects).toMatchObject([{ type: 'want', purpose: 'retry' }]);
  });

  it('M2 a probe that was in flight is over', () => {
    const probe = {
      phase: 'in-flight',
      purpose: 'retry',
      token: 7,
      startedAt: 0,
      deadline: NOW + DAY,
      misses: 0,
    } as const;
    expect(at(undefined, restored({ ...BAD, probe })).state?.probe).toEqual({ phase: 'idle', misses: 0 });
  });

  it('M6 nothing lasts longer than the policy would have it', () => {
    const good = at(
      undefined,
      restored({ ...GOOD, since: NOW + DAY, until: NOW + 99 * DAY, refreshAt: NOW + 98 * DAY, level: 99 }),
    );
    expect(good.state).toMatchObject({ since: NOW, until: NOW + 3 * DAY, refreshAt: NOW + 3 * DAY, level: 24 });
    expect(at(undefined, restored({ ...BAD, retryAt: NOW + 99 * DAY })).state).toMatchObject({ retryAt: NOW + DAY });
  });

  it('M5 a refresh that fell due meanwhile waits for a contact', () => {
    const { state, effects } = at(undefined, restored({ ...GOOD, refreshAt: NOW - 1 }));
    expect(effects).toHaveLength(1);
    expect(at(state, CONTACT).effects).toMatchObject([{ type: 'want', purpose: 'refresh' }]);
  });

  it('what is over is not Good; that it was is remembered as long as if it had expired here', () => {
    const over = { ...GOOD, until: NOW - DAY };
    expect(at(undefined, restored(over))).toMatchObject({
      state: { verdict: 'unknown', formerlyGood: true, keepUntil: NOW + 6 * DAY },
      effects: [],
    });
    expect(at(undefined, restored({ ...GOOD, until: NOW - 8 * DAY })).state).toBeUndefined();
  });

  it('what was met since is newer', () => {
    const unknown = first(CONTACT);
    expect(at(unknown, restored(GOOD)).state).toBe(unknown);
  });
});

describe('what others hold', () => {
  it('their Good is used at once, for no longer than they or the policy would', () => {
    for (const before of [undefined, first(CONTACT, ANSWERED, CONTACT)]) {
      const { state, effects } = at(before, hint(GOOD));
      expect(state).toMatchObject({
        verdict: 'good',
        since: NOW,
        until: NOW + 2 * DAY,
        strikes: [],
        probe: { phase: 'idle' },
      });
      expect(effects).toContainEqual({ type: 'announce', from: 'unknown', to: 'good', why: 'hint', downgrade: false });
    }
    expect(at(undefined, hint({ ...GOOD, until: NOW + 99 * DAY })).state).toMatchObject({ until: NOW + 3 * DAY });
    expect(at(undefined, hint({ ...GOOD, until: NOW })).state).toBeUndefined();
  });

  it('their Good ends with the first failure that we meet, which is a downgrade', () => {
    const { state } = at(undefined, hint(GOOD));
    const { state: after, effects } = at(state, live(failure(), NOW + SECOND), NOW + SECOND);
    expect(after).toMatchObject({ verdict: 'bad', retryAt: NOW + SECOND + MINUTE, formerlyGood: true });
    expect(effects).toMatchObject([{ type: 'announce', to: 'bad', why: 'strikes', downgrade: true }]);
  });

  it('confirmed by a success of ours, it is as good as any', () => {
    const { state } = at(first(hint(GOOD)), live(SUCCESS, NOW + SECOND), NOW + SECOND);
    expect(at(state, live(failure(), NOW + MINUTE), NOW + MINUTE).state).toMatchObject({ verdict: 'good' });
  });

  it('what we have found Good nobody makes Bad, nor longer, nor shorter', () => {
    const ours = first(live(SUCCESS, NOW));
    expect(at(ours, hint(BAD)).state).toBe(ours);
    expect(at(ours, hint({ ...GOOD, until: NOW + 1 })).state).toBe(ours);
  });

  it('what we have found Bad nobody makes Good, but it is tried again within a minute', () => {
    const ours = first(restored(BAD));
    const { state, effects } = at(ours, hint(GOOD));
    expect([state, effects]).toEqual([{ ...ours, retryAt: NOW + MINUTE }, []]);
    expect(at(state, hint(GOOD)).state).toBe(state);
    expect(at(ours, hint({ ...BAD, retryAt: NOW + 1 })).state).toBe(ours);
  });

  it('their Bad spares us a probe, for no longer than they or ours would', () => {
    expect(at(undefined, hint(BAD)).state).toMatchObject({
      verdict: 'bad',
      since: NOW,
      retryAt: NOW + 3 * HOUR,
      level: 0,
    });
    expect(at(undefined, hint({ ...BAD, retryAt: NOW + 99 * DAY })).state).toMatchObject({ retryAt: NOW + DAY });
    expect(at(undefined, hint({ ...BAD, kind: 'unreachable', retryAt: NOW + DAY })).state).toMatchObject({
      retryAt: NOW + HOUR,
    });
    expect(at(undefined, hint({ ...BAD, retryAt: NOW })).state).toBeUndefined();
  });

  it('what was Good before a new network is tried again as that', () => {
    const once = first(live(SUCCESS, NOW), EPOCH);
    expect(at(once, hint(BAD)).state).toMatchObject({ verdict: 'bad', formerlyGood: true, retryAt: NOW + MINUTE });
  });

  it('a probe in flight tells better; one that somebody asked for is still run', () => {
    const wanted = first(ASKED);
    const flying = at(wanted, { type: 'probe-started', token: 1, deadline: NOW + MINUTE }).state;
    for (const told of [hint(GOOD), hint(BAD)]) {
      expect(at(flying, told).state).toBe(flying);
      expect(at(wanted, told).state?.probe).toEqual(wanted?.probe);
    }
  });
});
