import { describe, expect, it } from 'vitest';
import {
  type Endpoint,
  EndpointTable,
  type Evicted,
  endpointKey,
  type PolicyInput,
  parseAddress,
  resolvePolicy,
} from '../../../src/state/index.js';
import { ASKED, DAY, DROPPED, FORGET, failure, HOUR, live, MINUTE, SUCCESS } from '../life.js';

function endpoint(index: number, port = 853): Endpoint {
  const parts = { address: `10.${index >> 8}.${index & 0xff}.1`, port, transport: 'dot' };
  return { key: endpointKey(parts), ...parts };
}

function tableOf(policy: Exclude<PolicyInput, string> = {}): EndpointTable {
  return new EndpointTable(resolvePolicy({ onlyAfterAnswer: false, prefixShare: 1, unknownShare: 1, ...policy }));
}

/** So many that are Good since a moment, unless they are told otherwise. */
function goodOnes(count: number, policy: Exclude<PolicyInput, string> = {}): EndpointTable {
  const table = tableOf(policy);
  for (let index = 0; index < count; index++) table.apply(endpoint(index), live(SUCCESS, 0), 0);
  return table;
}

function numbers(changed: readonly Evicted[]): number[] {
  return changed.map(({ record }) => {
    const [, high = 0, low = 0] = record.endpoint.address.split('.').map(Number);
    return high * 256 + low;
  });
}

function refreshAt(table: EndpointTable, index: number): number {
  const state = table.get(endpoint(index).key)?.state;
  return state?.verdict === 'good' ? state.refreshAt : Number.NaN;
}

describe('a sweep', () => {
  it('goes on where the last one ended, and begins anew at the end', () => {
    const table = goodOnes(5);
    expect([
      numbers(table.sweep(3, 3 * DAY)),
      numbers(table.sweep(1, 3 * DAY)),
      numbers(table.sweep(9, 3 * DAY)),
    ]).toEqual([[0, 1, 2], [3], [4]]);
    table.apply(endpoint(0), live(SUCCESS, 4 * DAY), 4 * DAY);
    table.apply(endpoint(3), live(SUCCESS, 4 * DAY), 4 * DAY);
    // Behind the last of the first round: 4, 0 and 1, then 2 and 3.
    expect([numbers(table.sweep(3, 7 * DAY)), numbers(table.sweep(2, 7 * DAY))]).toEqual([[0], [3]]);
  });

  it('shows what has ended as it was, and what needs nothing not at all', () => {
    const table = tableOf({ threshold: 9 });
    table.apply(endpoint(0), ASKED, 0);
    table.contact(endpoint(1), HOUR);
    const changed = table.sweep(10, DAY);
    expect(changed).toMatchObject([
      { record: { state: undefined, endpoint: endpoint(0) }, effects: [{ type: 'withdraw' }] },
    ]);
    expect([table.size, changed[0]?.record.endpoint.address]).toEqual([1, endpoint(0).address]);
  });

  it('passes over what is not in use, eight at a look', () => {
    const table = goodOnes(100);
    for (let index = 0; index < 99; index++) table.apply(endpoint(index), FORGET, 1);
    const found = Array.from({ length: 13 }, () => table.sweep(1, 3 * DAY).length);
    expect(found).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(tableOf().sweep(10, 0)).toEqual([]);
  });

  it('of rows that another network left behind a sixteenth', () => {
    const table = goodOnes(10);
    table.newEpoch(5);
    const told = [32, 33, 1, 17].map((most) => numbers(table.sweep(most, 6)));
    expect(told).toEqual([[0, 1], [2, 3, 4], [5], [6, 7]]);
    // Once more, and all of them at once.
    table.newEpoch(7);
    expect(table.sweep(160, 8)).toHaveLength(2);
    expect([...table.records()].every(({ state }) => state?.since === 5 || state?.since === 7)).toBe(true);
    const old = goodOnes(10);
    old.newEpoch(5);
    expect(old.sweep(160, 6)).toHaveLength(10);
  });

  it('what another network left and time has ended is told both', () => {
    const table = goodOnes(1, { keepExpiredMs: DAY });
    table.newEpoch(5);
    const [changed] = table.sweep(100, 5 + DAY);
    expect(changed?.effects.map((effect) => effect.type)).toEqual(['announce']);
    expect([changed?.record.state, table.size]).toEqual([undefined, 0]);
  });
});

