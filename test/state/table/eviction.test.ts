import { describe, expect, it } from 'vitest';
import {
  type Endpoint,
  EndpointTable,
  endpointKey,
  type PolicyInput,
  resolvePolicy,
} from '../../../src/state/index.js';
import { ASKED, failure, live, SUCCESS } from '../life.js';

function endpoint(address: string): Endpoint {
  const parts = { address, port: 853, transport: 'dot' };
  return { key: endpointKey(parts), ...parts };
}

/** Each in a /24 of its own. */
function spread(index: number): Endpoint {
  return endpoint(`10.${index >> 8}.${index & 0xff}.1`);
}

/** All in one /32. */
function near(index: number): Endpoint {
  return endpoint(`2001:db8::${(index + 1).toString(16)}`);
}

function tableOf(policy: Exclude<PolicyInput, string>, isHeld?: (endpoint: Endpoint) => boolean): EndpointTable {
  return new EndpointTable(
    resolvePolicy({ onlyAfterAnswer: false, threshold: 9, prefixShare: 1, unknownShare: 1, ...policy }),
    isHeld,
  );
}

function becomeGood(table: EndpointTable, one: Endpoint): readonly string[] {
  return table.apply(one, live(SUCCESS, 0), 0).evicted.map(({ record }) => record.endpoint.address);
}

function becomeBad(table: EndpointTable, one: Endpoint): void {
  start(table, one);
  table.apply(one, { type: 'probe-settled', token: 1, evidence: failure(), endedAt: 0, draw: 0.5 }, 0);
}

function start(table: EndpointTable, one: Endpoint): void {
  table.apply(one, ASKED, 0);
  table.apply(one, { type: 'probe-started', token: 1, deadline: 7_000 }, 0);
}

function meet(table: EndpointTable, one: Endpoint): readonly string[] | 'refused' {
  const { record, evicted } = table.contact(one, 1);
  return record === undefined ? 'refused' : evicted.map((gone) => gone.record.endpoint.address);
}

function counts(table: EndpointTable): number[] {
  return (['unknown', 'bad', 'good'] as const).map((verdict) => table.count(verdict));
}

describe('a full table', () => {
  it.each([
    [4, 12, [4, 11, 1]],
    [5, 11, [4, 11, 1]],
    [0, 16, [0, 15, 1]],
  ])('with %i Unknown and %i Bad lets go of the more worthless, but not of the few Unknown', (unknown, bad, after) => {
    const table = tableOf({ capacity: 16, unknownShare: 0.5 });
    for (let index = 0; index < bad; index++) becomeBad(table, spread(index));
    for (let index = 0; index < unknown; index++) meet(table, spread(100 + index));
    expect(counts(table)).toEqual([unknown, bad, 0]);
    expect(becomeGood(table, spread(200))).toHaveLength(1);
    expect(counts(table)).toEqual(after);
  });

  it('of few Unknown before any that is Good', () => {
    const table = tableOf({ capacity: 16, unknownShare: 0.5 });
    for (let index = 0; index < 14; index++) becomeGood(table, spread(index));
    for (let index = 0; index < 2; index++) meet(table, spread(100 + index));
    expect([becomeGood(table, spread(200)), becomeGood(table, spread(201)), becomeGood(table, spread(202))]).toEqual([
      [spread(100).address],
      [spread(101).address],
      [spread(0).address],
    ]);
  });

  it('gives one that comes a row of its own address, though who is asked what is held reads another', () => {
    const table: EndpointTable = tableOf({ capacity: 16 }, () => table.find(endpoint('192.0.2.7')) >= 0);
    for (let index = 0; index < 16; index++) meet(table, spread(index));
    expect(meet(table, spread(100))).toEqual([spread(0).address]);
    expect([table.find(spread(100)) >= 0, table.find(endpoint('192.0.2.7'))]).toEqual([true, -1]);
  });

  it('one leaves for one that comes, though three bounds are reached', () => {
    const table = tableOf({ capacity: 16, prefixShare: 0.5, unknownShare: 1 });
    for (let index = 0; index < 8; index++) meet(table, near(index));
    for (let index = 0; index < 8; index++) meet(table, spread(index));
    expect(meet(table, near(20))).toEqual([near(0).address]);
    expect(meet(table, near(21))).toEqual([near(1).address]);
    expect([table.size, counts(table)]).toEqual([16, [16, 0, 0]]);
  });

  it.each<[string, (table: EndpointTable) => void]>([
    ['another network has made all Unknown', (table) => void table.newEpoch(1)],
    ['the capacity is a smaller one', (table) => table.setPolicy(resolvePolicy({ capacity: 16, prefixShare: 1 }))],
  ])('above its bounds, as %s, lets one go for one that comes and not all that are too many', (_, happens) => {
    const table = tableOf({ capacity: 160, unknownShare: 0.5 });
    for (let index = 0; index < 160; index++) becomeGood(table, spread(index));
    happens(table);
    expect([table.contact(spread(200), 2).evicted.length, table.size]).toEqual([1, 160]);
  });

  it('what is not Unknown needs no place among the Unknown', () => {
    const table = tableOf({ capacity: 16, unknownShare: 0.25 });
    for (let index = 0; index < 4; index++) meet(table, spread(index));
    expect(becomeGood(table, spread(100))).toEqual([]);
    expect(counts(table)).toEqual([4, 0, 1]);
    expect(meet(table, spread(101))).toEqual([spread(0).address]);
  });

  it('shares are rounded down, to one at least', () => {
    const table = tableOf({ capacity: 19, prefixShare: 0.2, unknownShare: 0.3 });
    for (let index = 0; index < 9; index++) meet(table, near(index));
    expect(counts(table)).toEqual([3, 0, 0]);
    for (let index = 0; index < 9; index++) meet(table, spread(index));
    expect(counts(table)).toEqual([5, 0, 0]);
    const least = tableOf({ capacity: 16, unknownShare: 0.01, prefixShare: 0.001 });
    expect([meet(least, spread(0)), meet(least, spread(1)), counts(least)]).toEqual([
      [],
      [spread(0).address],
      [1, 0, 0],
    ]);
  });

  it('who is held stays', () => {
    const held = new Set([spread(0).address, spread(2).address]);
    const table = tableOf({ capacity: 16 }, ({ address }) => held.has(address));
    for (let index = 0; index < 16; index++) meet(table, spread(index));
    expect([meet(table, spread(100)), meet(table, spread(101))]).toEqual([[spread(1).address], [spread(3).address]]);
    held.clear();
    for (let index = 102; index < 114; index++) meet(table, spread(index));
    expect(meet(table, spread(114))).toEqual([spread(0).address]);
  });

  it('looks at 64 rows and no more for one that comes; the next search goes on behind them', () => {
    const table = tableOf({ capacity: 100 });
    for (let index = 0; index < 100; index++) becomeGood(table, spread(index));
    for (let index = 0; index < 70; index++) {
      const record = table.get(spread(index).key);
      if (record !== undefined) record.pins = 1;
    }
    expect(becomeGood(table, spread(100))).toEqual([]);
    expect([table.size, table.get(spread(100).key)]).toEqual([100, undefined]);
    expect(becomeGood(table, spread(101))).toEqual([spread(70).address]);
  });
});

