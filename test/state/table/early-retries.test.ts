import { describe, expect, it } from 'vitest';
import {
  type Applied,
  type BadState,
  type Endpoint,
  EndpointTable,
  endpointKey,
  policies,
  type StateEvent,
} from '../../../src/state/index.js';
import { CONTACT, DAY, EAGER, failure, HOUR, live, MINUTE, SECOND, SUCCESS } from '../life.js';

const PLACES = 16;

function endpoint(index: number): Endpoint {
  const parts = { address: `10.${index >> 8}.${index & 0xff}.1`, port: 853, transport: 'dot' };
  return { key: endpointKey(parts), ...parts };
}

function badState(table: EndpointTable, index: number): BadState {
  const state = table.get(endpoint(index).key)?.state;
  if (state?.verdict !== 'bad') throw new Error(`${index} is ${state?.verdict}`);
  return state;
}

/** A probe of an endpoint that begins and fails at a moment. */
function fail(table: EndpointTable, index: number, now: number, evidence = failure()): Applied {
  table.apply(endpoint(index), { type: 'asked' }, now);
  table.apply(endpoint(index), { type: 'probe-started', token: 1, deadline: now + SECOND }, now);
  return table.apply(endpoint(index), settled(evidence, now), now);
}

function settled(evidence: Parameters<typeof live>[0], now: number): StateEvent {
  return { type: 'probe-settled', token: 1, evidence, endedAt: now, draw: 0.5 };
}

/** A table of endpoints that were asked for, the last most often, and whose probes have failed. */
function condemned(count: number, now = 1): EndpointTable {
  const table = new EndpointTable({ ...EAGER, prefixShare: 1 });
  for (let index = 0; index < count; index++) {
    for (let contact = 0; contact <= index; contact++) table.contact(endpoint(index), now);
    fail(table, index, now);
  }
  return table;
}

/** The endpoints that are retried early. */
function early(table: EndpointTable, count: number, now: number): number[] {
  return Array.from({ length: count }, (_, index) => index).filter(
    (index) => badState(table, index).retryAt <= now + HOUR,
  );
}