describe('a sleep', () => {
  it('makes due what was Good before, each by its own dice', () => {
    const table = goodOnes(3, { wakeSpreadMs: 10 * MINUTE });
    table.contact(endpoint(3), 0);
    const dice = [0.1, 0.2, 0.3];
    table.slept(() => dice.shift() ?? 0.9, 1_000);
    table.apply(endpoint(1), live(SUCCESS, 1_001), 1_001);
    expect([table.isBehind, table.catchUp(100, 2_000), table.isBehind]).toEqual([true, [], false]);
    expect([0, 1, 2].map((index) => Math.round(refreshAt(table, index) / MINUTE))).toEqual([1, expect.any(Number), 2]);
    expect(refreshAt(table, 1)).toBeGreaterThan(DAY);
    expect(dice).toEqual([0.3]);
  });

  it('what was proven the moment it woke has slept, what was later has not', () => {
    const table = goodOnes(2, { wakeSpreadMs: 0 });
    table.slept(() => 0.5, 1_000);
    table.apply(endpoint(0), live(SUCCESS, 1_000), 1_000);
    table.apply(endpoint(1), live(SUCCESS, 1_000.5), 1_001);
    table.catchUp(9, 2_000);
    expect([refreshAt(table, 0), refreshAt(table, 1) > DAY]).toEqual([2_000, true]);
  });

  it('is over once all have been told', () => {
    const table = goodOnes(1, { wakeSpreadMs: 0 });
    table.slept(() => 0, 1_000);
    table.catchUp(9, 1_000);
    expect(refreshAt(table, 0)).toBe(1_000);
    table.newEpoch(1_000);
    table.apply(endpoint(0), live(SUCCESS, 1_000), 1_000);
    const before = refreshAt(table, 0);
    table.catchUp(9, 2_000);
    expect([refreshAt(table, 0), before > DAY]).toEqual([before, true]);
  });

  it('is told to so many at a time, and eight times as many are looked at', () => {
    const table = tableOf({ wakeSpreadMs: 0, threshold: 9 });
    for (let index = 0; index < 40; index++) {
      if (index % 20 === 19) table.apply(endpoint(index), live(SUCCESS, 0), 0);
      else table.contact(endpoint(index), 0);
    }
    table.slept(() => 0, 1_000);
    const behind = Array.from({ length: 6 }, () => [
      table.catchUp(1, 1_000).length,
      table.isBehind,
      refreshAt(table, 19),
    ]);
    const due = behind.map(([, , at]) => at === 1_000);
    expect(due).toEqual([false, false, true, true, true, true]);
    expect(behind.map(([, isBehind]) => isBehind)).toEqual([true, true, true, true, true, false]);
  });
});

