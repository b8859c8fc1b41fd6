import { describe, expect, it } from 'vitest';
import { policies, resolvePolicy } from '../../src/state/index.js';
import { heard, isOffline, PATH_UP, type PathAttempt, type PathMemory, pathAttempt } from '../../src/state/offline.js';

const policy = policies.default;

function attempt(prefix: number, changes: Partial<PathAttempt> = {}): PathAttempt {
  return { prefix: `p${prefix}`, family: 4, heard: false, unreachable: false, ...changes };
}

function pathOf(attempts: readonly PathAttempt[], from: PathMemory = PATH_UP): PathMemory {
  return attempts.reduce((memory, one) => pathAttempt(memory, one, policy), from);
}

/** So many silent attempts, over so many prefixes. */
function silent(count: number, prefixes: number): PathAttempt[] {
  return Array.from({ length: count }, (_, index) => attempt(index % prefixes));
}

describe('altogether offline', () => {
  it('more than half of 20 attempts to 10 prefixes or more', () => {
    expect(pathOf(silent(10, 10)).offline).toBe(false);
    expect(pathOf(silent(11, 10)).offline).toBe(true);
  });

  it('nine prefixes are not enough', () => {
    expect(pathOf(silent(20, 9)).offline).toBe(false);
  });

  it('half of them answered: not offline', () => {
    const mixed = silent(20, 20).map((one, index) => ({ ...one, heard: index % 2 === 0 }));
    expect(pathOf(mixed).offline).toBe(false);
  });

  it('only the last 20 count', () => {
    const old = silent(5, 5);
    const answers = Array.from({ length: 15 }, (_, index) => attempt(index, { heard: true }));
    const memory = pathOf([...old, ...answers, ...silent(5, 5)]);
    // Of the last 20, only those from the first silence on are kept.
    expect(memory.attempts).toHaveLength(5);
    expect(memory.offline).toBe(false);
  });

  it('keeps no more than 20, and nothing while all is well', () => {
    const alternating = Array.from({ length: 50 }, (_, index) => attempt(index, { heard: index % 2 === 1 }));
    expect(pathOf(alternating).attempts).toHaveLength(20);
    expect(pathOf(Array.from({ length: 20 }, (_, index) => attempt(index, { heard: true }))).attempts).toEqual([]);
    expect(
      pathOf([...silent(3, 3), ...Array.from({ length: 20 }, () => attempt(1, { heard: true }))]).attempts,
    ).toEqual([]);
  });

  it('both families are offline then, until anything answers', () => {
    const memory = pathOf(silent(11, 11));
    expect([isOffline(memory, 4), isOffline(memory, 6)]).toEqual([true, true]);
    const up = heard(memory, 6);
    expect([isOffline(up, 4), isOffline(up, 6)]).toEqual([false, false]);
    expect(up.attempts).toEqual([]);
  });

  it('an attempt that was heard ends it', () => {
    expect(pathOf([attempt(99, { heard: true })], pathOf(silent(11, 11))).offline).toBe(false);
  });

  it('further silence keeps it', () => {
    expect(pathOf(silent(3, 3), pathOf(silent(11, 11))).offline).toBe(true);
  });

  it('the policy’s own numbers hold', () => {
    const small = resolvePolicy({ offlineAttempts: 4, offlinePrefixes: 2 });
    const memory = silent(3, 2).reduce((path, one) => pathAttempt(path, one, small), PATH_UP);
    expect(memory.offline).toBe(true);
  });
});

describe('one family offline', () => {
  const lost = (count: number, prefixes: number, family: 4 | 6 = 6): PathAttempt[] =>
    silent(count, prefixes).map((one) => ({ ...one, family, unreachable: true }));

  it('all of its attempts unreachable, to three prefixes or more', () => {
    expect(isOffline(pathOf(lost(2, 2)), 6)).toBe(false);
    const memory = pathOf(lost(3, 3));
    expect([isOffline(memory, 6), isOffline(memory, 4)]).toEqual([true, false]);
  });

  it('one of them silent in another way: not', () => {
    expect(isOffline(pathOf([attempt(9, { family: 6 }), ...lost(5, 5)]), 6)).toBe(false);
  });

  it('the other family’s attempts do not speak against it', () => {
    expect(isOffline(pathOf([attempt(9), ...lost(3, 3)]), 6)).toBe(true);
  });

  it('an answer of its own ends it, one of the other family does not', () => {
    const memory = pathOf(lost(3, 3));
    expect(isOffline(heard(memory, 4), 6)).toBe(true);
    expect(isOffline(heard(memory, 6), 6)).toBe(false);
  });

  it('an answer where nothing is offline changes nothing', () => {
    expect(heard(PATH_UP, 4)).toBe(PATH_UP);
  });
});
