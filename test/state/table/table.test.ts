import { describe, expect, it } from 'vitest';
import {
  type Endpoint,
  EndpointTable,
  endpointKey,
  type PolicyInput,
  resolvePolicy,
} from '../../../src/state/index.js';
import { ASKED, DAY, EPOCH, FORGET, failure, HOUR, live, MINUTE, SUCCESS, TICK } from '../life.js';

function endpoint(address: string, localAddress?: string): Endpoint {
  const parts = { address, port: 853, transport: 'dot', localAddress };
  return { key: endpointKey(parts), ...parts };
}

/** Each in a /24 of its own. */
function spread(index: number): Endpoint {
  return endpoint(`10.${index >> 8}.${index & 0xff}.1`);
}

/** All in one /24. */
function near(index: number): Endpoint {
  return endpoint(`192.0.2.${index}`);
}

function tableOf(policy: Exclude<PolicyInput, string> = {}): EndpointTable {
  return new EndpointTable(resolvePolicy({ onlyAfterAnswer: false, prefixShare: 1, unknownShare: 1, ...policy }));
}

function addresses(table: EndpointTable): string[] {
  return [...table.records()].map((record) => record.endpoint.address);
}

function becomeGood(table: EndpointTable, one: Endpoint, now: number): void {
  table.apply(one, live(SUCCESS, now), now);
}

function becomeBad(table: EndpointTable, one: Endpoint, now: number): void {
  start(table, one, now);
  table.apply(one, { type: 'probe-settled', token: 1, evidence: failure(), endedAt: now, draw: 0.5 }, now);
}

function start(table: EndpointTable, one: Endpoint, now: number): void {
  table.apply(one, ASKED, now);
  table.apply(one, { type: 'probe-started', token: 1, deadline: now + 7000 }, now);
}

describe('rows', () => {
  it('an event that leaves nothing makes no row', () => {
    const table = tableOf();
    expect(table.apply(near(1), TICK, 0)).toEqual({ record: undefined, effects: [], evicted: [] });
    expect(table.apply(near(1), live(failure(), 0), 0).record).toBeUndefined();
    expect(table.size).toBe(0);
  });

  it('one that was found last is found no more once it is gone, whoever has its place', () => {
    const table = tableOf({ threshold: 9 });
    table.contact(near(1), 0);
    const row = table.find(near(1));
    table.apply(near(1), FORGET, 1);
    const gone = table.find(near(1));
    table.contact(near(2), 2);
    expect([gone, table.find(near(2)), table.find(near(1))]).toEqual([-1, row, -1]);
  });

  it.each([{ port: 8853 }, { transport: 'doq' }, { localAddress: '192.0.2.200' }])(
    'one that was found last is not that of %j',
    (other) => {
      const table = tableOf({ threshold: 9 });
      table.contact(near(1), 0);
      expect([table.find(near(1)), table.find({ ...near(1), ...other })]).toEqual([0, -1]);
    },
  );

  it('a contact makes one, and is counted', () => {
    const table = tableOf({ threshold: 9 });
    const { record } = table.contact(near(1), 5 * MINUTE);
    table.contact(near(1), 6 * MINUTE);
    expect(record).toMatchObject({ contacts: 2, pins: 0, history: [], timing: {} });
    expect(record?.address.text).toBe('192.0.2.1');
    expect(table.get(near(1).key)?.endpoint).toEqual(record?.endpoint);
    expect([table.size, table.count('unknown')]).toEqual([1, 1]);
  });

  it('contacts of what is Bad or already ripe are counted in place: the same state', () => {
    const table = tableOf();
    becomeBad(table, near(1), 0);
    const before = table.get(near(1).key)?.state;
    table.contact(near(1), 1);
    expect(table.get(near(1).key)?.contacts).toBe(1);
    expect(table.get(near(1).key)?.state).toEqual(before);
  });

  it('two local addresses are two rows', () => {
    const table = tableOf();
    table.contact(endpoint('192.0.2.1', '198.51.100.1'), 0);
    table.contact(endpoint('192.0.2.1', '198.51.100.2'), 0);
    table.contact(endpoint('192.0.2.1'), 0);
    expect(table.size).toBe(3);
  });

  it('counts verdicts and probes in flight', () => {
    const table = tableOf();
    becomeGood(table, near(1), 0);
    becomeBad(table, near(2), 0);
    start(table, near(3), 0);
    start(table, near(1), 0);
    const counts = () => (['unknown', 'good', 'bad'] as const).map((verdict) => table.count(verdict));
    expect([...counts(), table.inFlight]).toEqual([1, 1, 1, 2]);
    table.apply(near(3), FORGET, 0);
    expect([...counts(), table.inFlight]).toEqual([0, 1, 1, 1]);
    table.apply(near(1), EPOCH, 0);
    expect([...counts(), table.inFlight]).toEqual([1, 0, 1, 0]);
  });

  it('history keeps the last eight changes and their detail', () => {
    const table = tableOf();
    becomeGood(table, near(1), 0);
    for (let at = 1; at <= 5; at++) {
      table.apply(near(1), EPOCH, at);
      table.apply(near(1), live(SUCCESS, at), at, 'seen');
    }
    const history = table.get(near(1).key)?.history;
    expect(history).toHaveLength(8);
    expect(history?.at(-1)).toEqual({ at: 5, from: 'unknown', to: 'good', why: 'live-success', detail: 'seen' });
    expect(history?.[0]).toMatchObject({ at: 2, why: 'epoch' });
  });

  it('a contact that finds its row ended keeps row and history', () => {
    const table = tableOf();
    becomeGood(table, near(1), 0);
    const { record, effects } = table.contact(near(1), 20 * DAY);
    expect(record?.state).toMatchObject({ verdict: 'unknown', hits: 1 });
    expect(record?.history.map(({ why }) => why)).toEqual(['live-success', 'forgotten']);
    expect(effects).toHaveLength(1);
    expect([table.size, table.count('unknown'), table.count('good')]).toEqual([1, 1, 0]);
  });
});