describe('until DoT has worked on a network', () => {
  it('S20 what was never Good is retried after 60 s, doubling', () => {
    const table = condemned(1);
    let now = 1;
    for (const minutes of [1, 2, 4, 8]) {
      expect(badState(table, 0).retryAt).toBe(now + minutes * MINUTE);
      now += minutes * MINUTE;
      fail(table, 0, now);
    }
  });

  it('S20 at most 16 are, the most asked of all: one that is asked for more takes the place of the least', () => {
    // As they came, each was the most asked so far.
    const table = condemned(40);
    const last = Array.from({ length: PLACES }, (_, index) => 40 - PLACES + index);
    expect(early(table, 40, 1)).toEqual(last);
    for (let index = 0; index < 40; index++) {
      expect(badState(table, index).retryAt).toBe(1 + (last.includes(index) ? MINUTE : DAY));
    }
    for (let index = 0; index < 40; index++) fail(table, index, DAY);
    expect(early(table, 40, DAY)).toEqual(last);
  });

  it('S20 no sweep makes them more, in whatever order they were asked for', () => {
    const count = 200;
    const table = new EndpointTable({ ...EAGER, prefixShare: 1 });
    for (let index = 0; index < count; index++) fail(table, index, 1);
    for (let round = 1; round < 4; round++) {
      for (let index = 0; index < count; index++) {
        const contacts = round % 2 === 1 ? index : count - index;
        for (let contact = 0; contact < round * contacts; contact++) table.contact(endpoint(index), round);
      }
      table.sweep(1_000, round);
      expect(early(table, count, round)).toHaveLength(PLACES);
    }
  });

  it('S20 one that was retried meanwhile, and failed, is left its new time when it loses its place', () => {
    const table = condemned(PLACES);
    const late = 2 * HOUR;
    table.apply(endpoint(0), { type: 'retry-at', at: late }, 2);
    for (let contact = 0; contact < 100; contact++) table.contact(endpoint(99), 2);
    fail(table, 99, 2);
    expect(badState(table, 99).retryAt).toBe(2 + MINUTE);
    expect(badState(table, 0).retryAt).toBe(late);
  });

  it('S20 one that is asked for often only later gets a place from the next sweep', () => {
    const table = condemned(40);
    const now = DAY;
    for (let index = 0; index < 40; index++) fail(table, index, now);
    for (let contact = 0; contact < 100; contact++) table.contact(endpoint(3), now);
    expect(early(table, 40, now)).not.toContain(3);
    table.sweep(1_000, now);
    expect(badState(table, 3).retryAt).toBe(now + 2 * MINUTE);
  });

  it('S20 not what is lame over DoT, which has answered, and not what others say', () => {
    const table = new EndpointTable(EAGER);
    fail(table, 0, 1, failure('lame', true, 'answer'));
    expect(badState(table, 0).retryAt).toBe(1 + HOUR);
    fail(table, 1, 1);
    const theirs: BadState = { ...badState(table, 1), retryAt: 1 + DAY };
    table.apply(endpoint(2), { type: 'hint', state: theirs }, 1);
    table.contact(endpoint(2), 1);
    table.sweep(1_000, 1);
    expect(badState(table, 2).retryAt).toBe(1 + DAY);
  });

  it.each([
    ['restored', 0],
    ['restored', 1],
    ['hint', 0],
    ['hint', 1],
  ] as const)('S20 nor what is Bad by a %s event at time %i', (type, now) => {
    const { retryAt: _, ...known } = badState(condemned(1), 0);
    const table = new EndpointTable(EAGER);
    table.apply(endpoint(2), { type, state: { ...known, since: 0, retryAt: DAY } }, now);
    table.contact(endpoint(2), now);
    table.sweep(1_000, now);
    table.apply(endpoint(999), live(SUCCESS, now), now);
    table.catchUp(1_000, now);
    expect(badState(table, 2).retryAt).toBe(DAY);
  });
});

