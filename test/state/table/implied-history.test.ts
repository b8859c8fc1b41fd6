import { describe, expect, it } from 'vitest';
import { readAddress } from '../../../src/state/address/address.js';
import { NO_LAME_ZONES } from '../../../src/state/lame.js';
import type { BadState, Effect, EndpointState } from '../../../src/state/model.js';
import { VERDICT } from '../../../src/state/table/packed-rows.js';
import {
  HISTORY_LENGTH,
  type HistoryItem,
  impliedHistory,
  markOf,
  NO_TIMING,
  RowExtras,
  withChanges,
} from '../../../src/state/table/row-extras.js';
import { RowStore } from '../../../src/state/table/row-store.js';
import * as WORD from '../../../src/state/table/row-words.js';
import { badSince, goodSince, Life, SUCCESS } from '../life.js';

const BAD: BadState = badSince(5).bad;
const LAME: BadState = { ...BAD, phase: 'answer', kind: 'lame' };
const REFUSED: HistoryItem = {
  at: 5,
  from: 'unknown',
  to: 'bad',
  why: 'probe-failure',
  detail: 'connect refused',
};
const ANNOUNCED: Effect = { type: 'announce', from: 'good', to: 'unknown', why: 'expired', downgrade: false };

describe('a history that the state tells', () => {
  it('is the one change of what a first probe made Bad', () => {
    expect([impliedHistory(BAD, 0), impliedHistory(LAME, 0)]).toEqual([
      REFUSED,
      { ...REFUSED, why: 'lame', detail: 'answer lame' },
    ]);
    expect([markOf(BAD, REFUSED), markOf(LAME, impliedHistory(LAME, 0))]).toEqual([0, 0]);
  });

  it.each<[string, Partial<HistoryItem>]>([
    ['another moment', { at: 6 }],
    ['another verdict before', { from: 'good' }],
    ['another verdict after', { to: 'unknown' }],
    ['another reason', { why: 'strikes' }],
    ['another detail', { detail: 'connect silent' }],
    ['no detail', { detail: undefined }],
  ])('%s is another change', (_, change) => {
    expect(markOf(BAD, { ...REFUSED, ...change })).toBeUndefined();
  });

  it('what is not Bad tells nothing', () => {
    for (const state of [goodSince(5).good, new Life().at(5, { type: 'contact' }).unknown] as EndpointState[]) {
      const odd = { ...impliedHistory(state as BadState, 0), detail: 'undefined undefined' };
      expect(markOf(state, odd)).toBeUndefined();
    }
  });
});

