import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type FailureKind, type StateEvent, statusOf, transition } from '../../src/state/index.js';
import { anyEvent, anyPolicy } from './arbitraries.js';
import {
  ANSWERED,
  ASKED,
  badSince,
  CONTACT,
  DAY,
  DROPPED,
  deepFreeze,
  EAGER,
  EPOCH,
  FORGET,
  failure,
  goodSince,
  HOUR,
  INCONCLUSIVE,
  Life,
  live,
  MINUTE,
  SECOND,
  SILENT_SESSION,
  SUCCESS,
  TICK,
} from './life.js';

describe('verdict: absent, unknown + contact', () => {
  it('one contact is one hit and wants nothing', () => {
    const life = new Life().at(5, CONTACT);
    expect(life.state).toEqual({
      verdict: 'unknown',
      since: 5,
      probe: { phase: 'idle', misses: 0 },
      hits: 1,
      windowStart: 5,
      answered: false,
      formerlyGood: false,
      level: 0,
      keepUntil: 5 + DAY,
    });
    expect(life.effects).toEqual([]);
  });

  it('the second hit wants a probe at once', () => {
    const life = new Life().at(5, CONTACT).at(9, CONTACT);
    expect(life.effects).toEqual([{ type: 'want', purpose: 'discover', at: 9 }]);
    expect(life.state?.probe).toEqual({ phase: 'wanted', purpose: 'discover', at: 9, misses: 0 });
  });

  it('a hit one millisecond before the window ends adds up', () => {
    expect(new Life().at(0, CONTACT).at(DAY - 1, CONTACT).did).toEqual(['want']);
  });

  it('a hit at the end of the window begins another', () => {
    const life = new Life({ keepUnknownMs: 7 * DAY }).at(0, CONTACT).at(DAY, CONTACT);
    expect(life.effects).toEqual([]);
    expect([life.unknown.hits, life.unknown.windowStart]).toEqual([1, DAY]);
    expect(life.at(DAY + 1, CONTACT).did).toEqual(['want']);
  });

  it.each([1, 2, 5])('threshold %i: that contact wants a probe and none before', (threshold) => {
    const life = new Life({ threshold });
    const wants = Array.from({ length: threshold }, (_, index) => life.at(index, CONTACT).did.length);
    expect(wants).toEqual([...new Array<number>(threshold - 1).fill(0), 1]);
  });

  it('hits rest at the threshold, so that further contacts change nothing', () => {
    const life = new Life({ onlyAfterAnswer: true }).at(0, CONTACT).at(1, CONTACT);
    const before = life.state;
    expect(life.at(2, CONTACT).state).toBe(before);
  });

  it('onlyAfterAnswer: hits wait for an answer over Do53, whichever comes first', () => {
    const hitsFirst = new Life({ onlyAfterAnswer: true }).at(0, CONTACT).at(1, CONTACT);
    expect(hitsFirst.effects).toEqual([]);
    expect(hitsFirst.at(2, ANSWERED).effects).toEqual([{ type: 'want', purpose: 'discover', at: 2 }]);
    const answerFirst = new Life({ onlyAfterAnswer: true }).at(0, CONTACT).at(1, ANSWERED);
    expect(answerFirst.effects).toEqual([]);
    expect(answerFirst.at(2, CONTACT).did).toEqual(['want']);
  });

  it('an answer after the window has ended finds no hits', () => {
    const life = new Life({ onlyAfterAnswer: true, keepUnknownMs: 7 * DAY }).at(0, CONTACT).at(1, CONTACT);
    expect(life.at(DAY, ANSWERED).effects).toEqual([]);
    expect(life.at(DAY + 1, CONTACT).effects).toEqual([]);
    expect(life.at(DAY + 2, CONTACT).did).toEqual(['want']);
  });

  it('an answer says nothing of what is absent, Good or Bad', () => {
    expect(new Life().at(0, ANSWERED).now).toBe('absent');
    for (const life of [goodSince(0), badSince(0)]) {
      const before = life.state;
      expect(life.at(1, ANSWERED).state).toBe(before);
    }
  });
});

describe('verdict: unknown, bad + success', () => {
  it.each([
    ['absent', new Life()],
    ['unknown', new Life().at(0, CONTACT)],
    ['bad', badSince(0)],
  ] as const)('%s becomes good for 3 days by a live success', (from, life) => {
    const before = life.state?.verdict ?? 'unknown';
    life.at(100, live(SUCCESS, 90));
    expect(life.good).toMatchObject({ since: 90, until: 90 + 3 * DAY, lastSuccess: 90, strikes: [], level: 0 });
    expect(life.effects).toEqual([
      { type: 'announce', from: before, to: 'good', why: 'live-success', downgrade: false },
    ]);
    expect(from).toBeTypeOf('string');
  });

  it.each(['live', 'report'] as const)('the announcement names the source: %s', (source) => {
    expect(new Life().at(1, live(SUCCESS, 1, 0, source)).effects).toMatchObject([{ why: `${source}-success` }]);
  });

  it('a probe’s success names the probe', () => {
    expect(goodSince(0).effects).toMatchObject([{ why: 'probe-success', from: 'unknown', to: 'good' }]);
  });

  it('a success that ended before the verdict began changes nothing, one at its beginning does', () => {
    const life = badSince(1000);
    const before = life.state;
    expect(life.at(2000, live(SUCCESS, 999)).state).toBe(before);
    expect(life.at(2000, live(SUCCESS, 1000)).now).toBe('good, idle');
  });

  it('the same holds for unknown after a new epoch', () => {
    const life = goodSince(0).at(1000, EPOCH);
    expect(life.at(1001, live(SUCCESS, 999)).now).toBe('unknown, idle');
  });
});

