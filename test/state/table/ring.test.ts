import { describe, expect, it } from 'vitest';
import { mayLeaveFirst } from '../../../src/state/table/eviction.js';
import { RING, Rows } from '../../../src/state/table/packed-rows.js';
import { append, detach, join, nextIn, type Ring, VerdictRings } from '../../../src/state/table/rings.js';
import * as FLAG from '../../../src/state/table/row-flags.js';
import * as WORD from '../../../src/state/table/row-words.js';
import { NONE } from '../../../src/state/table/slab.js';

const NAME = RING.verdict;

function rowsOf(count: number): Rows {
  const rows = new Rows();
  for (let row = 0; row < count; row++) rows.take();
  return rows;
}

/** A ring of these, in their order. */
function ringOf(rows: Rows, ...members: number[]): Ring {
  const ring = { head: NONE, size: 0 };
  for (const row of members) append(rows, NAME, ring, row);
  return ring;
}

/** Once round it, forwards; backwards it must be the same. */
function around(rows: Rows, ring: Readonly<Ring>): number[] {
  const forwards: number[] = [];
  const backwards: number[] = [];
  if (ring.head === NONE) return forwards;
  for (let row = ring.head; forwards.length < ring.size; row = nextIn(rows, NAME, row)) forwards.push(row);
  for (let row = ring.head; backwards.length < ring.size; row = rows.link(row, NAME + 1)) backwards.push(row);
  expect([backwards[0], ...backwards.slice(1).reverse()]).toEqual(forwards);
  return forwards;
}

describe('a ring', () => {
  it('begins with its first and closes after its last', () => {
    const rows = rowsOf(4);
    const ring = ringOf(rows, 2, 0, 3, 1);
    expect(around(rows, ring)).toEqual([2, 0, 3, 1]);
    expect([nextIn(rows, NAME, 1), ring.size]).toEqual([2, 4]);
  });

  it.each([
    [0, [1, 2, 3]],
    [1, [0, 2, 3]],
    [3, [0, 1, 2]],
  ])('without %i', (row, left) => {
    const rows = rowsOf(4);
    const ring = ringOf(rows, 0, 1, 2, 3);
    detach(rows, NAME, ring, row);
    expect([around(rows, ring), ring.head, ring.size]).toEqual([left, left[0], 3]);
  });

  it('without its only one it is empty, and may be filled again', () => {
    const rows = rowsOf(2);
    const ring = ringOf(rows, 1);
    detach(rows, NAME, ring, 1);
    expect(ring).toEqual({ head: NONE, size: 0 });
    append(rows, NAME, ring, 0);
    expect(around(rows, ring)).toEqual([0]);
  });

  it.each([
    [
      [0, 1],
      [2, 3],
      [0, 1, 2, 3],
    ],
    [[0], [3], [0, 3]],
    [[0, 1, 2], [], [0, 1, 2]],
    [[], [2, 1, 0], [2, 1, 0]],
    [[], [], []],
  ])('%j and %j are %j', (one, other, both) => {
    const rows = rowsOf(4);
    const ring = ringOf(rows, ...one);
    const rest = ringOf(rows, ...other);
    join(rows, NAME, ring, rest);
    expect([around(rows, ring), rest]).toEqual([both, { head: NONE, size: 0 }]);
    expect(ring.size).toBe(both.length);
  });

  it('two rings go through other links of the same rows', () => {
    const rows = rowsOf(3);
    const ring = ringOf(rows, 0, 1, 2);
    const other = { head: NONE, size: 0 };
    for (const row of [2, 0]) append(rows, RING.prefix, other, row);
    expect([around(rows, ring), nextIn(rows, RING.prefix, 2), nextIn(rows, RING.prefix, 0)]).toEqual([[0, 1, 2], 0, 2]);
  });
});

describe('the rings of verdicts', () => {
  it('each row is in that of its verdict', () => {
    const rows = rowsOf(5);
    const rings = new VerdictRings(rows);
    rings.add(0, 'unknown');
    rings.add(1, 'good');
    rings.add(2, 'bad');
    rings.add(3, 'good');
    rings.remove(1, 'good');
    rings.add(1, 'bad');
    const all = (['unknown', 'bad', 'good'] as const).map((verdict) => around(rows, rings.of(verdict)));
    expect(all).toEqual([[0], [2, 1], [3]]);
    rings.merge();
    expect([around(rows, rings.of('unknown')), rings.of('bad').size, rings.of('good').size]).toEqual([
      [0, 2, 1, 3],
      0,
      0,
    ]);
  });
});

describe('who leaves first', () => {
  const anyone = { isMeant: () => true, mayLeave: () => true };
  const use = (rows: Rows, ...used: number[]) => {
    for (const row of used) rows.put(row, WORD.flags, FLAG.used | 5);
  };

  it('the first that is not in use; those passed over have had their chance', () => {
    const rows = rowsOf(4);
    const ring = ringOf(rows, 0, 1, 2, 3);
    use(rows, 0, 1, 3);
    expect(mayLeaveFirst(rows, NAME, ring, 64, anyone)).toEqual({ chosen: 2, head: 2 });
    expect([0, 1, 2, 3].map((row) => rows.get(row, WORD.flags))).toEqual([5, 5, 0, FLAG.used | 5]);
    expect(ring.head).toBe(0);
  });

  it('all in use: the first of them after all', () => {
    const rows = rowsOf(3);
    const ring = ringOf(rows, 0, 1, 2);
    use(rows, 0, 1, 2);
    expect(mayLeaveFirst(rows, NAME, ring, 64, anyone)).toEqual({ chosen: 0, head: 0 });
  });

  it('looks at so many and no more; the next search goes on behind them', () => {
    const rows = rowsOf(5);
    const ring = ringOf(rows, 0, 1, 2, 3, 4);
    const asked: number[] = [];
    const mayLeave = (row: number) => {
      asked.push(row);
      return row === 3;
    };
    expect(mayLeaveFirst(rows, NAME, ring, 2, { ...anyone, mayLeave })).toEqual({ chosen: NONE, head: 2 });
    expect(asked).toEqual([0, 1, 0, 1]);
    expect(mayLeaveFirst(rows, NAME, ring, 4, { ...anyone, mayLeave })).toEqual({ chosen: 3, head: 3 });
  });

  it('at each once, where there are fewer', () => {
    const rows = rowsOf(2);
    const asked: number[] = [];
    const mayLeave = (row: number) => {
      asked.push(row);
      return false;
    };
    const chosen = mayLeaveFirst(rows, NAME, ringOf(rows, 0, 1), 64, { ...anyone, mayLeave });
    expect([chosen, asked]).toEqual([{ chosen: NONE, head: 0 }, [0, 1, 0, 1]]);
    expect(mayLeaveFirst(rows, NAME, { head: NONE, size: 0 }, 64, anyone)).toEqual({ chosen: NONE, head: NONE });
  });

  it('those that are not meant are neither asked nor touched', () => {
    const rows = rowsOf(4);
    use(rows, 0, 1, 2);
    const asked: number[] = [];
    const mayLeave = (row: number) => {
      asked.push(row);
      return row === 2;
    };
    const isMeant = (row: number) => row !== 0;
    expect(mayLeaveFirst(rows, NAME, ringOf(rows, 0, 1, 2, 3), 64, { isMeant, mayLeave })).toEqual({
      chosen: 2,
      head: 0,
    });
    expect([asked, rows.get(0, WORD.flags), rows.get(1, WORD.flags)]).toEqual([[3, 1, 2], FLAG.used | 5, 5]);
  });
});
