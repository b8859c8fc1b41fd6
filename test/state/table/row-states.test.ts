import { describe, expect, it } from 'vitest';
import { readAddress } from '../../../src/state/address/address.js';
import { readWords } from '../../../src/state/address/words.js';
import {
  type Endpoint,
  type EndpointState,
  EndpointTable,
  endpointKey,
  type Policy,
  type PolicyInput,
  resolvePolicy,
  type StateEvent,
} from '../../../src/state/index.js';
import { PackedRows } from '../../../src/state/table/numbered-rows.js';
import * as FLAG from '../../../src/state/table/row-flags.js';
import { RowStates } from '../../../src/state/table/row-states.js';
import * as WORD from '../../../src/state/table/row-words.js';
import {
  ASKED,
  badSince,
  CONTACT,
  DAY,
  DROPPED,
  EPOCH,
  failure,
  goodSince,
  HOUR,
  Life,
  live,
  MINUTE,
  SUCCESS,
} from '../life.js';

const POLICY = resolvePolicy({ onlyAfterAnswer: false, prefixShare: 1, unknownShare: 1 });

function endpoint(index = 1): Endpoint {
  const parts = { address: `10.0.${index >> 8}.${index & 0xff}`, port: 853, transport: 'dot' };
  return { key: endpointKey(parts), ...parts };
}

function tableOf(policy: Exclude<PolicyInput, string> = {}): EndpointTable {
  return new EndpointTable(resolvePolicy({ ...POLICY, ...policy }));
}

/** A register with one row in a state, whose ticks are counted from 0. */
function holding(
  state: EndpointState,
  policy: Policy = POLICY,
): { rowStates: RowStates; tally: PackedRows; row: number } {
  const rowStates = new RowStates(policy);
  rowStates.origin = 0;
  const one = endpoint();
  readWords(one.address);
  readAddress(one.address);
  const row = rowStates.add(one, state, []);
  return { rowStates, tally: new PackedRows(rowStates), row };
}

function start(table: EndpointTable, one: Endpoint, now: number, deadline = now + 7_000): void {
  table.apply(one, ASKED, now);
  table.apply(one, { type: 'probe-started', token: 1, deadline }, now);
}

function settle(table: EndpointTable, one: Endpoint, now: number, evidence = failure(), detail?: string): void {
  table.apply(one, { type: 'probe-settled', token: 1, evidence, endedAt: now, draw: 0.5 }, now, detail);
}

describe('until when contacts are counted in place', () => {
  it.each([
    [1_000, 0, 992],
    [993, 0, 992],
    [992, 0, 976],
    [1_000.5, 0.25, 992.25],
    [17, 0, 16],
    [16, 0, 0],
  ])('retried at %d, counted from %d: before %d', (retryAt, origin, end) => {
    const { rowStates, row } = holding({ ...badSince(0).bad, retryAt });
    rowStates.origin = origin;
    rowStates.rest(row, 0);
    const before = [origin, end - 0.01].map((now) => rowStates.isResting(row, now));
    expect([...before, rowStates.isResting(row, end)]).toEqual([end > 0.25, end > 0.25, false]);
    expect(rowStates.isResting(row, origin - 0.01)).toBe(false);
  });

  it('a rest lasts as long as it is told, but no longer than the state, and never shortens what is', () => {
    const bad = holding({ ...badSince(0).bad, retryAt: 1_600 });
    bad.rowStates.rest(bad.row, 5_000);
    expect([4_991, 4_992].map((now) => bad.rowStates.isResting(bad.row, now))).toEqual([true, false]);
    bad.rowStates.rest(bad.row, 100);
    expect([1_583, 1_584].map((now) => bad.rowStates.isResting(bad.row, now))).toEqual([true, false]);
    bad.rowStates.rest(bad.row, Number.POSITIVE_INFINITY);
    const end = 1_600 + POLICY.keepBadMs;
    expect([end - 17, end].map((now) => bad.rowStates.isResting(bad.row, now))).toEqual([true, false]);
    const { good } = goodSince(0);
    const held = holding(good);
    held.rowStates.rest(held.row, Number.POSITIVE_INFINITY);
    expect([good.until - 17, good.until].map((now) => held.rowStates.isResting(held.row, now))).toEqual([true, false]);
    const { unknown } = new Life({ threshold: 9 }).at(0, CONTACT);
    const met = holding(unknown);
    expect(met.rowStates.isResting(met.row, 0)).toBe(false);
    met.rowStates.rest(met.row, DAY + HOUR);
    expect([DAY - 17, DAY].map((now) => met.rowStates.isResting(met.row, now))).toEqual([true, false]);
  });

  it('after more than two years as well', () => {
    const table = tableOf();
    table.contact(endpoint(2), 0);
    const late = (2 ** 32 - 100) * 16;
    for (const now of [late, late + 1e6]) {
      start(table, endpoint(), now);
      settle(table, endpoint(), now);
      const row = table.find(endpoint());
      expect(table.numbered.hit(row, now + 1)).toBe(now === late ? 3 : 0);
      table.contact(endpoint(), now + 1);
      expect([table.recordAt(row).contacts, table.recordAt(row).state?.verdict]).toEqual([now === late ? 2 : 3, 'bad']);
    }
  });

  it('an event that changes nothing may change that', () => {
    const table = tableOf({ threshold: 1 });
    table.contact(endpoint(), 0);
    table.apply(endpoint(), DROPPED, 0);
    table.rest(endpoint(), 10_000);
    const row = table.find(endpoint());
    expect(table.numbered.hit(row, 5_000)).toBe(2);
    table.apply(endpoint(), { type: 'tick' }, 5_000);
    expect(table.numbered.hit(row, 5_000)).toBe(0);
  });
});