describe('verdict: bad + a failure that may have been the network’s', () => {
  const retryAt = (at: number): StateEvent => ({ type: 'retry-at', at });

  it('S20 is retried at another time, and keeps all else', () => {
    const life = badSince(0);
    const before = life.bad;
    expect(life.at(5, retryAt(MINUTE)).bad).toEqual({ ...before, retryAt: MINUTE });
    expect(life.at(5, retryAt(before.retryAt)).bad).toEqual(before);
    expect(life.at(5, retryAt(100 * DAY)).bad.retryAt).toBe(5 + DAY);
    expect(life.at(5, retryAt(MINUTE)).bad).toEqual({ ...before, retryAt: MINUTE });
    expect(life.effects).toEqual([]);
    expect(life.at(MINUTE - 1, CONTACT).bad.probe.phase).toBe('idle');
    expect(life.at(MINUTE, CONTACT).bad.probe).toMatchObject({ phase: 'wanted', purpose: 'retry' });
  });

  it('S20 a retry that is wanted or under way is not put off', () => {
    const life = badSince(0).at(5, retryAt(MINUTE)).at(MINUTE, CONTACT);
    expect(life.at(MINUTE, retryAt(HOUR)).bad).toMatchObject({ retryAt: MINUTE, probe: { phase: 'wanted' } });
    life.start(MINUTE);
    expect(life.at(MINUTE, retryAt(HOUR)).bad).toMatchObject({ retryAt: MINUTE, probe: { phase: 'in-flight' } });
    expect(life.at(MINUTE, retryAt(SECOND)).bad.retryAt).toBe(SECOND);
  });

  it('S20 says nothing of what is not Bad', () => {
    for (const life of [new Life(), new Life().at(0, CONTACT), goodSince(0)]) {
      const before = life.state;
      expect(life.at(1, retryAt(2)).state).toBe(before);
    }
  });
});

describe('verdict: unknown + failure', () => {
  const kinds: readonly (readonly [FailureKind, number])[] = [
    ['refused', DAY],
    ['silent', DAY],
    ['closed', DAY],
    ['not-tls', DAY],
    ['alert', DAY],
    ['malformed', DAY],
    ['unreachable', HOUR],
    ['lame', HOUR],
  ];

  it.each(kinds)('a probe’s controlled %s makes it bad, retried after %i ms', (kind, retryMs) => {
    const life = new Life().at(0, CONTACT).at(0, CONTACT).start(10).settle(20, failure(kind));
    expect(life.bad).toMatchObject({ since: 20, retryAt: 20 + retryMs, kind, level: 0, formerlyGood: false });
    expect(life.effects).toEqual([
      {
        type: 'announce',
        from: 'unknown',
        to: 'bad',
        why: kind === 'lame' ? 'lame' : 'probe-failure',
        downgrade: false,
      },
    ]);
  });

  it.each(kinds)('a probe’s uncontrolled %s makes it bad for 60 s', (kind) => {
    const life = new Life().at(0, ASKED).start(10).settle(20, failure(kind, false));
    expect(life.bad).toMatchObject({ retryAt: 20 + MINUTE, controlled: false });
  });

  it.each(['local', 'auth'] as const)('%s is no evidence, in a probe or a live query', (kind) => {
    const probe = new Life().at(0, ASKED).start(10).settle(20, failure(kind));
    expect(probe.now).toBe('unknown, wanted');
    const good = goodSince(0);
    const before = good.state;
    for (let i = 1; i < 5; i++) good.at(i, live(failure(kind), i));
    expect(good.state).toBe(before);
    expect(goodSince(0).at(5, ASKED).start(5).settle(6, failure(kind)).good.strikes).toEqual([]);
  });

  it('a live failure leaves absent, unknown and bad as they are', () => {
    for (const life of [new Life(), new Life().at(0, CONTACT), badSince(0)]) {
      const before = life.state;
      expect(life.at(10, live(failure(), 10)).state).toBe(before);
      expect(life.effects).toEqual([]);
    }
  });

  it('a probe’s failure that began under another verdict is ignored', () => {
    const life = new Life().at(0, ASKED).start(10).at(20, live(SUCCESS, 20)).settle(30, failure());
    expect(life.now).toBe('good, idle');
    expect(life.good.strikes).toEqual([]);
  });
});