describe('capacity', () => {
  it('full, the longest unused Unknown leaves first', () => {
    const table = tableOf({ capacity: 16, threshold: 9 });
    for (let index = 0; index < 16; index++) table.contact(spread(index), index);
    table.contact(spread(0), 100);
    const { evicted } = table.contact(spread(16), 101);
    expect(evicted.map(({ record }) => record.endpoint.address)).toEqual([spread(1).address]);
    expect(table.size).toBe(16);
    expect(table.get(spread(0).key)).toBeDefined();
  });

  it('then Bad, then Good', () => {
    const table = tableOf({ capacity: 16, threshold: 9 });
    for (let index = 0; index < 8; index++) becomeGood(table, spread(index), 0);
    for (let index = 8; index < 16; index++) becomeBad(table, spread(index), 0);
    becomeGood(table, spread(16), 1);
    expect([table.count('good'), table.count('bad')]).toEqual([9, 7]);
    for (let index = 17; index < 25; index++) becomeGood(table, spread(index), index);
    expect([table.count('good'), table.count('bad'), table.size]).toEqual([16, 0, 16]);
    expect(table.get(spread(0).key)).toBeUndefined();
  });

  it('an evicted row announces its end and has its wanted probe withdrawn', () => {
    const table = tableOf({ capacity: 16, threshold: 1 });
    for (let index = 0; index < 16; index++) becomeGood(table, spread(index), 0);
    table.apply(spread(0), ASKED, 0);
    const { evicted } = table.contact(spread(16), 1);
    expect(evicted.flatMap(({ effects }) => effects.map((effect) => effect.type))).toEqual(['withdraw', 'announce']);
    expect(evicted[0]?.record.state).toBeUndefined();
  });

  it('used ones get a second chance, good by use', () => {
    const table = tableOf({ capacity: 16 });
    for (let index = 0; index < 16; index++) {
      becomeGood(table, spread(index), 0);
      table.contact(spread(index), 1);
    }
    // All were asked for once; passed over, only the first is asked for again.
    becomeGood(table, spread(16), 2);
    table.contact(spread(1), 3);
    becomeGood(table, spread(17), 4);
    expect(table.get(spread(1).key)).toBeDefined();
    expect(table.get(spread(2).key)).toBeUndefined();
  });

  it('never one with a probe in flight, or pinned; where none may leave, none comes', () => {
    const table = tableOf({ capacity: 16 });
    for (let index = 0; index < 15; index++) start(table, spread(index), 0);
    const pinned = table.contact(spread(15), 0).record;
    if (pinned !== undefined) pinned.pins = 1;
    expect(table.contact(spread(16), 1)).toEqual({ record: undefined, effects: [], evicted: [] });
    expect(table.size).toBe(16);
    if (pinned !== undefined) pinned.pins = 0;
    expect(table.contact(spread(16), 1).evicted[0]?.record.endpoint).toEqual(pinned?.endpoint);
  });

  it('a smaller capacity lets go of what is too many', () => {
    const table = tableOf({ capacity: 100, threshold: 9 });
    for (let index = 0; index < 50; index++) table.contact(spread(index), index);
    for (let index = 50; index < 60; index++) becomeGood(table, spread(index), index);
    table.setPolicy(resolvePolicy({ capacity: 20 }));
    expect([table.size, table.isBehind]).toEqual([60, true]);
    expect([table.shrink(30, 100).length, table.isBehind]).toEqual([30, true]);
    expect([table.shrink(30, 100).length, table.isBehind]).toEqual([10, false]);
    expect([table.size, table.count('good'), table.policy.capacity]).toEqual([20, 10, 20]);
  });

  it('a smaller capacity stops at what may not leave', () => {
    const table = tableOf({ capacity: 100 });
    for (let index = 0; index < 20; index++) start(table, spread(index), 0);
    table.setPolicy(resolvePolicy({ capacity: 16 }));
    expect(table.shrink(100, 1)).toEqual([]);
    expect([table.size, table.isBehind]).toEqual([20, false]);
  });
});

