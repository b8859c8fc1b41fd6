import { describe, expect, it } from 'vitest';
import { RowIndex } from '../../../src/state/table/row-index.js';

/** The hash of each number, in the test's hand; those without one are not in it. */
class Hashes {
  readonly of = new Map<number, number>();
  readonly index: RowIndex = new RowIndex((number) => {
    const hash = this.of.get(number);
    if (hash === undefined) throw new Error(`${number} is not in it`);
    return hash;
  });

  add(number: number, hash: number): void {
    this.of.set(number, hash);
    this.index.add(number, hash);
  }

  remove(number: number): void {
    this.index.remove(number, this.of.get(number) ?? 0);
    this.of.delete(number);
  }

  /** As its users search: the slots that are in use, then those that are being left. */
  has(number: number): boolean {
    const hash = this.of.get(number) ?? 0;
    return [this.index.slots, this.index.old].some((slots) => slots !== undefined && findIn(slots, number, hash));
  }

  /** How many slots hold a number. */
  get filled(): number {
    return this.index.slots.filter((slot) => slot !== 0).length;
  }
}

/** The count of slots is two or three times a power of two: the high bits choose among these, the low bits within. */
function homeOf(hash: number, length: number): number {
  const unit = length % 3 === 0 ? length / 3 : length / 2;
  return unit * Math.floor((((hash >>> 0) / 2 ** 32) * length) / unit) + ((hash >>> 0) % unit);
}

function findIn(slots: Uint32Array, number: number, hash: number): boolean {
  const { length } = slots;
  for (let at = homeOf(hash, length), looks = 0; looks < length; at = (at + 1) % length, looks++) {
    const slot = slots[at] ?? 0;
    if (slot === 0) return false;
    if ((slot & 0x3f_ffff) - 1 === number && (slot ^ hash) >>> 22 === 0) return true;
  }
  return false;
}

/** The numbers that a search for a hash looks at. */
function askedOf(index: RowIndex, hash: number): number[] {
  const asked: number[] = [];
  index.find(hash, (number) => {
    asked.push(number);
    return false;
  });
  return asked;
}

/** A hash whose place it is in an index of 256. */
function hashOf(place: number): number {
  return ((place << 24) & 0x8000_0000) | (place & 0x7f);
}

/** Places that differ, and high bits that do. */
function spreadHash(number: number): number {
  return Math.imul(number + 1, 0x9e37_79b1);
}