describe('whether time may have acted', () => {
  const glanceAt = (state: EndpointState, ...times: number[]) => {
    const { rowStates, row } = holding(state);
    return times.map((now) => rowStates.isDue(row, now));
  };

  it('on what is Unknown: at its end', () => {
    const { unknown } = new Life({ threshold: 9 }).at(0, CONTACT);
    expect(glanceAt(unknown, 0, unknown.keepUntil - 1, unknown.keepUntil)).toEqual([false, false, true]);
  });

  it('on what is Bad: when it is forgotten', () => {
    const { bad } = badSince(0);
    const end = bad.retryAt + POLICY.keepBadMs;
    expect(glanceAt(bad, 0, bad.retryAt, end - 1, end)).toEqual([false, false, false, true]);
  });

  it('on what is Good: from its refresh on', () => {
    const { good } = goodSince(0);
    expect(glanceAt(good, 0, good.refreshAt - 17, good.refreshAt, good.until)).toEqual([false, false, true, true]);
  });

  it('on a probe in flight: always, where contacts do more than count', () => {
    const flying = new Life({ threshold: 9 }).at(0, CONTACT).at(0, ASKED).start(0).unknown;
    expect(glanceAt(flying, 1, 6_999)).toEqual([true, true]);
    const ripe = { ...flying, hits: POLICY.threshold };
    expect(glanceAt(ripe, 1, 6_900, 7_000)).toEqual([false, false, true]);
    const bad = badSince(0).at(0, ASKED).start(0).bad;
    expect(glanceAt(bad, 6_900, 7_000)).toEqual([false, true]);
  });

  it('on what another network made old: always', () => {
    const { rowStates, row } = holding(badSince(0).bad);
    rowStates.newEpoch(1);
    expect([rowStates.isOld(row), rowStates.isDue(row, 1)]).toEqual([true, true]);
    rowStates.catchUp(row);
    expect([rowStates.isOld(row), rowStates.isDue(row, 1)]).toEqual([false, false]);
  });
});

describe('probes are counted', () => {
  it('with all that can end them', () => {
    const table = tableOf();
    const counts = () => [table.inFlight, table.busy, table.newEpoch.length];
    expect(counts()).toEqual([0, 0, 1]);
    start(table, endpoint(1), 0);
    start(table, endpoint(2), 0);
    table.apply(endpoint(3), live(SUCCESS, 0), 0);
    start(table, endpoint(3), 0);
    table.apply(endpoint(4), ASKED, 0);
    expect([table.inFlight, table.busy]).toEqual([3, 2]);
    table.apply(endpoint(1), live(SUCCESS, 1), 1);
    expect([table.inFlight, table.busy]).toEqual([3, 1]);
    settle(table, endpoint(1), 2, SUCCESS);
    settle(table, endpoint(2), 2);
    expect([table.inFlight, table.busy]).toEqual([1, 0]);
    table.apply(endpoint(3), { type: 'forget' }, 3);
    expect([table.inFlight, table.busy]).toEqual([0, 0]);
    // Of what is settled another network has nothing to undo.
    expect(table.newEpoch(4).map(({ record }) => record.endpoint)).toEqual([endpoint(4)]);
    expect(table.newEpoch(5)).toEqual([]);
  });

  it('one that another network finds in flight is counted no more', () => {
    const table = tableOf();
    start(table, endpoint(1), 0);
    table.newEpoch(1);
    expect([table.inFlight, table.busy, table.get(endpoint(1).key)?.state?.probe.phase]).toEqual([0, 0, 'idle']);
    start(table, endpoint(1), 2);
    expect([table.inFlight, table.busy, table.newEpoch(3).length]).toEqual([1, 1, 1]);
  });
});