describe('verdict: good + success', () => {
  it('moves the end, and clears the strikes', () => {
    const life = goodSince(0)
      .at(10, live(failure(), 10))
      .at(2 * HOUR, live(SUCCESS, 2 * HOUR));
    expect(life.good).toMatchObject({ since: 0, until: 3 * DAY + 2 * HOUR, strikes: [], lastSuccess: 2 * HOUR });
    expect(life.good.refreshAt).toBe(2 * HOUR + 2.4 * DAY);
    expect(life.did).toEqual(['withdraw']);
  });

  it('the end is written when it moves by more than an hour and not at exactly one', () => {
    expect(goodSince(0).at(HOUR, live(SUCCESS, HOUR)).good.until).toBe(3 * DAY);
    expect(goodSince(0).at(HOUR, live(SUCCESS, HOUR)).good.lastSuccess).toBe(HOUR);
    expect(goodSince(0).at(HOUR + 1, live(SUCCESS, HOUR + 1)).good.until).toBe(3 * DAY + HOUR + 1);
  });

  it('a probe’s success is always written', () => {
    expect(goodSince(0).probed(1, SUCCESS).good.until).toBe(3 * DAY + 1);
  });

  it('an old success that comes late moves neither end nor latest success back', () => {
    const life = goodSince(0)
      .at(2 * DAY, live(SUCCESS, 2 * DAY))
      .at(2 * DAY + 1, live(SUCCESS, DAY));
    expect(life.good).toMatchObject({ until: 5 * DAY, lastSuccess: 2 * DAY });
  });
});

describe('verdict: any + failure begun before the latest success ended, or before since', () => {
  it.each([
    ['one millisecond before', 99, 0],
    ['at the same moment', 100, 1],
  ])('good: begun %s', (_, startedAt, strikes) => {
    const life = goodSince(0)
      .at(100, live(SUCCESS, 100))
      .at(200, live(failure(), 200, startedAt));
    expect(life.good.strikes).toHaveLength(strikes);
  });

  it('good: begun before since', () => {
    const life = goodSince(100);
    const before = life.state;
    expect(life.at(200, live(failure(), 200, 99)).state).toBe(before);
  });

  it('bad: a probe begun before it became so adds no level', () => {
    const life = goodSince(0).at(10, ASKED).start(10);
    life.at(20, live(failure(), 20)).at(30, live(failure(), 30));
    expect(life.bad).toMatchObject({ since: 30, level: 0 });
    life.settle(40, failure());
    expect(life.bad).toMatchObject({ since: 30, level: 0, retryAt: 30 + MINUTE, probe: { phase: 'idle' } });
  });
});

describe('verdict: good + other failure', () => {
  it('the first is a strike, and wants a probe in a second', () => {
    const life = goodSince(0).at(50, live(failure(), 40));
    expect(life.good.strikes).toEqual([{ at: 40, silent: false }]);
    expect(life.effects).toEqual([{ type: 'want', purpose: 'recheck', at: 50 + SECOND }]);
  });

  it('the second of connect or handshake demotes: bad for 60 s, announced as a downgrade, its recheck withdrawn', () => {
    const life = goodSince(0)
      .at(50, live(failure(), 50))
      .at(60, live(failure('alert', true, 'handshake'), 60));
    expect(life.bad).toEqual({
      verdict: 'bad',
      since: 60,
      retryAt: 60 + MINUTE,
      phase: 'handshake',
      kind: 'alert',
      controlled: true,
      formerlyGood: true,
      level: 0,
      probe: { phase: 'idle', misses: 0 },
    });
    expect(life.effects).toEqual([
      { type: 'announce', from: 'good', to: 'bad', why: 'strikes', downgrade: true },
      { type: 'withdraw' },
    ]);
  });

  it('a strike counts for 60 s, to the millisecond', () => {
    const struck = () => goodSince(0).at(50, live(failure(), 50));
    expect(struck().at(49 + MINUTE, live(failure(), 49 + MINUTE)).now).toBe('bad, idle');
    const outside = struck().at(50 + MINUTE, live(failure(), 50 + MINUTE));
    expect(outside.good.strikes).toEqual([{ at: 50 + MINUTE, silent: false }]);
  });

  it('silent sessions: two leave it good, the third demotes', () => {
    const life = goodSince(0).at(1, live(SILENT_SESSION, 1)).at(2, live(SILENT_SESSION, 2));
    expect(life.good.strikes).toHaveLength(2);
    expect(life.at(3, live(SILENT_SESSION, 3)).now).toBe('bad, idle');
  });

  it('silence in connect or handshake is no silent session', () => {
    const silentConnect = failure('silent');
    expect(goodSince(0).at(1, live(silentConnect, 1)).at(2, live(silentConnect, 2)).now).toBe('bad, idle');
  });

  it('one of each kind leaves it good, two of one and one of the other demote', () => {
    const life = goodSince(0).at(1, live(SILENT_SESSION, 1)).at(2, live(failure(), 2));
    expect(life.now).toBe('good, wanted');
    expect(life.at(3, live(SILENT_SESSION, 3)).now).toBe('bad, idle');
  });

  it('silent strikes fewer than the others demote at their own number', () => {
    const policy = { strikes: 5, silentStrikes: 2 };
    const silent = goodSince(0, policy).at(1, live(SILENT_SESSION, 1)).at(2, live(SILENT_SESSION, 2));
    expect(silent.now).toBe('bad, idle');
    const hard = goodSince(0, policy);
    for (let i = 1; i <= 4; i++) expect(hard.at(i, live(failure(), i)).now).toBe('good, wanted');
    expect(hard.at(5, live(failure(), 5)).now).toBe('bad, idle');
  });

  it('a success between two failures keeps it good', () => {
    const life = goodSince(0).at(1, live(failure(), 1)).at(2, live(SUCCESS, 2)).at(3, live(failure(), 3));
    expect(life.good.strikes).toEqual([{ at: 3, silent: false }]);
  });

  it('without control no strike, and a probe in a second', () => {
    const life = goodSince(0);
    for (let i = 1; i < 10; i++) life.at(i, live(failure('silent', false), i));
    expect(life.good.strikes).toEqual([]);
    expect(life.good.probe).toEqual({ phase: 'wanted', purpose: 'recheck', at: 1 + SECOND, misses: 0 });
  });

  it('a probe’s failure without control is no strike, and wants the next later', () => {
    const life = goodSince(0).at(5, ASKED).start(5).settle(10, failure('silent', false));
    expect(life.good.strikes).toEqual([]);
    expect(life.effects).toEqual([{ type: 'want', purpose: 'retry', at: 10 + SECOND }]);
  });

  it('a probe’s failure is a strike too', () => {
    const life = goodSince(0).at(5, live(failure(), 5)).start(1005).settle(1010, failure());
    expect(life.bad).toMatchObject({ since: 1010, retryAt: 1010 + MINUTE });
  });

  it('a conviction of lameness demotes at once', () => {
    const life = goodSince(0).at(5, live(failure('lame', true, 'answer'), 5));
    expect(life.effects).toMatchObject([{ type: 'announce', why: 'lame', downgrade: true }]);
  });

  it.each(['powerdns', 'rfc9539'] as const)('%s: the first failure means bad for a day', (preset) => {
    const life = new Life(preset).probed(0, SUCCESS).at(5, live(failure(), 5));
    expect(life.bad.retryAt).toBe(5 + DAY);
  });
});