describe('another network', () => {
  it('is told to so many at a time', () => {
    const table = goodOnes(10);
    table.newEpoch(5);
    expect([numbers(table.catchUp(3, 6)), numbers(table.catchUp(2, 6)), numbers(table.catchUp(100, 6))]).toEqual([
      ...[
        [0, 1, 2],
        [3, 4],
        [5, 6, 7, 8, 9],
      ],
    ]);
    expect([table.isBehind, table.catchUp(100, 6)]).toEqual([false, []]);
  });

  it('the next one begins a round of its own where the last one is', () => {
    const table = goodOnes(4);
    table.newEpoch(5);
    table.catchUp(3, 6);
    for (const index of [0, 1, 2]) table.apply(endpoint(index), live(SUCCESS, 7), 7);
    table.newEpoch(8);
    expect([numbers(table.catchUp(2, 9)), numbers(table.catchUp(9, 9))]).toEqual([
      [3, 0],
      [1, 2],
    ]);
  });

  it('who came since need not be told', () => {
    const table = goodOnes(2);
    table.newEpoch(5);
    table.apply(endpoint(2), live(SUCCESS, 6), 6);
    expect([numbers(table.catchUp(9, 7)), table.isBehind, table.numbered.verdictAt(2)]).toEqual([[0, 1], false, 1]);
  });

  it('the 64th without a rest is told to all at once, and the count begins anew', () => {
    const table = goodOnes(3);
    const told = Array.from({ length: 63 }, (_, at) => table.newEpoch(at + 1).length);
    expect([new Set(told), table.newEpoch(64).length]).toEqual([new Set([0]), 3]);
    table.catchUp(9, 65);
    table.apply(endpoint(0), live(SUCCESS, 66), 66);
    const again = Array.from({ length: 63 }, (_, at) => table.newEpoch(at + 70).length);
    expect([new Set(again), table.newEpoch(200).length]).toEqual([new Set([0]), 1]);
  });

  it('half a round is no rest', () => {
    const table = goodOnes(3);
    for (let at = 1; at <= 62; at++) table.newEpoch(at);
    expect(table.catchUp(1, 63)).toHaveLength(1);
    expect([table.newEpoch(64).length, table.newEpoch(65).length]).toEqual([0, 2]);
  });

  it('an empty table has nobody to tell', () => {
    const table = tableOf();
    expect([table.newEpoch(1), table.isBehind, table.catchUp(9, 2)]).toEqual([[], false, []]);
  });
});