describe('the history of a row', () => {
  const historyOf = (table: EndpointTable) =>
    table.get(endpoint().key)?.history.map(({ at, to, why }) => [at, to, why]);

  it('goes on from what the state told', () => {
    const table = tableOf();
    start(table, endpoint(), 0);
    settle(table, endpoint(), 5, failure('lame', true, 'answer'), 'answer lame');
    const lame = { at: 5, from: 'unknown', to: 'bad', why: 'lame', detail: 'answer lame' };
    expect(table.get(endpoint().key)?.history).toEqual([lame]);
    start(table, endpoint(), 6);
    settle(table, endpoint(), 7, failure(), 'connect refused');
    // Bad again, it is so since then, and no other failure becomes that one's reason.
    expect(table.get(endpoint().key)?.state).toMatchObject({ verdict: 'bad', kind: 'refused' });
    expect(table.get(endpoint().key)?.history).toEqual([lame]);
    table.apply(endpoint(), live(SUCCESS, 20), 20, 'seen');
    expect(historyOf(table)).toEqual([
      [5, 'bad', 'lame'],
      [20, 'good', 'live-success'],
    ]);
    table.apply(endpoint(), CONTACT, 21);
    expect(historyOf(table)).toHaveLength(2);
  });

  it('of a Bad one that was Good another network tells', () => {
    const table = tableOf({ strikes: 1 });
    table.apply(endpoint(), live(SUCCESS, 0), 0);
    table.apply(endpoint(), live(failure(), 1), 1);
    const all = [
      [0, 'good', 'live-success'],
      [1, 'bad', 'strikes'],
      [2, 'unknown', 'epoch'],
    ];
    table.newEpoch(2);
    expect(historyOf(table)).toEqual(all);
    table.newEpoch(3);
    expect(historyOf(table)).toEqual(all);
    table.catchUp(100, 4);
    expect(historyOf(table)).toEqual(all);
    expect(table.get(endpoint().key)?.state).toMatchObject({ verdict: 'unknown', since: 3 });
  });

  it('what a network was, it was under the policy of then', () => {
    const table = tableOf({ keepExpiredMs: HOUR });
    table.apply(endpoint(), live(SUCCESS, 0), 0);
    table.newEpoch(10);
    table.setPolicy(resolvePolicy({ ...POLICY, keepExpiredMs: DAY }));
    expect(table.get(endpoint().key)?.state).toMatchObject({ keepUntil: 10 + HOUR });
    table.catchUp(9, 30);
    expect(table.get(endpoint().key)?.state).toMatchObject({ since: 10, keepUntil: 10 + HOUR });
  });

  it('who is met late is told all at once, and in its own time', () => {
    const table = tableOf();
    table.apply(endpoint(), live(SUCCESS, 0), 0);
    for (const at of [10, 20, 30]) table.newEpoch(at);
    const { effects } = table.apply(endpoint(), live(SUCCESS, 40), 40);
    expect(effects.map((effect) => (effect.type === 'announce' ? effect.why : effect.type))).toEqual([
      ...['epoch', 'live-success'],
    ]);
    expect(historyOf(table)?.map(([at]) => at)).toEqual([0, 10, 40]);
    expect(table.apply(endpoint(), live(SUCCESS, 41), 41).effects).toEqual([]);
  });
});

