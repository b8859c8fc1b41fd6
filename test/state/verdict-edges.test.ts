import { describe, expect, it } from 'vitest';
import { inconclusiveDelay, type StateEvent } from '../../src/state/index.js';
import {
  ANSWERED,
  ASKED,
  badSince,
  CONTACT,
  DAY,
  DROPPED,
  EPOCH,
  failure,
  goodSince,
  HOUR,
  INCONCLUSIVE,
  Life,
  live,
  MINUTE,
  SECOND,
  SUCCESS,
} from './life.js';

/** A probe’s success that ended before it is told. */
function settled(endedAt: number, draw: number): StateEvent {
  return { type: 'probe-settled', token: 1, evidence: SUCCESS, endedAt, draw };
}

describe('hits', () => {
  it('somebody’s asking for a probe is no hit: the window begins with the first contact after it', () => {
    const life = new Life().at(0, ASKED).at(0, DROPPED).at(HOUR, CONTACT);
    expect(life.unknown).toMatchObject({ hits: 1, windowStart: HOUR, keepUntil: HOUR + DAY });
  });

  it('on another network what was Good waits for a contact; an answer over Do53 is none', () => {
    const life = goodSince(0).at(HOUR, EPOCH).at(HOUR, ANSWERED);
    expect(life.effects).toEqual([]);
    expect(life.at(HOUR + 1, CONTACT).effects).toEqual([{ type: 'want', purpose: 'discover', at: HOUR + 1 }]);
  });
});

describe('another network', () => {
  it('what was Good once, and is Bad there, has to show itself anew', () => {
    const life = goodSince(0).at(1, live(failure(), 1)).at(2, live(failure(), 2));
    expect(life.bad.formerlyGood).toBe(true);
    expect(life.at(3, EPOCH).unknown).toMatchObject({ formerlyGood: false, level: 0, keepUntil: 3 + DAY });
  });

  it('what was Good two networks ago still counts as that', () => {
    expect(goodSince(0).at(3, EPOCH).at(4, EPOCH).unknown).toMatchObject({
      formerlyGood: true,
      keepUntil: 4 + 7 * DAY,
    });
  });
});

describe('the end of trust', () => {
  const overtaken = () =>
    goodSince(0)
      .at(0, ASKED)
      .at(0, { type: 'probe-started', token: 1, deadline: 5 * HOUR })
      .at(3 * HOUR, live(SUCCESS, 3 * HOUR));

  it('is not moved back by a probe’s success that is older than a live one', () => {
    const { until, refreshAt } = overtaken().good;
    expect(overtaken().at(4 * HOUR, settled(2 * HOUR, 0.5)).good).toMatchObject({ until, refreshAt });
  });

  it('of two successes of one moment the first has drawn when to refresh', () => {
    const { until, refreshAt } = overtaken().good;
    expect(overtaken().at(4 * HOUR, settled(3 * HOUR, 0.9)).good).toMatchObject({ until, refreshAt });
  });
});

describe('strikes', () => {
  it('a success that ended with the latest ends them too, though it moves nothing else', () => {
    const life = goodSince(100).at(200, live(failure(), 200)).at(300, live(SUCCESS, 100));
    expect(life.good).toMatchObject({ strikes: [], lastSuccess: 100, probe: { phase: 'idle' } });
  });

  it.each(['closed', 'malformed'] as const)(
    'a session that ends with %s is no silent one: the second demotes',
    (kind) => {
      const life = goodSince(0).at(1, live(failure(kind, true, 'answer'), 1));
      expect(life.good.strikes).toEqual([{ at: 1, silent: false }]);
      expect(life.at(2, live(failure(kind, true, 'answer'), 2)).now).toBe('bad, idle');
    },
  );
});

describe('a probe of what is Bad that showed nothing', () => {
  const first = inconclusiveDelay(new Life().policy, 1);

  it.each([
    ['at the end of damping', 0, 'bad, wanted'],
    ['a millisecond before it', 1, 'bad, idle'],
  ])('its next try would be %s', (_, before, now) => {
    const at = DAY - first - before;
    expect(badSince(0).at(at, ASKED).start(at).settle(at, INCONCLUSIVE).now).toBe(now);
  });
});

it('expired at a level, a success goes on at that level', () => {
  const life = goodSince(0, { goodMs: 10 * MINUTE });
  life.at(1, live(failure(), 1)).at(2, live(failure(), 2));
  const again = MINUTE + 2;
  life
    .at(again, CONTACT)
    .start(again)
    .settle(again, SUCCESS)
    .at(12 * MINUTE, CONTACT);
  expect(life.unknown.level).toBe(1);
  expect(life.at(12 * MINUTE + SECOND, live(SUCCESS, 12 * MINUTE + SECOND)).good.level).toBe(1);
});
