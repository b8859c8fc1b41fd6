import { expect, it } from 'vitest';
import { SlotList } from '../../src/common/slot-list.js';

it('a roster holds who was added and not taken out, from any place, twice as well as once', () => {
  const roster = new SlotList<{ slot: number; readonly name: string }>();
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ slot: -1, name }));
  const names = (): string =>
    [...roster.list()]
      .map(({ name }) => name)
      .sort()
      .join('');
  for (const one of all) roster.add(one);
  for (const index of [1, 4, 1, 0]) {
    const one = all[index];
    if (one !== undefined) roster.delete(one);
  }
  expect(names()).toBe('cd');
  const [a, , c, d] = all;
  if (a !== undefined) roster.add(a);
  expect(names()).toBe('acd');
  for (const one of [a, c, d]) if (one !== undefined) roster.delete(one);
  expect([names(), all.map(({ slot }) => slot)]).toEqual(['', [-1, -1, -1, -1, -1]]);
});