describe('a hit in place', () => {
  it('counts, and nothing else of a Bad one', () => {
    const { rowStates, tally, row } = holding(badSince(0).bad);
    expect([tally.hit(row, 5 * MINUTE, 0), tally.hit(row, 5 * MINUTE, 0)]).toEqual([3, 3]);
    const word = (word: number) => rowStates.rows.get(row, word);
    const older = () => rowStates.rows.popularity(row).older;
    expect([word(WORD.contacts), word(WORD.minute), word(WORD.recent), older()]).toEqual([2, 5, 1, 0]);
    expect(rowStates.rowStore.extrasOf(row)).toBeUndefined();
    tally.hit(row, 7 * MINUTE + 1, 0);
    expect([word(WORD.contacts), word(WORD.minute), word(WORD.recent)]).toEqual([3, 7, 0b101]);
    tally.hit(row, 40 * MINUTE, 0);
    expect([word(WORD.minute), word(WORD.recent), older()]).toEqual([40, 1, 0b101000]);
    expect(rowStates.rows.get(row, WORD.flags) & FLAG.used).toBe(FLAG.used);
  });

  it('in the minute of the last one it makes that minute one that was asked in', () => {
    const { rowStates, tally, row } = holding(badSince(0).bad);
    tally.hit(row, 3 * MINUTE, 0);
    rowStates.rows.put(row, WORD.recent, 0b100);
    tally.hit(row, 4 * MINUTE - 1, 0);
    expect([rowStates.rows.get(row, WORD.minute), rowStates.rows.get(row, WORD.recent)]).toEqual([3, 0b101]);
  });

  it('notes the port of Do53, where it is told', () => {
    const { rowStates, tally, row } = holding(badSince(0).bad);
    tally.hit(row, 1, 5_353);
    expect(rowStates.rowStore.clearOf(row)?.port).toBe(5_353);
    tally.hit(row, 2, 0);
    expect(rowStates.rowStore.clearOf(row)?.port).toBe(5_353);
    tally.hit(row, 3, 53);
    expect(rowStates.rowStore.clearOf(row)?.port).toBe(53);
  });

  it('notes the first use of a Good one since its latest success', () => {
    const { rowStates, tally, row } = holding(goodSince(10).good);
    const used = () => rowStates.stateOf(row);
    expect([tally.hit(row, 20, 0), used()]).toEqual([1, expect.objectContaining({ usedAt: 20 })]);
    tally.hit(row, 30, 0);
    expect(used()).toMatchObject({ usedAt: 20, lastSuccess: 10 });
    tally.confirm(row, live(SUCCESS, 25) as Extract<StateEvent, { type: 'evidence' }>, 25);
    tally.hit(row, 40, 0);
    expect(used()).toMatchObject({ usedAt: 40, lastSuccess: 25 });
  });

  it('is none on another network', () => {
    const { rowStates, tally, row } = holding(badSince(0).bad);
    rowStates.newEpoch(1);
    expect([tally.hit(row, 2, 0), rowStates.rows.get(row, WORD.contacts)]).toEqual([0, 0]);
  });

  it('the first contact is no use, every later one is', () => {
    const { rowStates, tally, row } = holding(new Life({ threshold: 9 }).at(0, CONTACT).unknown);
    const isUsed = () => (rowStates.rows.get(row, WORD.flags) & FLAG.used) !== 0;
    tally.count(row, 2 * MINUTE);
    expect([isUsed(), rowStates.rows.get(row, WORD.contacts), rowStates.rows.get(row, WORD.minute)]).toEqual([
      false,
      1,
      2,
    ]);
    tally.count(row, 3 * MINUTE);
    expect([isUsed(), rowStates.rows.get(row, WORD.contacts), rowStates.rows.get(row, WORD.recent)]).toEqual([
      true,
      2,
      3,
    ]);
  });
});

describe('a success that changes next to nothing', () => {
  const { good } = goodSince(10);
  type Success = Extract<StateEvent, { type: 'evidence' }>;
  const success = (at: number, source: 'live' | 'report' | 'probe' = 'live') =>
    live(SUCCESS, at, at, source) as Success;

  it('only sets its time', () => {
    const { rowStates, tally, row } = holding(good);
    expect([tally.confirm(row, success(50), 50), tally.confirm(row, success(40, 'report'), 51)]).toEqual([true, true]);
    expect(rowStates.stateOf(row)).toEqual({ ...good, lastSuccess: 50 });
  });

  it('up to the hour that is written down', () => {
    const { rowStates, tally, row } = holding(good);
    expect(tally.confirm(row, success(10 + HOUR), 10 + HOUR)).toBe(true);
    expect(tally.confirm(row, success(11 + HOUR), 11 + HOUR)).toBe(false);
    expect(rowStates.stateOf(row)).toEqual({ ...good, lastSuccess: 10 + HOUR });
  });

  it.each<[string, EndpointState, Success]>([
    ['a failure', good, live(failure(), 50) as Success],
    ['of a probe', good, success(50, 'probe')],
    ['of a Bad one', badSince(10).bad, success(50)],
    ['of an Unknown one', new Life().at(10, CONTACT).at(10, CONTACT).unknown, success(50)],
    ['of one that wants a probe', { ...good, probe: new Life().at(10, ASKED).unknown.probe }, success(50)],
    ['that ends a strike', { ...good, strikes: [{ at: 20, silent: false }] }, success(50)],
    ['of one whose trust has ended', { ...good, until: 40, refreshAt: 30 }, success(50)],
  ])('not %s', (_, state, event) => {
    const { rowStates, tally, row } = holding(state);
    expect([tally.confirm(row, event, 50), rowStates.stateOf(row)]).toEqual([false, state]);
  });
});