describe('the first success of DoT on a network', () => {
  const successes: readonly [string, (table: EndpointTable, now: number) => Applied][] = [
    ['a live answer', (table, now) => table.apply(endpoint(999), live(SUCCESS, now), now)],
    ['a report', (table, now) => table.apply(endpoint(999), live(SUCCESS, now, now, 'report'), now)],
    ['a probe', (table, now) => fail(table, 5, now, SUCCESS)],
  ];

  it.each(successes)('S20 %s lets all that was condemned before be retried, spread over 10 min', (_, succeed) => {
    const count = 200;
    const table = condemned(count);
    const now = HOUR;
    expect(succeed(table, now).isFirstSuccess).toBe(true);
    expect(table.isBehind).toBe(true);
    while (table.isBehind) table.catchUp(50, now);
    const retries = Array.from({ length: count }, (_, index) => table.get(endpoint(index).key)?.state)
      .filter((state) => state?.verdict === 'bad')
      .map((state) => (state as BadState).retryAt);
    expect(Math.max(...retries)).toBeLessThan(now + 10 * MINUTE);
    const minutes = retries.filter((at) => at >= now).map((at) => Math.floor((at - now) / MINUTE));
    const most = Math.max(...minutes.map((minute) => minutes.filter((other) => other === minute).length));
    expect(new Set(minutes).size).toBe(10);
    expect(most).toBeLessThan((2 * count) / 10);
  });

  it('S20 also of an endpoint that is Good by hearsay, which no state shows', () => {
    const table = condemned(1);
    const good = { since: 0, until: DAY, refreshAt: DAY, lastSuccess: 0, usedAt: 0, strikes: [], level: 0 } as const;
    const probe = { phase: 'idle', misses: 0 } as const;
    table.apply(endpoint(7), { type: 'hint', state: { verdict: 'good', probe, ...good } }, 2);
    expect(table.isBehind).toBe(false);
    expect(table.apply(endpoint(7), live(SUCCESS, 3), 3).isFirstSuccess).toBe(true);
    expect(table.apply(endpoint(7), live(SUCCESS, 4), 4).isFirstSuccess).toBe(false);
  });

  it('S20 after it a failure is the server’s own: a day', () => {
    const table = condemned(1);
    table.apply(endpoint(999), live(SUCCESS, 2), 2);
    fail(table, 1, 3);
    table.sweep(1_000, 4);
    expect(badState(table, 1).retryAt).toBe(3 + DAY);
    table.catchUp(1_000, 5);
    expect(badState(table, 1).retryAt).toBe(3 + DAY);
  });

  it('S20 a probe that began before it may have met the portal still: retried within 10 min, once', () => {
    const table = condemned(1);
    table.apply(endpoint(1), { type: 'asked' }, 2);
    table.apply(endpoint(1), { type: 'probe-started', token: 1, deadline: MINUTE }, 2);
    table.apply(endpoint(999), live(SUCCESS, 3), 3);
    table.apply(endpoint(1), settled(failure(), 4), 4);
    const { retryAt } = badState(table, 1);
    expect(retryAt).toBe(4 + 5 * MINUTE);
    fail(table, 1, retryAt);
    expect(badState(table, 1).retryAt).toBe(retryAt + DAY);
  });

  it('S20 it puts no retry off', () => {
    const table = condemned(PLACES);
    const before = Array.from({ length: PLACES }, (_, index) => badState(table, index).retryAt);
    table.apply(endpoint(999), live(SUCCESS, 2), 2);
    table.catchUp(1_000, 2);
    for (const [index, retryAt] of before.entries())
      expect(badState(table, index).retryAt).toBeLessThanOrEqual(retryAt);
  });

  it('S20 it leaves alone what others say, and costs no pass where nothing was condemned', () => {
    const table = condemned(1);
    const theirs: BadState = { ...badState(table, 0), retryAt: 1 + DAY };
    table.apply(endpoint(2), { type: 'hint', state: theirs }, 1);
    table.apply(endpoint(999), live(SUCCESS, 2), 2);
    table.catchUp(1_000, 2);
    expect(badState(table, 2).retryAt).toBe(1 + DAY);
    const clean = new EndpointTable(EAGER);
    clean.apply(endpoint(2), { type: 'hint', state: theirs }, 1);
    expect(clean.apply(endpoint(999), live(SUCCESS, 2), 2).isFirstSuccess).toBe(true);
    expect(clean.isBehind).toBe(false);
  });

  it('S20 on another network nothing of it holds; an answer to what was asked before proves nothing there', () => {
    const table = condemned(1);
    table.apply(endpoint(999), live(SUCCESS, 2), 2);
    table.newEpoch(10);
    expect(table.apply(endpoint(999), live(SUCCESS, 11, 9), 11).isFirstSuccess).toBe(false);
    table.contact(endpoint(0), 11);
    fail(table, 0, 12);
    expect(badState(table, 0).retryAt).toBe(12 + MINUTE);
    expect(table.apply(endpoint(999), live(SUCCESS, 14, 13), 14).isFirstSuccess).toBe(true);
  });

  it.each(['powerdns', 'rfc9539'] as const)('S20 the preset %s retries nothing before its day', (preset) => {
    const table = new EndpointTable(policies[preset]);
    fail(table, 0, 1);
    expect(badState(table, 0).retryAt).toBe(1 + DAY);
  });

  it('S20 a place that its endpoint needs no more goes to another', () => {
    const table = condemned(PLACES);
    for (let index = 0; index < PLACES; index++) table.apply(endpoint(index), { type: 'forget' }, 2);
    table.apply(endpoint(500), CONTACT, 3);
    fail(table, 500, 3);
    expect(badState(table, 500).retryAt).toBe(3 + MINUTE);
  });
});