describe('verdict: formerly good and failing again', () => {
  it('is retried after 60 s doubling to a day', () => {
    const life = goodSince(0).at(1, live(failure(), 1)).at(2, live(failure(), 2));
    const delays = [life.bad.retryAt - life.bad.since];
    for (let i = 0; i < 14; i++) {
      const due = life.bad.retryAt;
      life.at(due, CONTACT).start(due).settle(due, failure());
      delays.push(life.bad.retryAt - due);
    }
    const expected = Array.from({ length: 15 }, (_, level) => Math.min(MINUTE * 2 ** level, DAY));
    expect(delays).toEqual(expected);
    expect(life.bad.since).toBe(2);
  });

  it('good for a second at a time, it waits longer each time', () => {
    const life = goodSince(0);
    const delays: number[] = [];
    for (let i = 0, now = 1; i < 5; i++) {
      life.at(now, live(failure(), now)).at(now, live(failure(), now));
      delays.push(life.bad.retryAt - now);
      now = life.bad.retryAt;
      life.at(now, CONTACT).start(now).settle(now, SUCCESS);
      now += SECOND;
    }
    expect(delays).toEqual([1, 2, 4, 8, 16].map((factor) => factor * MINUTE));
  });

  it('good for 10 min × 2^level begins the doubling anew, to the millisecond', () => {
    const again = () => {
      const life = goodSince(0).at(1, live(failure(), 1)).at(2, live(failure(), 2));
      return life
        .at(MINUTE + 2, CONTACT)
        .start(MINUTE + 2)
        .settle(MINUTE + 2, SUCCESS);
    };
    const since = MINUTE + 2;
    expect(again().good.level).toBe(1);
    expect(again().at(since + 20 * MINUTE - 1, TICK).good.level).toBe(1);
    expect(again().at(since + 20 * MINUTE, TICK).good.level).toBe(0);
  });

  it('a level held through to the end is over even if nobody looked meanwhile', () => {
    const life = goodSince(0).at(1, live(failure(), 1)).at(2, live(failure(), 2));
    life
      .at(MINUTE + 2, CONTACT)
      .start(MINUTE + 2)
      .settle(MINUTE + 2, SUCCESS);
    expect(life.good.level).toBe(1);
    expect(life.at(4 * DAY, TICK).unknown.level).toBe(0);
  });

  it('a level not held to the end is not over because nobody looked', () => {
    const life = goodSince(0, { goodMs: 15 * MINUTE });
    life.at(1, live(failure(), 1)).at(2, live(failure(), 2));
    life
      .at(MINUTE + 2, CONTACT)
      .start(MINUTE + 2)
      .settle(MINUTE + 2, SUCCESS);
    expect(life.at(HOUR, TICK).unknown.level).toBe(1);
  });

  it('never good: a live success after damping starts at level 0', () => {
    const life = badSince(0, {}).at(DAY, CONTACT).start(DAY).settle(DAY, failure());
    expect(life.bad.level).toBe(1);
    expect(life.at(DAY + 1, live(SUCCESS, DAY + 1)).good.level).toBe(0);
  });

  it('expired at a level, its next failure waits by that level', () => {
    const life = goodSince(0, { goodMs: 10 * MINUTE });
    life.at(1, live(failure(), 1)).at(2, live(failure(), 2));
    life
      .at(MINUTE + 2, CONTACT)
      .start(MINUTE + 2)
      .settle(MINUTE + 2, SUCCESS);
    life.at(12 * MINUTE, CONTACT);
    expect(life.unknown).toMatchObject({ level: 1, formerlyGood: true, probe: { phase: 'wanted' } });
    life.start(12 * MINUTE).settle(12 * MINUTE, failure());
    expect(life.bad.retryAt).toBe(12 * MINUTE + 2 * MINUTE);
  });
});