describe('rows by number', () => {
  it('tell what is held of one, and of an old one what another network leaves', () => {
    const table = tableOf();
    const SPEED = { mean: 1, deviation: 2 };
    table.apply(endpoint(), live(SUCCESS, 0), 0);
    const record = table.get(endpoint().key);
    if (record === undefined) throw new Error('no row');
    record.timing = { warm: SPEED, opening: SPEED, clear: SPEED };
    record.lame = { ...record.lame, zones: [{ zone: 'lame.', at: 0 }] };
    record.answeredAt = 7;
    const { numbered } = table;
    const row = numbered.locate(endpoint().address);
    expect([numbered.verdictAt(row), numbered.glance(row, 1), numbered.endpointAt(row)]).toEqual([1, 1, endpoint()]);
    expect([numbered.timingAt(row), numbered.dotTimingAt(row)]).toEqual([
      { warm: SPEED, opening: SPEED, clear: SPEED },
      expect.objectContaining({ warm: SPEED, opening: SPEED }),
    ]);
    expect([numbered.answeredAt(row), numbered.lameAt(row).zones]).toEqual([7, [{ zone: 'lame.', at: 0 }]]);
    table.newEpoch(2);
    expect([numbered.verdictAt(row), numbered.glance(row, 3), numbered.timingAt(row)]).toEqual([2, 0, {}]);
    expect([numbered.dotTimingAt(row), numbered.answeredAt(row), numbered.lameAt(row).zones]).toEqual([
      ...[{ warm: undefined, opening: undefined }, 7, []],
    ]);
    table.catchUp(9, 4);
    expect([numbered.timingAt(row), record.lame.zones, record.answeredAt]).toEqual([{}, [], 7]);
  });

  it('note names, but none of a zone that is lame', () => {
    const table = tableOf({ lameZoneMs: HOUR });
    table.contact(endpoint(), 0);
    const record = table.get(endpoint().key);
    if (record === undefined) throw new Error('no row');
    const row = table.find(endpoint());
    record.lame = { ...record.lame, zones: [{ zone: 'lame.', at: 0 }] };
    table.numbered.noteNames(row, 'example.', undefined, 1);
    expect([record.zone, record.nameserver]).toEqual(['example.', undefined]);
    table.numbered.noteNames(row, 'lame.', 'ns.', 2);
    expect([record.zone, record.nameserver]).toEqual(['example.', 'ns.']);
    table.numbered.noteNames(row, undefined, undefined, 3);
    expect([record.zone, record.nameserver]).toEqual(['example.', 'ns.']);
    table.numbered.noteNames(row, 'lame.', undefined, HOUR + 1);
    expect(record.zone).toBe('lame.');
  });

  it('a hit is counted with the port of Do53, where it is told', () => {
    const table = tableOf({ threshold: 1 });
    start(table, endpoint(), 0);
    settle(table, endpoint(), 0);
    const row = table.find(endpoint());
    expect([table.numbered.hit(row, 1), table.get(endpoint().key)?.clear]).toEqual([3, undefined]);
    expect([table.numbered.hit(row, 2, 5_353), table.get(endpoint().key)?.clear?.port]).toEqual([3, 5_353]);
    expect(table.numbered.locate('10.0.0.77')).toBe(-1);
  });
});