describe('changes of verdict', () => {
  it('are those that were announced', () => {
    const effects: Effect[] = [{ type: 'withdraw' }, ANNOUNCED, { type: 'abort', token: 1 }];
    const told = { at: 9, from: 'good', to: 'unknown', why: 'expired', detail: 'x' };
    expect(withChanges([REFUSED], effects, 9, 'x')).toEqual([REFUSED, told]);
    const before = [REFUSED];
    expect([withChanges(before, [], 9, 'x') === before, withChanges(before, [{ type: 'withdraw' }], 9, 'x')]).toEqual([
      true,
      [REFUSED],
    ]);
  });

  it('the oldest out', () => {
    let history: readonly HistoryItem[] = [];
    for (let at = 0; at < 10; at++) history = withChanges(history, [ANNOUNCED], at, undefined);
    expect(history.map(({ at }) => at)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(HISTORY_LENGTH).toBe(8);
  });
});

describe('what is remembered beside a row', () => {
  const SPEED = { mean: 1, deviation: 2 };
  const PROBE = { phase: 'wanted', purpose: 'asked', at: 0, misses: 0 } as const;

  it('is nothing at first', () => {
    const side = new RowExtras();
    expect([side.isEmpty, side.strikes, side.history, side.pins]).toEqual([true, [], [], 0]);
    expect([side.probe, side.lame, side.lastSuccess, side.usedAt, side.endpoint]).toEqual([
      ...[undefined, NO_LAME_ZONES, 0, 0, undefined],
    ]);
    expect(Object.keys(NO_TIMING)).toEqual(['warm', 'opening']);
  });

  it.each<[string, (side: RowExtras) => void]>([
    ['a probe', (side) => Object.assign(side, { probe: PROBE })],
    ['a pin', (side) => Object.assign(side, { pins: 1 })],
    ['a change', (side) => Object.assign(side, { history: [REFUSED] })],
    ['a zone', (side) => Object.assign(side, { lame: { ...NO_LAME_ZONES } })],
    ['a time', (side) => Object.assign(side, { warm: SPEED })],
    ['another time', (side) => Object.assign(side, { opening: SPEED })],
  ])('%s is something', (_, change) => {
    const side = new RowExtras();
    change(side);
    expect(side.isEmpty).toBe(false);
  });

  function rowOf(state: EndpointState): { rowStore: RowStore; row: number } {
    const rowStore = new RowStore();
    const parts = { address: '192.0.2.1', port: 853, transport: 'dot' };
    readAddress(parts.address);
    const row = rowStore.add(parts);
    rowStore.putState(row, state);
    return { rowStore, row };
  }

  it('takes no place once it says nothing, but of what is Good', () => {
    const { rowStore, row } = rowOf(BAD);
    expect([rowStore.extrasOf(row), rowStore.isLive(row)]).toEqual([undefined, true]);
    rowStore.putTiming(row, { warm: undefined, opening: undefined, clear: SPEED });
    expect([rowStore.extrasOf(row), rowStore.timingOf(row)]).toEqual([
      undefined,
      { warm: undefined, opening: undefined, clear: SPEED },
    ]);
    rowStore.putTiming(row, { warm: SPEED });
    expect([
      rowStore.extrasOf(row)?.warm,
      rowStore.extrasFor(row) === rowStore.extrasOf(row),
      rowStore.rows.clear(row),
    ]).toEqual([...[SPEED, true, undefined]]);
    rowStore.putTiming(row, { opening: SPEED });
    expect([rowStore.dotTimingOf(row).warm, rowStore.dotTimingOf(row).opening]).toEqual([undefined, SPEED]);
    rowStore.putTiming(row, {});
    expect([rowStore.extrasOf(row), rowStore.dotTimingOf(row)]).toEqual([undefined, NO_TIMING]);
    rowStore.putState(row, goodSince(9).good);
    expect(rowStore.extrasOf(row)?.lastSuccess).toBe(9);
    rowStore.putTiming(row, {});
    expect(rowStore.extrasOf(row)?.lastSuccess).toBe(9);
    rowStore.putState(row, BAD);
    expect(rowStore.extrasOf(row)).toBeUndefined();
  });

  it('a history that the state tells takes none either, and is read all the same', () => {
    const { rowStore, row } = rowOf(BAD);
    const other = { ...REFUSED, at: 4 };
    expect(rowStore.historyOf(row)).toEqual([]);
    rowStore.putHistory(row, [REFUSED], BAD);
    expect([rowStore.historyOf(row), rowStore.extrasOf(row)]).toEqual([[REFUSED], undefined]);
    rowStore.putHistory(row, [REFUSED, other], BAD);
    expect([rowStore.historyOf(row), rowStore.extrasOf(row)?.history]).toEqual([
      [REFUSED, other],
      [REFUSED, other],
    ]);
    rowStore.putHistory(row, [REFUSED], BAD);
    expect([rowStore.historyOf(row), rowStore.extrasOf(row)]).toEqual([[REFUSED], undefined]);
    rowStore.putHistory(row, [other], BAD);
    expect([rowStore.historyOf(row), rowStore.extrasOf(row)?.history]).toEqual([[other], [other]]);
    rowStore.putHistory(row, [], BAD);
    expect([rowStore.historyOf(row), rowStore.extrasOf(row)]).toEqual([[], undefined]);
    rowStore.extrasFor(row).pins = 1;
    rowStore.putHistory(row, [REFUSED], BAD);
    expect([rowStore.historyOf(row), rowStore.extrasOf(row)?.history]).toEqual([[REFUSED], []]);
    rowStore.putHistory(row, [], BAD);
    expect([rowStore.historyOf(row), rowStore.extrasOf(row)?.pins]).toEqual([[], 1]);
  });

  it('measurements are forgotten, and the zones with them; what is not one stays', () => {
    const { rowStore, row } = rowOf(BAD);
    rowStore.forgetMeasurements(row);
    expect(rowStore.extrasOf(row)).toBeUndefined();
    rowStore.putTiming(row, { warm: SPEED, opening: SPEED, clear: SPEED });
    const side = rowStore.extrasFor(row);
    side.lame = { ...NO_LAME_ZONES, zones: [{ zone: 'example.', at: 1 }] };
    side.pins = 2;
    rowStore.forgetMeasurements(row);
    expect([rowStore.timingOf(row), rowStore.extrasOf(row)?.lame.zones, rowStore.extrasOf(row)?.pins]).toEqual([
      ...[{ warm: undefined, opening: undefined, clear: undefined }, [], 2],
    ]);
    const opened = rowOf(BAD);
    opened.rowStore.putTiming(opened.row, { opening: SPEED });
    expect(opened.rowStore.dotTimingOf(opened.row).opening).toEqual(SPEED);
    const lone = rowOf(BAD);
    lone.rowStore.putTiming(lone.row, { warm: SPEED, opening: SPEED });
    lone.rowStore.forgetMeasurements(lone.row);
    expect(lone.rowStore.extrasOf(lone.row)).toBeUndefined();
  });

  it('a probe, wanted or in flight, is one; an idle one with its misses is not', () => {
    const wanted = new Life().at(1, { type: 'asked' });
    const { rowStore, row } = rowOf(wanted.unknown);
    expect(rowStore.extrasOf(row)?.probe).toEqual(wanted.unknown.probe);
    wanted.start(2);
    rowStore.putState(row, wanted.unknown);
    expect([rowStore.stateOf(row), rowStore.extrasOf(row)?.probe]).toEqual([wanted.unknown, wanted.unknown.probe]);
    // Bad and asked for in vain, it is left to its damping.
    const missed = badSince(5).at(6, { type: 'asked' }).start(6).settle(7, { result: 'inconclusive', why: 'local' });
    rowStore.putState(row, missed.bad);
    expect([missed.bad.probe, rowStore.stateOf(row), rowStore.extrasOf(row)]).toEqual([
      ...[{ phase: 'idle', misses: 1 }, missed.bad, undefined],
    ]);
    wanted.settle(8, SUCCESS);
    rowStore.putState(row, wanted.good);
    expect([rowStore.stateOf(row), rowStore.rows.get(row, WORD.flags) & 3]).toEqual([wanted.good, VERDICT.good]);
  });
});