describe('verdict: good + 80 % ± 10 % of its life over', () => {
  const due = 2.4 * DAY;

  it.each([
    [0, 0.7],
    [0.5, 0.8],
    [1 - 2 ** -53, 0.9],
  ])('draw %d sets it at %d of the life', (draw, part) => {
    const event = { ...live(SUCCESS, 0), draw } as Extract<ReturnType<typeof live>, { type: 'evidence' }>;
    expect(new Life().at(0, event).good.refreshAt).toBeCloseTo(part * 3 * DAY, 3);
  });

  it('used since its last success: wanted at that moment and not before', () => {
    const life = goodSince(0).at(HOUR, CONTACT);
    expect(life.at(due - 1, TICK).effects).toEqual([]);
    expect(life.at(due, TICK).effects).toEqual([{ type: 'want', purpose: 'refresh', at: due }]);
  });

  it('a contact after that moment wants it at once', () => {
    expect(goodSince(0).at(due, CONTACT).effects).toEqual([{ type: 'want', purpose: 'refresh', at: due }]);
  });

  it('not used since its last success: never wanted', () => {
    expect(
      goodSince(0)
        .at(due, TICK)
        .at(3 * DAY - 1, TICK).effects,
    ).toEqual([]);
  });

  it('a refresh that succeeds is over, and not used after it is not refreshed again', () => {
    const life = goodSince(0).at(HOUR, CONTACT).at(due, TICK).start(due).settle(due, SUCCESS);
    expect(life.now).toBe('good, idle');
    expect(life.at(2 * due, TICK).effects).toEqual([]);
  });

  it('refreshShare 1 without spread (powerdns): never before its end', () => {
    const life = new Life('powerdns').probed(0, SUCCESS).at(1, CONTACT);
    expect(life.at(3 * DAY - 1, TICK).effects).toEqual([]);
    expect(life.at(3 * DAY, TICK).now).toBe('unknown, idle');
  });

  it('a further contact is no write', () => {
    const life = goodSince(0).at(1, CONTACT);
    const before = life.state;
    expect(life.at(2, CONTACT).state).toBe(before);
  });
});

describe('verdict: good + its end passes', () => {
  it('one millisecond before its end it is good, at its end expired', () => {
    expect(goodSince(0).at(3 * DAY - 1, TICK).now).toBe('good, idle');
    const life = goodSince(0).at(3 * DAY, TICK);
    expect(life.unknown).toMatchObject({ formerlyGood: true, hits: 0, since: 3 * DAY, keepUntil: 10 * DAY });
    expect(life.effects).toEqual([{ type: 'announce', from: 'good', to: 'unknown', why: 'expired', downgrade: false }]);
  });

  it('its next contact wants a probe at once, whatever threshold and answers', () => {
    const life = goodSince(0, { threshold: 100, onlyAfterAnswer: true }).at(3 * DAY, TICK);
    expect(life.at(4 * DAY, CONTACT).effects).toEqual([{ type: 'want', purpose: 'discover', at: 4 * DAY }]);
  });

  it('the contact that finds it expired wants a probe itself', () => {
    expect(goodSince(0).at(4 * DAY, CONTACT).did).toEqual(['announce', 'want']);
  });

  it('with a probe in flight it stays good to the probe’s deadline', () => {
    const end = 3 * DAY;
    const flying = () =>
      goodSince(0)
        .at(1, CONTACT)
        .at(end - 1, TICK)
        .start(end - 1);
    expect(flying().at(end + 6 * SECOND, TICK).now).toBe('good, in-flight');
    expect(flying().at(end - 2 + 7 * SECOND, TICK).now).toBe('good, in-flight');
    const late = flying().at(end - 1 + 7 * SECOND, TICK);
    expect(late.now).toBe('unknown, wanted');
    expect(late.did).toEqual(['abort', 'want', 'announce']);
    expect(flying().settle(end + 1, SUCCESS).good.until).toBe(end + 1 + 3 * DAY);
    expect(
      flying()
        .settle(end + 1, failure())
        .at(end + 1, TICK).now,
    ).toBe('unknown, wanted');
  });

  it('a recheck that waits goes on waiting', () => {
    const life = goodSince(0)
      .at(3 * DAY - 1, live(failure(), 3 * DAY - 1))
      .at(3 * DAY, TICK);
    expect(life.now).toBe('unknown, wanted');
  });
});

describe('verdict: bad + contact', () => {
  it('wants nothing one millisecond before the retry time, and a probe at it', () => {
    expect(badSince(0).at(DAY - 1, CONTACT).effects).toEqual([]);
    expect(badSince(0).at(DAY, CONTACT).effects).toEqual([{ type: 'want', purpose: 'retry', at: DAY }]);
  });

  it('no tick alone wants one', () => {
    expect(badSince(0).at(2 * DAY, TICK).effects).toEqual([]);
  });

  it.each([
    ['unreachable', true, HOUR],
    ['lame', true, HOUR],
    ['silent', false, MINUTE],
  ] as const)('never good, %s (controlled: %s): doubling from %i ms to a day', (kind, controlled, first) => {
    const life = new Life().probed(0, failure(kind, controlled));
    const delays = [life.bad.retryAt];
    for (let i = 0; i < 12; i++) {
      const due = life.bad.retryAt;
      life.at(due, CONTACT).start(due).settle(due, failure(kind, controlled));
      delays.push(life.bad.retryAt - due);
      expect(life.effects).toEqual([]);
    }
    expect(delays).toEqual(Array.from({ length: 13 }, (_, level) => Math.min(first * 2 ** level, DAY)));
  });

  it('a failure of an asked probe within damping adds a level', () => {
    expect(badSince(0).probed(5, failure()).bad).toMatchObject({ level: 1, retryAt: 5 + DAY, since: 0 });
  });
});