describe('all rows', () => {
  const list = [
    '192.0.2.1',
    '192.0.3.1',
    '10.0.0.1',
    '2001:db8::1',
    '2001:db8:1::1',
    '2001:db9::1',
    '::1',
    '::c000:201',
  ];

  function metOnes(): EndpointTable {
    const table = tableOf({ threshold: 9 });
    for (const address of list) {
      const parts = { address, port: 853, transport: 'dot' };
      table.contact({ key: endpointKey(parts), ...parts }, 0);
    }
    return table;
  }

  it.each<[string, number, string[]]>([
    ['192.0.2.0', 24, ['192.0.2.1']],
    ['192.0.2.0', 23, ['192.0.2.1', '192.0.3.1']],
    ['192.0.2.1', 32, ['192.0.2.1']],
    ['0.0.0.0', 0, ['192.0.2.1', '192.0.3.1', '10.0.0.1']],
    ['2001:db8::', 32, ['2001:db8::1', '2001:db8:1::1']],
    ['2001:db8::', 48, ['2001:db8::1']],
    ['2001:db8::', 31, ['2001:db8::1', '2001:db8:1::1', '2001:db9::1']],
    ['::', 96, ['::1', '::c000:201']],
    ['::1', 128, ['::1']],
    ['::', 0, list],
  ])('those in %s/%i', (address, bits, found) => {
    const table = metOnes();
    const addresses = () => table.endpointsIn(parseAddress(address), bits).map((one) => one.address);
    expect(addresses()).toEqual(found);
    for (const one of [...table.records()]) table.apply(one.endpoint, FORGET, 1);
    expect(addresses()).toEqual([]);
  });

  it('in order, and in none', () => {
    const table = metOnes();
    expect([...table.records()].map((record) => record.endpoint.address)).toEqual(list);
    expect([...table.recordsInOrder()].map((record) => record.endpoint.address)).toEqual([
      ...['10.0.0.1', '192.0.2.1', '192.0.3.1', '::1', '::c000:201', '2001:db8::1', '2001:db8:1::1', '2001:db9::1'],
    ]);
  });

  it('one by its key', () => {
    const table = tableOf();
    const scoped = { address: 'fe80::1%a', port: 8853, transport: 'doq', localAddress: 'fe80::2%a' };
    const key = endpointKey(scoped);
    table.contact({ key, ...scoped }, 0);
    expect(table.get(key)?.endpoint).toEqual({ key, ...scoped });
    const others = [
      '',
      '|',
      'fe80::1%a',
      'fe80::1%a|8853|doq',
      'fe80::1%a|853|doq|fe80::2%a',
      'fe80::1%b|8853|doq|fe80::2%a',
    ];
    expect(others.map((one) => table.get(one))).toEqual(others.map(() => undefined));
    expect([table.recordOf({ key, ...scoped })?.contacts, table.recordOf(endpoint(1))]).toEqual([1, undefined]);
  });

  it('under another policy contacts mean what it says', () => {
    const table = tableOf({ threshold: 5 });
    table.contact(endpoint(0), 0);
    table.contact(endpoint(0), 1);
    table.apply(endpoint(0), DROPPED, 1);
    table.rest(endpoint(0), HOUR);
    table.setPolicy(resolvePolicy({ onlyAfterAnswer: false, threshold: 3 }));
    expect([table.policy.threshold, table.contact(endpoint(0), 2).effects]).toMatchObject([3, [{ type: 'want' }]]);
  });

  it('that are too many for it leave, unless none may; a wider one lets the next ones leave', () => {
    const table = tableOf({ capacity: 40, threshold: 9 });
    for (let index = 0; index < 30; index++) {
      table.apply(endpoint(index), ASKED, 0);
      table.apply(endpoint(index), { type: 'probe-started', token: index, deadline: 7_000 }, 0);
    }
    const narrow = resolvePolicy({ onlyAfterAnswer: false, capacity: 16, prefixShare: 1, unknownShare: 1 });
    table.setPolicy(narrow);
    expect([table.isBehind, table.shrink(5, 1), table.isBehind, table.size]).toEqual([true, [], false, 30]);
    expect(table.shrink(5, 1)).toEqual([]);
    for (let index = 0; index < 30; index++) table.apply(endpoint(index), { type: 'probe-aborted', token: index }, 2);
    expect([table.isBehind, table.shrink(5, 3)]).toEqual([false, []]);
    table.setPolicy(narrow);
    expect([table.shrink(5, 3).length, table.size, table.isBehind]).toEqual([5, 25, true]);
    expect([table.shrink(100, 3).length, table.size, table.isBehind]).toEqual([9, 16, false]);
  });

  it('an old one that must leave tells of the network and of its end', () => {
    const table = goodOnes(20, { capacity: 20 });
    table.newEpoch(5);
    table.setPolicy(resolvePolicy({ capacity: 19 }));
    const [gone] = table.shrink(9, 6);
    expect(gone?.effects).toMatchObject([{ type: 'announce', from: 'good', to: 'unknown', why: 'epoch' }]);
    expect([gone?.record.state, table.size]).toEqual([undefined, 19]);
    const bad = tableOf({ capacity: 16 });
    for (let index = 0; index < 16; index++) bad.apply(endpoint(index), live(SUCCESS, 0), 0);
    bad.apply(endpoint(0), ASKED, 0);
    expect(bad.apply(endpoint(20), live(failure(), 1), 1)).toEqual({ record: undefined, effects: [], evicted: [] });
  });

  it('where there is no room, those that left for nothing are told of', () => {
    const table = tableOf({ capacity: 32, prefixShare: 0.0625, unknownShare: 0.25, threshold: 9 });
    const start = (one: Endpoint) => {
      table.apply(one, ASKED, 0);
      table.apply(one, { type: 'probe-started', token: 1, deadline: 7_000 }, 0);
    };
    for (let index = 1; index < 8; index++) start(endpoint(index));
    const nearby = (port: number) => endpoint(100, port);
    start(nearby(1));
    table.apply(nearby(2), live(SUCCESS, 0), 0);
    // The prefix gives its Good one, and of the Unknown ones none may leave.
    const { record, effects, evicted } = table.contact(nearby(3), 1);
    expect([record, effects, evicted.map((one) => one.record.endpoint.port)]).toEqual([undefined, [], [2]]);
    expect([table.size, table.get(nearby(3).key)]).toEqual([8, undefined]);
  });
});
