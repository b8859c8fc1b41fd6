import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/state/address/address.js';
import { NO_LAME_ZONES } from '../../../src/state/lame.js';
import { type BadState, type Effect, type EndpointState, endpointKey } from '../../../src/state/model.js';
import { isTold, tell } from '../../../src/state/table/implied-history.js';
import { VERDICT, WORD } from '../../../src/state/table/packed-rows.js';
import { HISTORY_LENGTH, type HistoryItem, NO_TIMING, Side, withChanges } from '../../../src/state/table/row-extras.js';
import { Shelf } from '../../../src/state/table/row-store.js';
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
    expect([tell(BAD), tell(LAME)]).toEqual([REFUSED, { ...REFUSED, why: 'lame', detail: 'answer lame' }]);
    expect([isTold(BAD, REFUSED), isTold(LAME, tell(LAME))]).toEqual([true, true]);
  });

  it.each<[string, Partial<HistoryItem>]>([
    ['another moment', { at: 6 }],
    ['another verdict before', { from: 'good' }],
    ['another verdict after', { to: 'unknown' }],
    ['another reason', { why: 'strikes' }],
    ['another detail', { detail: 'connect silent' }],
    ['no detail', { detail: undefined }],
  ])('%s is another change', (_, change) => {
    expect(isTold(BAD, { ...REFUSED, ...change })).toBe(false);
  });

  it('what is not Bad tells nothing', () => {
    for (const state of [goodSince(5).good, new Life().at(5, { type: 'contact' }).unknown] as EndpointState[]) {
      const odd = { ...tell(state as BadState), detail: 'undefined undefined' };
      expect(isTold(state, odd)).toBe(false);
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
    const side = new Side();
    expect([side.isEmpty, side.strikes, side.history, side.pins]).toEqual([true, [], [], 0]);
    expect([side.probe, side.lame, side.lastSuccess, side.usedAt, side.endpoint]).toEqual([
      ...[undefined, NO_LAME_ZONES, 0, 0, undefined],
    ]);
    expect(Object.keys(NO_TIMING)).toEqual(['warm', 'opening']);
  });

  it.each<[string, (side: Side) => void]>([
    ['a probe', (side) => Object.assign(side, { probe: PROBE })],
    ['a pin', (side) => Object.assign(side, { pins: 1 })],
    ['a change', (side) => Object.assign(side, { history: [REFUSED] })],
    ['a zone', (side) => Object.assign(side, { lame: { ...NO_LAME_ZONES } })],
    ['a time', (side) => Object.assign(side, { warm: SPEED })],
    ['another time', (side) => Object.assign(side, { opening: SPEED })],
  ])('%s is something', (_, change) => {
    const side = new Side();
    change(side);
    expect(side.isEmpty).toBe(false);
  });

  function rowOf(state: EndpointState): { shelf: Shelf; row: number } {
    const shelf = new Shelf();
    const parts = { address: '192.0.2.1', port: 853, transport: 'dot' };
    const row = shelf.add({ key: endpointKey(parts), ...parts }, parseAddress(parts.address));
    shelf.putState(row, state);
    return { shelf, row };
  }

  it('takes no place once it says nothing, but of what is Good', () => {
    const { shelf, row } = rowOf(BAD);
    expect([shelf.sideOf(row), shelf.isLive(row)]).toEqual([undefined, true]);
    shelf.putTiming(row, { warm: undefined, opening: undefined, clear: SPEED });
    expect([shelf.sideOf(row), shelf.timingOf(row)]).toEqual([
      undefined,
      { warm: undefined, opening: undefined, clear: SPEED },
    ]);
    shelf.putTiming(row, { warm: SPEED });
    expect([shelf.sideOf(row)?.warm, shelf.sideFor(row) === shelf.sideOf(row), shelf.rows.clear(row)]).toEqual([
      ...[SPEED, true, undefined],
    ]);
    shelf.putTiming(row, { opening: SPEED });
    expect([shelf.dotTimingOf(row).warm, shelf.dotTimingOf(row).opening]).toEqual([undefined, SPEED]);
    shelf.putTiming(row, {});
    expect([shelf.sideOf(row), shelf.dotTimingOf(row)]).toEqual([undefined, NO_TIMING]);
    shelf.putState(row, goodSince(9).good);
    expect(shelf.sideOf(row)?.lastSuccess).toBe(9);
    shelf.putTiming(row, {});
    expect(shelf.sideOf(row)?.lastSuccess).toBe(9);
    shelf.putState(row, BAD);
    expect(shelf.sideOf(row)).toBeUndefined();
  });

  it('a history that the state tells takes none either, and is read all the same', () => {
    const { shelf, row } = rowOf(BAD);
    const other = { ...REFUSED, at: 4 };
    expect(shelf.historyOf(row)).toEqual([]);
    shelf.putHistory(row, [REFUSED]);
    expect([shelf.historyOf(row), shelf.sideOf(row)]).toEqual([[REFUSED], undefined]);
    shelf.putHistory(row, [REFUSED, other]);
    expect([shelf.historyOf(row), shelf.sideOf(row)?.history]).toEqual([
      [REFUSED, other],
      [REFUSED, other],
    ]);
    shelf.putHistory(row, [REFUSED]);
    expect([shelf.historyOf(row), shelf.sideOf(row)]).toEqual([[REFUSED], undefined]);
    shelf.putHistory(row, [other]);
    expect([shelf.historyOf(row), shelf.sideOf(row)?.history]).toEqual([[other], [other]]);
    shelf.putHistory(row, []);
    expect([shelf.historyOf(row), shelf.sideOf(row)]).toEqual([[], undefined]);
    shelf.sideFor(row).pins = 1;
    shelf.putHistory(row, [REFUSED]);
    expect([shelf.historyOf(row), shelf.sideOf(row)?.history]).toEqual([[REFUSED], []]);
    shelf.putHistory(row, []);
    expect([shelf.historyOf(row), shelf.sideOf(row)?.pins]).toEqual([[], 1]);
  });

  it('measurements are forgotten, and the zones with them; what is not one stays', () => {
    const { shelf, row } = rowOf(BAD);
    shelf.forgetMeasurements(row);
    expect(shelf.sideOf(row)).toBeUndefined();
    shelf.putTiming(row, { warm: SPEED, opening: SPEED, clear: SPEED });
    const side = shelf.sideFor(row);
    side.lame = { ...NO_LAME_ZONES, zones: [{ zone: 'example.', at: 1 }] };
    side.pins = 2;
    shelf.forgetMeasurements(row);
    expect([shelf.timingOf(row), shelf.sideOf(row)?.lame.zones, shelf.sideOf(row)?.pins]).toEqual([
      ...[{ warm: undefined, opening: undefined, clear: undefined }, [], 2],
    ]);
    const opened = rowOf(BAD);
    opened.shelf.putTiming(opened.row, { opening: SPEED });
    expect(opened.shelf.dotTimingOf(opened.row).opening).toEqual(SPEED);
    const lone = rowOf(BAD);
    lone.shelf.putTiming(lone.row, { warm: SPEED, opening: SPEED });
    lone.shelf.forgetMeasurements(lone.row);
    expect(lone.shelf.sideOf(lone.row)).toBeUndefined();
  });

  it('a probe, wanted or in flight, is one; an idle one with its misses is not', () => {
    const wanted = new Life().at(1, { type: 'asked' });
    const { shelf, row } = rowOf(wanted.unknown);
    expect(shelf.sideOf(row)?.probe).toEqual(wanted.unknown.probe);
    wanted.start(2);
    shelf.putState(row, wanted.unknown);
    expect([shelf.stateOf(row), shelf.sideOf(row)?.probe]).toEqual([wanted.unknown, wanted.unknown.probe]);
    // Bad and asked for in vain, it is left to its damping.
    const missed = badSince(5).at(6, { type: 'asked' }).start(6).settle(7, { result: 'inconclusive', why: 'local' });
    shelf.putState(row, missed.bad);
    expect([missed.bad.probe, shelf.stateOf(row), shelf.sideOf(row)]).toEqual([
      ...[{ phase: 'idle', misses: 1 }, missed.bad, undefined],
    ]);
    wanted.settle(8, SUCCESS);
    shelf.putState(row, wanted.good);
    expect([shelf.stateOf(row), shelf.rows.get(row, WORD.flags) & 3]).toEqual([wanted.good, VERDICT.good]);
  });
});
