import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Corpus, parseEntries } from '../../fuzz/corpus.js';
import { hexOf, Input, measured, octetsOf } from '../../fuzz/input.js';
import { BrokenPromise, must, mustEqual } from '../../fuzz/promise.js';
import { TARGET_NAMES } from '../../fuzz/target.js';
import { TARGETS } from '../../fuzz/targets.js';

const corpus = new Corpus(join(import.meta.dirname, '..', '..', 'fuzz', 'corpus'));

describe('every input that is kept keeps every promise', () => {
  test.each(TARGET_NAMES)('%s', async (name) => {
    const target = TARGETS[name];
    const seeds = await corpus.seeds(name, target);
    expect(seeds.length).toBeGreaterThan(2);
    for (const seed of seeds) expect(() => target.run(seed), hexOf(seed)).not.toThrow();
  });

  test.each(TARGET_NAMES)('%s: cut short, too, and none is changed by it', async (name) => {
    const target = TARGETS[name];
    for (const seed of await corpus.seeds(name, target)) {
      const given = hexOf(seed);
      expect(() => target.run(seed.subarray(0, seed.length >> 1)), given).not.toThrow();
      expect(hexOf(seed)).toBe(given);
    }
  });

  test('captures of both name servers are among them', async () => {
    const names = (await corpus.captures()).map(({ name }) => name.split('-')[0]);
    expect(new Set(names)).toEqual(new Set(['nsd', 'bind']));
  });
});

describe('what fuzzing stands on', () => {
  test('a promise that is not kept is named, with what was found', () => {
    expect(() => must(true, 'holds')).not.toThrow();
    expect(() => must(false, 'holds', 7, Uint8Array.of(255))).toThrow(new BrokenPromise('holds | 7 | ff'));
    expect(() => mustEqual([1], [1], 'equals')).not.toThrow();
    expect(() => mustEqual([1], [2], 'equals')).toThrow('equals | [1] | [2]');
  });

  test('an input gives what was put into it, and zeros behind its end', () => {
    const input = new Input(octetsOf(1, 2, 3, measured(Buffer.from('abc')), 'rest'));
    expect([input.u8(), input.u16(), hexOf(input.take(input.u16())), input.text(9)]).toEqual([
      1,
      515,
      '616263',
      'rest',
    ]);
    expect([input.left, input.u8(), input.u16(), input.take(5).length, input.pick(['a', 'b'])]).toEqual([
      0,
      0,
      0,
      0,
      'a',
    ]);
    expect(new Input(octetsOf(0xff, 0x41)).text(2)).toBe('\u00ffA');
  });

  test('a kept input is read as it was written', () => {
    expect(parseEntries(`# a comment\n\none 00ff -\n  two -\n`)).toEqual([
      { name: 'one', octets: [Uint8Array.of(0, 255), new Uint8Array(0)] },
      { name: 'two', octets: [new Uint8Array(0)] },
    ]);
    expect(() => parseEntries('one 0g')).toThrow('not octets in hexadecimal: 0g');
  });
});
