import { afterEach, describe, expect, it, vi } from 'vitest';
import { hashAddress, hashIpv4, hashTables } from '../../../src/state/address/hash.js';

/** The module as a process finds it that has not used it yet. */
async function fresh(): Promise<typeof import('../../../src/state/address/hash.js')> {
  vi.resetModules();
  return await import('../../../src/state/address/hash.js');
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('the random words', () => {
  it('are made once, one for each value of each of sixteen octets', () => {
    const words = hashTables();
    expect([words.length, hashTables() === words, new Set(words).size > 4_000]).toEqual([4_096, true, true]);
  });

  it('come from the best source that there is, and are others in each process', async () => {
    const dice = vi.spyOn(Math, 'random');
    const one = (await fresh()).hashTables();
    const other = (await fresh()).hashTables();
    expect(one).not.toEqual(other);
    expect(dice).not.toHaveBeenCalled();
  });

  it('from another where there is no crypto', async () => {
    vi.stubGlobal('crypto', undefined);
    const words = (await fresh()).hashTables();
    expect([words.length, new Set(words).size > 4_000]).toEqual([4_096, true]);
    expect(Math.max(...words)).toBeGreaterThan(2 ** 31);
  });
});

describe('the hash of an address', () => {
  const words = hashTables();

  it('each octet counts in its own place', () => {
    const hashes = new Set<number>([hashAddress(words, 0, 0, 0, 0)]);
    for (let word = 0; word < 4; word++) {
      for (const shift of [0, 8, 16, 24]) {
        const parts: [number, number, number, number] = [0, 0, 0, 0];
        parts[word] = (0xa5 << shift) >>> 0;
        hashes.add(hashAddress(words, ...parts));
      }
    }
    expect(hashes.size).toBe(17);
  });

  it('of IPv4 is that of its mapped one', () => {
    for (const w3 of [0, 1, 0xc000_0201, 0xffff_ffff]) {
      expect(hashIpv4(words, w3)).toBe(hashAddress(words, 0, 0, 0xffff, w3));
    }
  });

  it('is the exclusive or of a word an octet', () => {
    const simple = Uint32Array.from({ length: 4_096 }, (_, at) => (at & 0xff) << ((at >>> 8) & 3));
    expect(hashAddress(simple, 0x0102_0304, 0, 0, 0)).toBe(1 ^ (2 << 1) ^ (3 << 2) ^ (4 << 3));
    expect(hashAddress(simple, 0, 0xf102_0304, 0, 0)).toBe(0xf1 ^ (2 << 1) ^ (3 << 2) ^ (4 << 3));
  });
});