describe('a full prefix', () => {
  it('of more than a thousand Good gives none of them for a stranger', () => {
    const table = tableOf({ capacity: 2_200, prefixShare: 0.5 });
    for (let index = 0; index < 1_100; index++) becomeGood(table, near(index));
    expect([meet(table, near(2_000)), meet(table, near(2_001)), table.size]).toEqual(['refused', 'refused', 1_100]);
    expect(meet(table, spread(1))).toEqual([]);
  });

  it('of a thousand it does', () => {
    const table = tableOf({ capacity: 2_048, prefixShare: 0.5 });
    for (let index = 0; index < 1_024; index++) becomeGood(table, near(index));
    expect([meet(table, near(2_000)), table.size]).toEqual([[near(0).address], 1_024]);
  });

  it('what one search did not come to, the next one does', () => {
    const table = tableOf({ capacity: 2_200, prefixShare: 0.5 });
    for (let index = 0; index < 1_100; index++) {
      if (index === 1_050) meet(table, near(index));
      else becomeGood(table, near(index));
    }
    expect([meet(table, near(2_000)), meet(table, near(2_001))]).toEqual(['refused', [near(1_050).address]]);
  });

  it('its Bad leave before its Good, its Unknown before both, whatever their order', () => {
    const table = tableOf({ capacity: 32, prefixShare: 0.125 });
    becomeGood(table, near(0));
    becomeBad(table, near(1));
    becomeGood(table, near(2));
    meet(table, near(3));
    expect(becomeGood(table, near(4))).toEqual([near(3).address]);
    expect(becomeGood(table, near(5))).toEqual([near(1).address]);
    // The search goes on behind the last one that left.
    expect(becomeGood(table, near(6))).toEqual([near(2).address]);
  });

  it('what another network made Unknown leaves as such', () => {
    const table = tableOf({ capacity: 32, prefixShare: 0.125 });
    becomeGood(table, near(0));
    becomeGood(table, near(1));
    table.newEpoch(0);
    table.apply(near(0), live(SUCCESS, 0), 0);
    becomeBad(table, near(2));
    becomeBad(table, near(3));
    expect(meet(table, near(4))).toEqual([near(1).address]);
    expect(counts(table)).toEqual([1, 2, 1]);
  });

  it('with a probe in flight stays, and so does what is pinned or held', () => {
    const table = tableOf({ capacity: 32, prefixShare: 0.125 }, ({ address }) => address === near(2).address);
    start(table, near(0));
    const { record } = table.contact(near(1), 0);
    if (record !== undefined) record.pins = 2;
    meet(table, near(2));
    meet(table, near(3));
    expect([meet(table, near(4)), meet(table, near(5))]).toEqual([[near(3).address], [near(4).address]]);
    table.apply(near(5), ASKED, 1);
    expect(meet(table, near(6))).toEqual([near(5).address]);
    start(table, near(6));
    expect(meet(table, near(7))).toBe('refused');
    expect([...table.records()].every(({ state }) => state !== undefined)).toBe(true);
  });
});