describe('verdict: any + inconclusive', () => {
  it('live: nothing changes', () => {
    for (const life of [new Life().at(0, CONTACT), goodSince(0), badSince(0)]) {
      const before = life.state;
      expect(life.at(5, live(INCONCLUSIVE, 5)).state).toBe(before);
    }
  });

  it('a probe: wanted again after 1 s, doubling to 60 s', () => {
    const life = new Life().at(0, CONTACT).at(0, CONTACT);
    const delays: number[] = [];
    for (let i = 0, now = 0; i < 9; i++) {
      life.start(now).settle(now, INCONCLUSIVE);
      const { probe } = life.unknown;
      if (probe.phase !== 'wanted') break;
      delays.push(probe.at - now);
      now = probe.at;
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * SECOND));
  });

  it('anything conclusive begins the doubling anew', () => {
    const life = goodSince(0).at(1, ASKED).start(1).settle(1, INCONCLUSIVE).start(2).settle(2, INCONCLUSIVE);
    life.start(3).settle(3, SUCCESS).at(4, ASKED).start(4).settle(4, INCONCLUSIVE);
    expect(life.effects).toEqual([{ type: 'want', purpose: 'retry', at: 4 + SECOND }]);
  });

  it('a lame probe is tried again 60 s later at the earliest', () => {
    const life = new Life().at(0, ASKED).start(0).settle(10, { result: 'inconclusive', why: 'lame' });
    expect(life.effects).toEqual([{ type: 'want', purpose: 'retry', at: 10 + MINUTE }]);
  });

  it('leaves a bad one to its damping, whoever asked', () => {
    const asked = badSince(0).at(5, ASKED).start(5).settle(6, INCONCLUSIVE);
    expect(asked.now).toBe('bad, idle');
    expect(asked.at(DAY - 1, CONTACT).effects).toEqual([]);
    expect(asked.at(DAY, CONTACT).did).toEqual(['want']);
  });

  it('leaves to its damping what was demoted while its refresh was in flight', () => {
    const life = goodSince(0).at(5, ASKED).start(5).at(6, live(failure(), 6)).at(7, live(failure(), 7));
    expect(life.now).toBe('bad, in-flight');
    expect(life.settle(8, INCONCLUSIVE).now).toBe('bad, idle');
  });

  it('a due retry that shows nothing is wanted again', () => {
    const life = badSince(0).at(DAY, CONTACT).start(DAY).settle(DAY, INCONCLUSIVE);
    expect(life.effects).toEqual([{ type: 'want', purpose: 'retry', at: DAY + SECOND }]);
  });
});

describe('verdict: any + new epoch', () => {
  it('good becomes unknown, its threshold waived, its level 0', () => {
    const life = goodSince(0).at(1, live(failure(), 1)).at(2, live(failure(), 2));
    life
      .at(MINUTE + 2, CONTACT)
      .start(MINUTE + 2)
      .settle(MINUTE + 2, SUCCESS);
    const at = 2 * MINUTE;
    life.at(at, EPOCH);
    expect(life.unknown).toMatchObject({ since: at, level: 0, formerlyGood: true, keepUntil: at + 7 * DAY, hits: 0 });
    expect(life.effects).toEqual([{ type: 'announce', from: 'good', to: 'unknown', why: 'epoch', downgrade: false }]);
    expect(life.at(at + 1, CONTACT).did).toEqual(['want']);
  });

  it('bad becomes unknown, its threshold asked for', () => {
    const life = badSince(0).at(10, EPOCH);
    expect(life.unknown).toMatchObject({ formerlyGood: false, level: 0, keepUntil: 10 + DAY });
    expect(life.at(11, CONTACT).effects).toEqual([]);
    expect(life.at(12, CONTACT).did).toEqual(['want']);
  });

  it('unknown loses its hits and answers, silently; what was good before stays waived', () => {
    const life = new Life().at(0, CONTACT).at(10, EPOCH);
    expect([life.unknown.hits, life.effects.length]).toEqual([0, 0]);
    expect(goodSince(0).at(1, EPOCH).at(2, EPOCH).unknown.formerlyGood).toBe(true);
  });

  it('absent stays absent', () => {
    expect(new Life().at(0, EPOCH).now).toBe('absent');
  });
});