describe('unknown share', () => {
  it('Unknown rows fill half and then crowd out each other', () => {
    const table = tableOf({ capacity: 32, unknownShare: 0.5, threshold: 9 });
    for (let index = 0; index < 4; index++) becomeGood(table, spread(index), 0);
    for (let index = 4; index < 1000; index++) table.contact(spread(index), index);
    expect([table.count('unknown'), table.count('good'), table.size]).toEqual([16, 4, 20]);
  });
});

describe('prefix share', () => {
  it('a /24 crowds out its own and nobody else', () => {
    const table = tableOf({ capacity: 64, prefixShare: 1 / 16, threshold: 9 });
    for (let index = 0; index < 20; index++) table.contact(spread(index), 0);
    for (let index = 0; index < 256; index++) table.contact(near(index), 1 + index);
    const own = addresses(table).filter((address) => address.startsWith('192.0.2.'));
    expect(own).toHaveLength(4);
    expect(table.size).toBe(24);
  });

  it.each([
    ['one /24', (index: number) => `198.51.100.${index}`, true],
    ['two /24', (index: number) => `198.51.${index % 2}.${index}`, false],
    ['one IPv6 /32', (index: number) => `2001:db8:${index.toString(16)}::1`, true],
    ['two IPv6 /32', (index: number) => `2001:db${index % 2}::${index + 1}`, false],
  ])('%s', (_, make, one) => {
    const table = tableOf({ capacity: 64, prefixShare: 1 / 16, threshold: 9 });
    for (let index = 0; index < 20; index++) table.contact(endpoint(make(index)), index);
    expect(table.size).toBe(one ? 4 : 8);
  });

  it('a share of less than one row is one', () => {
    const table = tableOf({ capacity: 16, prefixShare: 0.001 });
    table.contact(near(1), 0);
    expect(table.contact(near(2), 1).evicted).toHaveLength(1);
    expect(table.size).toBe(1);
  });

  it('strangers in the prefix leave before its Bad and its Good', () => {
    const table = tableOf({ capacity: 64, prefixShare: 1 / 8, threshold: 9 });
    becomeGood(table, near(0), 0);
    becomeBad(table, near(1), 0);
    for (let index = 2; index < 8; index++) table.contact(near(index), 0);
    for (let index = 8; index < 256; index++) table.contact(near(index), index);
    expect(table.get(near(0).key)?.state?.verdict).toBe('good');
    expect(table.get(near(1).key)?.state?.verdict).toBe('bad');
    for (let index = 2; index < 9; index++) becomeGood(table, near(index), 300);
    expect(table.get(near(1).key)).toBeUndefined();
  });

  it('a stranger in a prefix full of Bad, where strangers have their share: both bounds hold', () => {
    const table = tableOf({ capacity: 16, prefixShare: 0.25, unknownShare: 0.5, threshold: 9 });
    for (let index = 0; index < 4; index++) becomeBad(table, near(index), 0);
    for (let index = 0; index < 8; index++) table.contact(spread(index), 1);
    const { record, evicted } = table.contact(near(9), 2);
    expect(record).toBeDefined();
    expect(evicted.map((one) => one.record.endpoint.address)).toEqual([near(0).address, spread(0).address]);
    expect([table.count('unknown'), table.count('bad'), table.size]).toEqual([8, 3, 11]);
  });

  it('where all of the prefix is in use, none comes', () => {
    const table = tableOf({ capacity: 64, prefixShare: 1 / 32 });
    start(table, near(0), 0);
    start(table, near(1), 0);
    expect(table.contact(near(2), 1).record).toBeUndefined();
    expect(table.contact(spread(0), 1).record).toBeDefined();
  });

  it('a row that leaves makes room in its prefix', () => {
    const table = tableOf({ capacity: 64, prefixShare: 1 / 64 });
    table.contact(near(1), 0);
    table.apply(near(1), FORGET, 1);
    expect(table.contact(near(2), 2).evicted).toEqual([]);
  });
});

