import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameReader } from '../../src/resolver/name-reader.js';
import { readAnswer } from '../../src/resolver/read-answer.js';
import { readName } from '../../src/wire/names.js';
import { answerWith, name, type Scripted } from './support.js';

/** Octets of which many are names: short labels, ends, and pointers to places within. */
const octets = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 3, 97, 0xc0) }, fc.nat({ max: 255 })), {
    maxLength: 60,
  })
  .map((list) => Uint8Array.from(list));

describe('NameReader', () => {
  it('reads what the readers of the wire read, from every place', () => {
    fc.assert(
      fc.property(octets, (message) => {
        const reader = new NameReader(message);
        for (let at = 0; at < message.length; at++) {
          const expected = readName(message, at);
          // Pointers may lead to any place before their own here, so some more are names.
          if (expected !== undefined) expect([at, new NameReader(message).at(at)?.canonical]).toEqual([at, expected]);
          expect(reader.at(at) === undefined || typeof reader.at(at)?.text === 'string').toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each<[string, number[], number]>([
    ['a pointer to itself', [0xc0, 0], 0],
    ['a circle', [1, 97, 0xc0, 0], 0],
    ['two that point to each other', [0xc0, 2, 0xc0, 0], 0],
    ['a pointer ahead', [0xc0, 2, 0], 0],
    ['half a pointer', [0, 0xc0], 1],
    ['an end that is missing', [1, 97], 0],
    ['a label that goes on beyond the end', [5, 97, 0], 0],
    ['a length of 64', [64, ...Array<number>(64).fill(97), 0], 0],
  ])('%s: no name', (_what, message, start) => {
    expect(new NameReader(Uint8Array.from(message)).at(start)).toBeUndefined();
  });

  it('255 octets, not more; by pointers too', () => {
    const most = [...Array.from({ length: 127 }, () => [1, 97]).flat(), 0];
    const reader = new NameReader(Uint8Array.from([...most, 1, 98, 0xc0, 0, 0xc0, 0]));
    expect(reader.at(0)?.octets).toBe(255);
    expect(reader.at(most.length)).toBeUndefined();
    expect(reader.at(most.length + 4)?.text).toBe(Array(127).fill('a').join('.'));
  });

  it('thousands of pointers one to the other: no name, and no end of the stack', () => {
    const message = new Uint8Array(30_000);
    for (let at = 2; at < message.length; at += 2) message.set([0xc0 | ((at - 2) >> 8), (at - 2) & 0xff], at);
    expect(new NameReader(message).at(message.length - 2)).toBeUndefined();
  });
});

describe('readAnswer', () => {
  const query = Buffer.concat([Buffer.alloc(12), name('a'), Buffer.from([0, 1, 0, 1])]);
  query.writeUInt16BE(1, 4);

  it('more records than octets, and half a record: refused', () => {
    const short = answerWith(query, []);
    short.writeUInt16BE(0xffff, 6);
    expect(() => readAnswer(short)).toThrow('more records');
    const cut = answerWith(query, [{ type: 1, data: Buffer.alloc(4) }]);
    expect(() => readAnswer(cut.subarray(0, -1))).toThrow('malformed');
  });

  it('lists of all types, one after the other: refused', () => {
    const windows = Array.from({ length: 256 }, (_, window) => [window, 32, ...Array<number>(32).fill(255)]);
    const list: Scripted = { type: 47, data: Buffer.from([0, ...windows.flat()]) };
    expect(readAnswer(answerWith(query, [list])).answers).toHaveLength(1);
    expect(() => readAnswer(answerWith(query, [list, list]))).toThrow('too many');
  });
});
