import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../src/testing/index.js';
import { canonicalZone, followName, nameOfQuestion, readName } from '../../src/wire/names.js';
import { questionEnd, skipName } from '../../src/wire/octets.js';
import { BlockReader } from '../../src/wire/records.js';

const octetsOf = (...labels: Uint8Array[]) => Uint8Array.from([...labels.flatMap((one) => [one.length, ...one]), 0]);
const label = (text: string) => Buffer.from(text, 'latin1');
const asked = (name: Uint8Array) => Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...name, 0, 1, 0, 1]);
const pointer = (to: number) => [0xc0 | (to >> 8), to & 0xff];

describe('a name has one spelling, whoever reads it', () => {
  const labels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 25 }), { maxLength: 8 });

  it('from a question, behind a pointer, in a block, at a fault server, and from its own text', () => {
    fc.assert(
      fc.property(labels, (parts) => {
        const name = octetsOf(...parts);
        const message = asked(name);
        const text = nameOfQuestion(message);
        const behind = Uint8Array.from([...message, ...pointer(12)]);
        expect(readName(behind, message.length)).toBe(text);
        expect(new BlockReader(name).name()).toBe(text);
        expect(parseQuery(message)?.name).toBe(text);
        expect(canonicalZone(text)).toBe(text);
      }),
    );
    expect(nameOfQuestion(asked(octetsOf(label('A.b'), label('c\\+'), label('\u00e9 d'))))).toBe(
      'a\\046b.c\\092\\043.\\233\\032d.',
    );
  });
});

describe('a name is followed', () => {
  const ends = (octets: readonly number[], start = 0, steps = 255) =>
    followName(Uint8Array.from(octets), start, { end: octets.length, steps });

  it.each([
    ['the root', [0], 0, 'whole'],
    ['over a pointer that leads back', [1, 97, 0, 1, 98, ...pointer(0)], 3, 'whole'],
    ['not over one that leads to itself', [...pointer(0)], 0, 'open'],
    ['not over one that leads forward', [...pointer(2), 0], 0, 'open'],
    ['not in a circle', [1, 97, ...pointer(4), 1, 98, ...pointer(0)], 4, 'open'],
    ['not over half a pointer', [1, 97, 0xc0], 0, 'open'],
    ['not over the end', [1, 97], 0, 'open'],
    ['not over the end of a label', [3, 97], 0, 'open'],
    ['not over what is neither length nor pointer', [1, 97, 64, 0], 0, 'invalid'],
    ['to 255 octets', [...Array.from({ length: 127 }, () => [1, 97]).flat(), 0], 0, 'whole'],
    ['not to 256', [2, 97, 97, ...Array.from({ length: 126 }, () => [1, 97]).flat(), 0], 0, 'open'],
  ])('%s', (_what, octets, start, end) => {
    expect(ends(octets, start)).toBe(end);
  });

  it('no further than its steps and its reach', () => {
    const name = [1, 97, 1, 98, 0];
    expect([ends(name, 0, 3), ends(name, 0, 2)]).toEqual(['whole', 'open']);
    expect(followName(Uint8Array.from(name), 0, { end: 4, steps: 9 })).toBe('open');
  });

  it('over a bounded chain of pointers', () => {
    const chain = [0, ...Array.from({ length: 300 }, (_, index) => pointer(index === 0 ? 0 : 2 * index - 1)).flat()];
    expect(ends(chain, 1 + 2 * 100)).toBe('whole');
    expect(ends(chain, 1 + 2 * 299)).toBe('open');
  });
});

describe('a name is skipped', () => {
  it('up to its root or its first pointer; where none may be, only to the root', () => {
    const octets = Uint8Array.from([1, 97, 0, 1, 98, ...pointer(0)]);
    expect([skipName(octets, 0), skipName(octets, 3), skipName(octets, 3, false)]).toEqual([3, 7, -1]);
    expect(questionEnd(asked(Uint8Array.from([1, 97, ...pointer(12)])))).toBe(-1);
  });
});