describe('the index', () => {
  it('a slot tells its number where ten bits of the hash fit', () => {
    const { index } = new Hashes();
    index.add(5, 0xabc0_0007 | 0);
    expect(askedOf(index, 0xabc0_0007 | 0)).toEqual([5]);
    expect(askedOf(index, 0xabd1_2307 | 0)).toEqual([5]);
    expect(askedOf(index, 0xab80_0007 | 0)).toEqual([]);
    expect(askedOf(index, 0x2bc0_0007)).toEqual([]);
    expect(askedOf(index, 0xabc0_0008 | 0)).toEqual([]);
  });

  it('holds the greatest number that a table may have', () => {
    const hashes = new Hashes();
    hashes.add(3_999_999, -1);
    hashes.add(0, 0);
    expect([hashes.has(3_999_999), hashes.has(0), askedOf(hashes.index, -1)]).toEqual([...[true, true, [3_999_999]]]);
  });

  it('grows by a half or a third where four fifths are full, and leaves its old slots 128 at a time', () => {
    const hashes = new Hashes();
    const lengths: (number | undefined)[] = [];
    for (let number = 0; number < 400; number++) {
      hashes.add(number, spreadHash(number));
      lengths[number + 1] = hashes.index.slots.length;
      const { filled, index } = hashes;
      if (number === 203) expect([filled, index.old]).toEqual([204, undefined]);
      if (number === 204) expect([filled, index.old?.length]).toEqual([1 + countIn(index.old, 128), 256]);
      if (number === 205) expect([filled, index.old]).toEqual([206, undefined]);
      if (number === 308) expect(filled).toBe(2 + countIn(index.old, 256));
      if (number === 309) expect([filled, index.old]).toEqual([310, undefined]);
      for (let known = 0; known <= number; known += 13) expect(hashes.has(known)).toBe(true);
    }
    expect([204, 205, 307, 308].map((count) => lengths[count])).toEqual([256, 384, 384, 512]);
  });

  it('room for so many at once: none of them makes it grow, and what was in it is found, even in the midst of a growth', () => {
    const hashes = new Hashes();
    for (let number = 0; number < 205; number++) hashes.add(number, number * 0x0123_4567);
    expect(hashes.index.old).toBeDefined();
    hashes.index.reserve(2_000);
    const { length } = hashes.index.slots;
    for (let number = 205; number < 2_205; number++) hashes.add(number, number * 0x0123_4567);
    expect([hashes.index.slots.length, hashes.filled, hashes.index.old]).toEqual([length, 2_205, undefined]);
    for (let number = 0; number < 2_205; number++) expect(hashes.has(number)).toBe(true);
    hashes.index.reserve(1);
    expect(hashes.index.slots.length).toBe(length);
  });

  it('what is taken out gives its place: as many as before do not make it grow', () => {
    const hashes = new Hashes();
    for (let round = 0; round < 5; round++) {
      for (let number = 0; number < 204; number++) hashes.add(number, spreadHash(number));
      for (let number = 0; number < 204; number++) hashes.remove(number);
    }
    expect([hashes.index.slots.length, hashes.filled]).toEqual([256, 0]);
  });

  it('what is not in it is not taken out', () => {
    const { index } = new Hashes();
    index.add(1, 9);
    index.remove(2, 9);
    index.remove(2, 77);
    expect([findIn(index.slots, 1, 9), findIn(index.slots, 2, 9)]).toEqual([true, false]);
    for (let number = 10; number < 213; number++) index.add(number, spreadHash(number));
    expect(index.slots.length).toBe(256);
  });

  it.each([0, 100, 250, 255])('any of a crowd at place %i can be taken out, and the others are found', (place) => {
    for (let gone = 0; gone < 12; gone++) {
      const hashes = new Hashes();
      // Some belong here, some a little further on, in all orders.
      for (let number = 0; number < 12; number++)
        hashes.add(number, hashOf(place + ((number * 5) % 4)) ^ (number << 22));
      hashes.remove(gone);
      for (let number = 0; number < 12; number++) {
        expect(
          findIn(hashes.index.slots, number, hashes.of.get(number) ?? hashOf(place + ((gone * 5) % 4)) ^ (gone << 22)),
        ).toBe(number !== gone);
      }
      expect(hashes.filled).toBe(11);
      for (let number = 11; number >= 0; number--) if (number !== gone) hashes.remove(number);
      expect(hashes.filled).toBe(0);
    }
  });

  it('while slots are being left: what is gone does not come back, what came back is not there twice', () => {
    const hashes = new Hashes();
    for (let number = 0; number < 205; number++) hashes.add(number, spreadHash(number));
    expect(hashes.index.old).toBeDefined();
    for (let number = 0; number < 100; number++) hashes.remove(number);
    for (let number = 0; number < 50; number++) hashes.add(number, spreadHash(number));
    expect([hashes.index.old, hashes.filled, hashes.of.size]).toEqual([undefined, 155, 155]);
    for (let number = 0; number < 205; number++) expect(hashes.has(number)).toBe(number < 50 || number >= 100);
    for (let number = 0; number < 50; number++) hashes.remove(number);
    for (let number = 0; number < 50; number++)
      expect(findIn(hashes.index.slots, number, spreadHash(number))).toBe(false);
  });

  it('what was not moved yet when it was taken out counts for nothing', () => {
    const hashes = new Hashes();
    for (let number = 0; number < 205; number++) hashes.add(number, spreadHash(number));
    for (let number = 0; number < 205; number++) hashes.remove(number);
    for (let number = 300; number < 607; number++) hashes.add(number, spreadHash(number));
    expect([hashes.index.slots.length, hashes.filled]).toEqual([384, 307]);
  });

  it('hundreds of one hash', () => {
    const hashes = new Hashes();
    for (let number = 0; number < 300; number++) hashes.add(number, hashOf(254));
    for (let number = 0; number < 300; number += 2) hashes.remove(number);
    for (let number = 0; number < 300; number++) {
      expect(findIn(hashes.index.slots, number, hashOf(254))).toBe(number % 2 === 1);
    }
  });
});

function countIn(slots: Uint32Array | undefined, end: number): number {
  return slots?.subarray(0, end).filter((slot) => slot !== 0).length ?? -1;
}