describe('a view of a row', () => {
  it('shows what is counted and what was met', () => {
    const table = tableOf();
    const { record } = table.contact(endpoint(), 3 * MINUTE);
    expect(record?.popularity).toEqual({ minute: 3, recent: 1, older: 0 });
    expect(record?.address).toBe(record?.address);
    expect([record?.clear, record?.zone, record?.nameserver, record?.pins]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
    ]);
    if (record === undefined) throw new Error('no row');
    record.clear = { key: '', address: '', port: 53, transport: 'do53' };
    expect(record.clear).toEqual({
      key: `${endpoint().address}|53|do53`,
      ...{ address: endpoint().address, port: 53, transport: 'do53', localAddress: undefined },
    });
    record.clear = undefined;
    expect(record.clear).toBeUndefined();
    record.zone = 'example.';
    record.nameserver = 'ns.';
    expect([record.zone, record.nameserver]).toEqual(['example.', 'ns.']);
  });

  it('keeps nothing beside a row that has nothing to remember', () => {
    const { rowStates, row } = holding(badSince(0).bad);
    const table = tableOf();
    expect(rowStates.rowStore.extrasOf(row)).toBeUndefined();
    const { record } = table.contact(endpoint(), 0);
    if (record === undefined) throw new Error('no row');
    // Setting what is held already is no change, and comparing binds for a second only.
    const before = record.lame;
    record.lame = before;
    record.lame = { ...before };
    expect(record.lame).toBe(before);
    for (const change of [
      { zones: [{ zone: 'a.', at: 1 }] },
      { sound: [{ zone: 'a.', at: 1 }] },
      { streak: { ...before.streak, answers: 1 } },
      { comparedAt: 5 },
    ]) {
      record.lame = { ...before, ...change };
      expect(record.lame).toEqual({ ...before, ...change });
    }
    record.lame = before;
    expect(record.lame).toBe(before);
    record.pins = 1;
    record.pins = 1;
    expect([record.pins, table.get(endpoint().key)?.pins]).toEqual([1, 1]);
    record.pins = 0;
    expect(table.get(endpoint().key)?.pins).toBe(0);
  });

  it('of an old row keeps no zones', () => {
    const table = tableOf();
    table.apply(endpoint(), live(SUCCESS, 0), 0);
    const record = table.recordOf(endpoint());
    if (record === undefined) throw new Error('no row');
    const { lame } = record;
    table.newEpoch(1);
    record.lame = { ...lame, zones: [{ zone: 'a.', at: 1 }] };
    table.contact(endpoint(), 2);
    expect([record.lame.zones, record.state?.verdict]).toEqual([[], 'unknown']);
  });

  it('of one that is gone shows nothing, and its number is another’s', () => {
    const table = tableOf();
    const { record } = table.contact(endpoint(), 0);
    if (record === undefined) throw new Error('no row');
    record.clear = endpoint();
    record.zone = 'example.';
    record.nameserver = 'ns.';
    record.pins = 1;
    record.answeredAt = 1;
    record.timing = { warm: { mean: 1, deviation: 1 } };
    table.apply(endpoint(), { type: 'forget' }, 1);
    const next = table.contact(endpoint(2), 2 * MINUTE).record;
    if (next === undefined) throw new Error('no row');
    Object.assign(next, { clear: endpoint(), zone: 'next.', nameserver: 'next.', pins: 4, answeredAt: 4 });
    next.timing = { warm: { mean: 4, deviation: 4 }, clear: { mean: 4, deviation: 4 } };
    next.lame = { ...next.lame, zones: [{ zone: 'next.', at: 4 }] };
    expect(record).toMatchObject({ state: undefined, contacts: 0, clear: undefined, zone: undefined, pins: 0 });
    expect(record).toMatchObject({
      nameserver: undefined,
      answeredAt: Number.NEGATIVE_INFINITY,
      timing: {},
      history: [],
    });
    expect([record.popularity, record.lame.zones]).toEqual([{ minute: 0, recent: 0, older: 0 }, []]);
    Object.assign(record, { clear: undefined, zone: 'x.', nameserver: 'x.', pins: 9, answeredAt: 9, timing: {} });
    record.lame = { ...next.lame, zones: [] };
    expect(next).toMatchObject({ clear: { port: 853 }, zone: 'next.', nameserver: 'next.', pins: 4, answeredAt: 4 });
    expect([next.timing.warm?.mean, next.timing.clear?.mean, next.lame.zones.length]).toEqual([4, 4, 1]);
  });

  it('of many networks', () => {
    const table = tableOf();
    table.apply(endpoint(), live(SUCCESS, 0), 0);
    for (let at = 1; at <= 63; at++) table.newEpoch(at);
    expect(table.get(endpoint().key)?.state).toMatchObject({ since: 63, formerlyGood: true });
    table.apply(endpoint(), EPOCH, 64);
    expect(table.get(endpoint().key)?.state).toMatchObject({ verdict: 'unknown', formerlyGood: true });
  });
});