describe('verdict: what nobody asks for ends', () => {
  it.each([
    ['unknown after 24 h', () => new Life().at(0, CONTACT), DAY, 0],
    ['bad 7 d after its retry time', () => badSince(0), 8 * DAY, 1],
    ['expired 7 d after its end', () => goodSince(0).at(3 * DAY, TICK), 10 * DAY, 0],
    ['good that nobody looked at, 7 d after its end', () => goodSince(0), 10 * DAY, 1],
  ] as const)('%s', (_, make, end, announced) => {
    expect(make().at(end - 1, TICK).now).not.toBe('absent');
    const life = make().at(end, TICK);
    expect(life.now).toBe('absent');
    expect(life.effects.filter((effect) => effect.type === 'announce')).toHaveLength(announced);
  });

  it('a contact in a new window keeps an unknown one longer', () => {
    const life = new Life({ hitWindowMs: HOUR }).at(0, CONTACT).at(2 * HOUR, CONTACT);
    expect(life.at(DAY, TICK).now).toBe('unknown, idle');
    expect(life.at(DAY + 2 * HOUR, TICK).now).toBe('absent');
  });

  it('a probe in flight keeps it until it lands', () => {
    const life = new Life().at(0, ASKED).start(DAY - 1);
    expect(life.at(DAY + 1, TICK).now).toBe('unknown, in-flight');
    expect(life.settle(DAY + 2, SUCCESS).now).toBe('good, idle');
  });

  it('a wanted probe does not keep it, and is withdrawn', () => {
    const life = new Life().at(0, CONTACT).at(1, CONTACT).at(DAY, TICK);
    expect([life.now, ...life.did]).toEqual(['absent', 'withdraw']);
  });

  it('the contact that finds it ended meets a stranger', () => {
    const life = badSince(0).at(8 * DAY, CONTACT);
    expect(life.unknown).toMatchObject({ hits: 1, formerlyGood: false });
    expect(life.effects).toMatchObject([{ type: 'announce', from: 'bad', to: 'unknown', why: 'forgotten' }]);
  });
});

describe('probe: idle', () => {
  it('wanted becomes wanted, whatever the verdict', () => {
    for (const life of [new Life(), new Life().at(0, CONTACT), goodSince(0), badSince(0)]) {
      expect(life.at(5, ASKED).effects).toEqual([{ type: 'want', purpose: 'asked', at: 5 }]);
      expect(life.state?.probe).toEqual({ phase: 'wanted', purpose: 'asked', at: 5, misses: 0 });
    }
  });

  it('begins nothing, loses nothing and settles nothing', () => {
    for (const life of [new Life(), new Life().at(0, CONTACT), goodSince(0), badSince(0)]) {
      const before = life.state;
      life.at(1, { type: 'probe-started', token: 1, deadline: 10 });
      life.at(1, DROPPED).settle(1, SUCCESS).at(1, { type: 'probe-aborted', token: 1 });
      expect(life.state).toBe(before);
    }
  });
});

describe('probe: wanted', () => {
  const wanted = () => new Life().at(0, CONTACT).at(1, CONTACT);

  it('its task begins: in flight, with token and deadline, and Busy', () => {
    const life = wanted().at(2, { type: 'probe-started', token: 42, deadline: 7002 });
    expect(life.state?.probe).toEqual({
      phase: 'in-flight',
      purpose: 'discover',
      token: 42,
      startedAt: 2,
      deadline: 7002,
      misses: 0,
    });
    expect(life.effects).toEqual([]);
    expect(statusOf(life.state)).toBe('Busy');
  });

  it('gives way or is refused: idle, hits kept, the next contact wants it again', () => {
    const life = wanted().at(2, DROPPED);
    expect(life.now).toBe('unknown, idle');
    expect(life.unknown.hits).toBe(2);
    expect(life.at(3, CONTACT).effects).toEqual([{ type: 'want', purpose: 'discover', at: 3 }]);
  });

  it('live success: idle and withdrawn', () => {
    const life = wanted().at(2, live(SUCCESS, 2));
    expect([life.now, ...life.did]).toEqual(['good, idle', 'announce', 'withdraw']);
  });

  it('live success does not take away a probe that somebody awaits', () => {
    const life = wanted().at(2, ASKED).at(3, live(SUCCESS, 3));
    expect(life.now).toBe('good, wanted');
    expect(life.did).toEqual(['announce']);
  });

  it('asked for: the same probe, at once and for whoever asks', () => {
    const life = goodSince(0).at(5, live(failure(), 5)).at(6, ASKED);
    expect(life.effects).toEqual([{ type: 'want', purpose: 'asked', at: 6 }]);
    expect(life.at(7, ASKED).effects).toEqual([]);
  });

  it('contact or another wish: the same', () => {
    const life = wanted();
    const before = life.state;
    expect(life.at(2, CONTACT).state).toBe(before);
  });

  it.each([
    ['epoch', EPOCH],
    ['forget', FORGET],
  ])('%s: withdrawn', (_, event) => {
    expect(wanted().at(2, event).did).toEqual(['withdraw']);
  });
});

