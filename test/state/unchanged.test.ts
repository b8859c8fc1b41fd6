import { describe, expect, it } from 'vitest';
import type { StateEvent } from '../../src/state/index.js';
import { ASKED, badSince, CONTACT, DAY, goodSince, HOUR, Life, live, MINUTE, SECOND, SUCCESS, TICK } from './life.js';

const slept = (draw: number): StateEvent => ({ type: 'slept', draw });

describe('what changes nothing leaves the same object', () => {
  it.each<[string, Life, number, StateEvent]>([
    ['time, of what is Good', goodSince(0), HOUR, TICK],
    ['time, of what is Bad', badSince(0), HOUR, TICK],
    ['a contact at the moment of the success', goodSince(0), 0, CONTACT],
    ['a second contact since the success', goodSince(0).at(1, CONTACT), 2, CONTACT],
    ['a success of the same moment', goodSince(0), 5, live(SUCCESS, 0)],
    ['a success that is older', goodSince(10), 20, live(SUCCESS, 5)],
    ['being asked for a probe that is in flight', goodSince(0).at(0, ASKED).start(0), 1, ASKED],
    ['waking a second time at the same moment', goodSince(0).at(HOUR, slept(0.5)), HOUR, slept(0.5)],
  ])('%s', (_, life, now, event) => {
    const before = life.state;
    expect(life.at(now, event).state).toBe(before);
    expect(life.effects).toEqual([]);
  });
});

describe('waking', () => {
  it('what was used is refreshed sooner as well', () => {
    const life = goodSince(0).at(1, CONTACT).at(HOUR, slept(0.5));
    expect(life.good).toMatchObject({ refreshAt: HOUR + 5 * MINUTE, usedAt: 1 });
  });

  it('what is refreshed sooner anyway counts as used', () => {
    const life = goodSince(0, { refreshShare: 0.1, refreshSpread: 0, goodMs: HOUR }).at(MINUTE, slept(0.9));
    expect(life.good).toMatchObject({ refreshAt: 6 * MINUTE, usedAt: 1 });
    expect(life.at(6 * MINUTE, TICK).effects).toEqual([{ type: 'want', purpose: 'refresh', at: 6 * MINUTE }]);
  });
});

describe('a probe’s time is over at the moment of an event', () => {
  const overdue = (life: Life) => life.at(0, ASKED).start(0, 7 * SECOND);

  it('one that gives way was another: the one that is wanted now stays', () => {
    const life = overdue(new Life()).at(7 * SECOND, { type: 'probe-dropped' });
    expect(life.now).toBe('unknown, wanted');
    expect(life.did).toEqual(['abort', 'want']);
  });

  it('any other event counts all the same', () => {
    const life = overdue(new Life()).at(7 * SECOND, live(SUCCESS, 7 * SECOND));
    expect(life.now).toBe('good, idle');
    expect(life.did).toEqual(['abort', 'want', 'announce', 'withdraw']);
  });

  it('one that gives way as trust ends does give way', () => {
    const life = goodSince(0)
      .at(1, ASKED)
      .at(3 * DAY, { type: 'probe-dropped' });
    expect([life.now, life.did]).toEqual(['unknown, idle', ['announce']]);
  });
});
