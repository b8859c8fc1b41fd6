import { describe, expect, it } from 'vitest';
import { BoundedMap } from '../../src/common/bounded-map.js';

function filled(): BoundedMap<string, number> {
  const map = new BoundedMap<string, number>(3);
  for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index);
  return map;
}

describe('BoundedMap', () => {
  it('forgets what was set longest ago, and says so', () => {
    const map = filled();
    expect(map.set('a', 3)).toBe(false);
    expect(map.set('d', 4)).toBe(true);
    expect(map.get('b')).toBeUndefined();
    expect(map.values()).toEqual([2, 3, 4]);
    expect(map.size).toBe(3);
  });

  it('takes out the oldest', () => {
    const map = filled();
    expect(map.take(2)).toEqual([0, 1]);
    expect(map.take(2)).toEqual([2]);
    expect(map.take(2)).toEqual([]);
    expect(map.size).toBe(0);
  });

  it('setIfRoom: neither in the place of what is there, nor for another to leave', () => {
    const map = filled();
    map.setIfRoom('d', 4);
    expect(map.values()).toEqual([0, 1, 2]);
    map.take(1);
    map.setIfRoom('c', 5);
    map.setIfRoom('d', 4);
    expect(map.values()).toEqual([1, 2, 4]);
  });
});
