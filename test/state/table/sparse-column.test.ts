import { describe, expect, it } from 'vitest';
import { SparseColumn } from '../../../src/state/table/sparse-column.js';
import { seededRandom } from '../../../src/testing/random.js';

/** Rows at the edges of pages, some of which are not next to one another. */
const ROWS = [0, 1, 2, 3, 50, 1_022, 1_023, 1_024, 1_025, 4_094, 4_095, 4_096, 4_097, 8_191, 40_960, 40_961];

describe('a column of what few rows have', () => {
  it('holds what a map would, whatever is set and taken away', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 20; round++) {
      const column = new SparseColumn<number>();
      const model = new Map<number, number>();
      for (let step = 0; step < 400; step++) {
        const row = round % 2 === 0 ? (ROWS[Math.floor(random() * ROWS.length)] ?? 0) : Math.floor(random() * 5_000);
        const value = random() < 0.4 ? undefined : random();
        column.set(row, value);
        if (value === undefined) model.delete(row);
        else model.set(row, value);
        expect(column.get(row)).toBe(value);
      }
      for (const row of [...ROWS, ...model.keys()]) expect(column.get(row)).toBe(model.get(row));
    }
  });

  it('every row of a page, from the last to the first', () => {
    const column = new SparseColumn<string>();
    for (let row = 4_095; row >= 0; row--) column.set(row, `${row}`);
    for (let row = 0; row < 4_096; row++) expect(column.get(row)).toBe(`${row}`);
    for (let row = 0; row < 4_096; row++) column.set(row, undefined);
    for (let row = 0; row < 4_096; row++) expect(column.get(row)).toBeUndefined();
  });
});