describe('sweep', () => {
  it('lets time act on the next rows in turn, round and round', () => {
    const table = tableOf({ capacity: 64 });
    for (let index = 0; index < 10; index++) becomeGood(table, spread(index), 0);
    const swept = [4, 4, 4].flatMap((most) => table.sweep(most, 3 * DAY).map(({ record }) => record.endpoint.address));
    expect(new Set(swept).size).toBe(10);
    expect(table.count('unknown')).toBe(10);
  });

  it('forgets what nobody asks for', () => {
    const table = tableOf({ capacity: 64, threshold: 9 });
    for (let index = 0; index < 10; index++) table.contact(spread(index), index === 0 ? HOUR : 0);
    table.sweep(100, DAY);
    expect(addresses(table)).toEqual([spread(0).address]);
    table.sweep(100, 2 * DAY);
    expect(table.size).toBe(0);
    expect(table.sweep(100, 2 * DAY)).toEqual([]);
  });

  it('looks at no more rows than it is told', () => {
    const table = tableOf({ capacity: 64 });
    for (let index = 0; index < 10; index++) becomeGood(table, spread(index), 0);
    expect(table.sweep(3, 3 * DAY)).toHaveLength(3);
  });

  it('a used Good row that is due wants its refresh', () => {
    const table = tableOf();
    becomeGood(table, near(1), 0);
    table.contact(near(1), 1);
    const [changed] = table.sweep(10, 2.4 * DAY);
    expect(changed?.effects).toEqual([{ type: 'want', purpose: 'refresh', at: 2.4 * DAY }]);
  });
});