describe('probe: in flight', () => {
  const flying = () => new Life().at(0, CONTACT).at(1, CONTACT).start(2);

  it.each([
    ['contact', CONTACT],
    ['asked', ASKED],
    ['dropped', DROPPED],
    ['a second start', { type: 'probe-started', token: 9, deadline: 99 }],
    ['live failure', live(failure(), 5)],
    ['answered', ANSWERED],
  ] as const)('%s: the same flight, no second probe', (_, event) => {
    const life = flying();
    const before = life.state?.probe;
    life.at(5, event);
    expect(life.state?.probe).toEqual(before);
    expect(life.did).not.toContain('want');
  });

  it('live success: good, and the same flight', () => {
    const life = flying().at(5, live(SUCCESS, 5));
    expect([life.now, ...life.did]).toEqual(['good, in-flight', 'announce']);
    expect(life.settle(6, SUCCESS).now).toBe('good, idle');
  });

  it('settled with its token: idle, the evidence goes to the verdict', () => {
    expect(flying().settle(5, SUCCESS).now).toBe('good, idle');
    expect(flying().settle(5, failure()).now).toBe('bad, idle');
  });

  it('settled with another token: nothing', () => {
    const life = flying();
    const before = life.state;
    expect(life.settle(5, SUCCESS, 77).state).toBe(before);
    expect(life.at(5, { type: 'probe-aborted', token: 77 }).state).toBe(before);
  });

  it('its deadline: aborted, and wanted again after 1 s; a later settlement is dropped', () => {
    expect(flying().at(1 + 7 * SECOND, TICK).now).toBe('unknown, in-flight');
    const deadline = 2 + 7 * SECOND;
    const life = flying().at(deadline, TICK);
    expect(life.effects).toEqual([
      { type: 'abort', token: 1 },
      { type: 'want', purpose: 'discover', at: deadline + SECOND },
    ]);
    const before = life.state;
    expect(life.settle(deadline + 5, SUCCESS).state).toBe(before);
  });

  it('a settlement at its deadline comes too late', () => {
    const life = flying().settle(2 + 7 * SECOND, SUCCESS);
    expect(life.now).toBe('unknown, wanted');
  });

  it('aborted with its token: idle, nothing learned', () => {
    const life = flying().at(5, { type: 'probe-aborted', token: 1 });
    expect([life.now, life.effects.length]).toEqual(['unknown, idle', 0]);
    expect(life.settle(6, failure()).now).toBe('unknown, idle');
  });

  it.each([
    ['epoch', EPOCH, 'unknown, idle'],
    ['forget', FORGET, 'absent'],
  ] as const)('%s: aborted; a later settlement is dropped', (_, event, then) => {
    const life = flying().at(5, event);
    expect(life.effects).toEqual([{ type: 'abort', token: 1 }]);
    expect(life.now).toBe(then);
    expect(life.settle(6, SUCCESS).now).toBe(then);
  });
});

describe('forget and sleep', () => {
  it.each([
    ['good', goodSince],
    ['bad', badSince],
  ] as const)('forget: %s is absent, announced', (verdict, make) => {
    const life = make(0).at(1, FORGET);
    expect(life.now).toBe('absent');
    expect(life.effects).toEqual([
      { type: 'announce', from: verdict, to: 'unknown', why: 'forgotten', downgrade: false },
    ]);
    expect(life.at(2, FORGET).effects).toEqual([]);
  });

  it.each([
    [0, 1000],
    [0.5, 1000 + 5 * MINUTE],
  ])('slept, draw %d: good stays so and is due within ten minutes, used or not', (draw, due) => {
    const life = goodSince(0).at(1000, { type: 'slept', draw });
    expect(life.good).toMatchObject({ refreshAt: due, until: 3 * DAY });
    expect(life.at(due, TICK).did).toEqual(['want']);
  });

  it('slept: a refresh that is due earlier stays where it is; unknown and bad are as before', () => {
    const almost = 2.4 * DAY - 1;
    expect(goodSince(0).at(almost, { type: 'slept', draw: 0.99 }).good.refreshAt).toBe(almost + 1);
    for (const life of [new Life(), new Life().at(0, CONTACT), badSince(0)]) {
      const before = life.state;
      expect(life.at(1, { type: 'slept', draw: 0 }).state).toBe(before);
    }
  });
});

describe('status', () => {
  it.each([
    ['Unknown', new Life()],
    ['Unknown', new Life().at(0, CONTACT)],
    ['Unknown', new Life().at(0, ASKED)],
    ['Busy', new Life().at(0, ASKED).start(0)],
    ['Good', goodSince(0)],
    ['Good', goodSince(0).at(1, ASKED).start(1)],
    ['Bad', badSince(0)],
    ['Bad', badSince(0).at(DAY, CONTACT).start(DAY)],
  ] as const)('%s', (status, life) => {
    expect(statusOf(life.state)).toBe(status);
  });
});

describe('total and pure', () => {
  test('any events under any policy: no throw, no NaN, the same twice, nothing changed in place', () => {
    const steps = fc.array(fc.tuple(anyEvent, fc.nat({ max: 3 * DAY })), { maxLength: 40 });
    fc.assert(
      fc.property(anyPolicy, steps, (policy, events) => {
        let state: Parameters<typeof transition>[0];
        let now = 0;
        for (const [make, later] of events) {
          now += later;
          const event = deepFreeze(make(now, state));
          const one = transition(deepFreeze(state), event, policy, now);
          const two = transition(state, event, policy, now);
          expect(two).toEqual(one);
          expect(numbersOf(one).every((value) => Number.isFinite(value))).toBe(true);
          state = one.state;
        }
      }),
      { numRuns: 300 },
    );
  });

  test('an event that changes nothing returns the same object', () => {
    const { state } = goodSince(0);
    expect(transition(state, TICK, EAGER, 1).state).toBe(state);
  });
});

/** Every number anywhere in a value. */
function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}