describe('another network', () => {
  const counts = (table: EndpointTable) => (['unknown', 'good', 'bad'] as const).map((verdict) => table.count(verdict));
  const SPEED = { mean: 20, deviation: 5 };

  it('nothing of the old one is read from the moment on, before any row is told', () => {
    const table = tableOf();
    becomeGood(table, spread(1), 0);
    becomeBad(table, spread(2), 0);
    const good = table.recordOf(spread(1));
    if (good !== undefined) good.timing = { warm: SPEED, opening: SPEED, clear: SPEED };
    expect(table.newEpoch(10)).toEqual([]);
    expect([counts(table), table.isBehind]).toEqual([[2, 0, 0], true]);
    expect([...table.records()].map(({ state }) => state?.verdict)).toEqual(['unknown', 'unknown']);
    for (const one of [spread(1), spread(2)]) {
      const row = table.find(one);
      expect([table.numbered.hit(row, 11), table.numbered.glance(row, 11), table.numbered.verdictAt(row)]).toEqual([
        0, 0, 2,
      ]);
      expect([table.numbered.timingAt(row), table.numbered.dotTimingAt(row).warm, table.recordAt(row).timing]).toEqual([
        {},
        undefined,
        {},
      ]);
    }
    expect(good?.state).toMatchObject({ verdict: 'unknown', since: 10, formerlyGood: true, level: 0 });
  });

  it('what is measured on the old one is written down no more', () => {
    const table = tableOf();
    becomeGood(table, spread(1), 0);
    const record = table.recordOf(spread(1));
    table.newEpoch(10);
    if (record !== undefined) record.timing = { warm: SPEED };
    table.contact(spread(1), 11);
    expect(record?.timing.warm).toBeUndefined();
  });

  it('probes that are wanted or in flight are released at once', () => {
    const table = tableOf();
    becomeGood(table, spread(1), 0);
    start(table, spread(2), 0);
    table.apply(spread(3), ASKED, 0);
    const changed = table.newEpoch(10);
    expect(changed.map(({ record, effects }) => [record.endpoint.address, effects[0]?.type])).toEqual([
      [spread(2).address, 'abort'],
      [spread(3).address, 'withdraw'],
    ]);
    expect([table.inFlight, table.busy]).toEqual([0, 0]);
  });

  it('the others are told a part at a time, and each once', () => {
    const table = tableOf();
    for (let index = 0; index < 100; index++) becomeGood(table, spread(index), 0);
    table.newEpoch(10);
    expect(table.contact(spread(5), 11).effects.map(({ type }) => type)).toEqual(['announce', 'want']);
    const told: number[] = [];
    while (table.isBehind) told.push(table.catchUp(30, 12).length);
    expect(told).toEqual([30, 30, 30, 9]);
    expect(table.get(spread(7).key)?.history.at(-1)).toMatchObject({ at: 10, from: 'good', why: 'epoch' });
  });

  it('what was never Good has no history of it', () => {
    const table = tableOf();
    becomeBad(table, spread(1), 0);
    table.newEpoch(10);
    expect(table.get(spread(1).key)?.history).toEqual([]);
    expect(table.catchUp(10, 11).flatMap(({ effects }) => effects)).toHaveLength(1);
    expect(table.get(spread(1).key)?.history).toEqual([]);
  });

  it('as many networks as anybody likes, without a row being told', () => {
    const table = tableOf();
    becomeGood(table, spread(1), 0);
    const verdicts = new Set<unknown>();
    for (let at = 1; at <= 200; at++) {
      table.newEpoch(at);
      verdicts.add(table.get(spread(1).key)?.state?.verdict);
    }
    expect([[...verdicts], counts(table)]).toEqual([['unknown'], [1, 0, 0]]);
    table.contact(spread(1), 201);
    expect(table.get(spread(1).key)?.state).toMatchObject({ formerlyGood: true, since: 200 });
  });

  it('nobody is missed where rows come and networks change while others are told', () => {
    const table = tableOf();
    for (let index = 0; index < 100; index++) becomeGood(table, spread(index), 0);
    let told = 0;
    for (let at = 1; at <= 70; at++) {
      told += table.newEpoch(at).length;
      told += table.catchUp(at % 3, at).length;
      becomeGood(table, spread(100 + at), at);
    }
    while (table.isBehind) told += table.catchUp(7, 100).length;
    expect(told).toBe(100 + 69);
    expect(counts(table)).toEqual([169, 1, 0]);
    expect([...table.records()].filter(({ state }) => state?.verdict === 'good')).toHaveLength(1);
  });

  it('what was Good is last in line to leave', () => {
    const table = tableOf({ capacity: 16, threshold: 9 });
    for (let index = 0; index < 8; index++) becomeGood(table, spread(index), 0);
    for (let index = 8; index < 16; index++) becomeBad(table, spread(index), 0);
    table.newEpoch(10);
    const gone = Array.from({ length: 9 }, (_, index) => table.contact(spread(20 + index), 11).evicted[0]);
    const lost = gone.map((one) => Number(one?.record.endpoint.address.split('.')[2]));
    expect(lost.slice(0, 8)).toEqual([8, 9, 10, 11, 12, 13, 14, 15]);
    expect(gone[0]?.effects).toMatchObject([{ type: 'announce', from: 'bad', to: 'unknown', why: 'epoch' }]);
  });
});

describe('sleep', () => {
  it('is told a part at a time, and not to what was proven since', () => {
    const table = tableOf();
    for (let index = 0; index < 50; index++) becomeGood(table, spread(index), 0);
    table.slept(() => 0, 1_000);
    becomeGood(table, spread(0), 1_001);
    table.catchUp(20, 1_001);
    const due = () => [...table.records()].filter(({ state }) => state?.verdict === 'good' && state.refreshAt < HOUR);
    expect([due().length, table.isBehind]).toEqual([20, true]);
    while (table.isBehind) table.catchUp(20, 1_002);
    expect(due()).toHaveLength(49);
  });
});

describe('rest', () => {
  it('contacts only count for a while, and ask again after it', () => {
    const table = tableOf({ threshold: 1 });
    table.contact(spread(1), 0);
    table.apply(spread(1), { type: 'probe-dropped' }, 0);
    table.rest(spread(1), 1_000);
    expect(table.contact(spread(1), 900).effects).toEqual([]);
    expect(table.get(spread(1).key)?.contacts).toBe(2);
    expect(table.contact(spread(1), 1_001).effects).toMatchObject([{ type: 'want' }]);
  });

  it('never beyond the end of trust', () => {
    const table = tableOf();
    becomeGood(table, spread(1), 0);
    const { state } = table.get(spread(1).key) ?? {};
    const until = state?.verdict === 'good' ? state.until : Number.NaN;
    table.rest(spread(1), until + DAY);
    expect(table.numbered.hit(table.find(spread(1)), until)).toBe(0);
    table.rest(spread(2), 1_000);
    expect(table.size).toBe(1);
  });
});
