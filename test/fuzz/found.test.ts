import { describe, expect, test } from 'vitest';
import { readAnswer } from '../../src/wire/answer.js';
import { checkQuery, rcodeOf } from '../../src/wire/message.js';
import { stripEdns } from '../../src/wire/opt.js';
import { opt, query } from '../transport/support.js';

const plain = query('www.example.test');

/** What the host gets of an answer to its query. */
function undressed(answer: Uint8Array): Uint8Array {
  const found = readAnswer(plain, plain.length, answer);
  if (typeof found === 'string') throw new TypeError(found);
  return stripEdns(answer, checkQuery(plain), found);
}

describe('what fuzzing has found', () => {
  /** A server that writes an OPT into the answer section, where it says nothing (RFC 6891 section 6.1.1). */
  const misplaced = Uint8Array.from([...plain, ...opt([], 1)]);
  misplaced.set([0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0], 2);

  test('an OPT outside the additional section extends no rcode', () => {
    expect(readAnswer(plain, plain.length, misplaced)).toEqual({ rcode: 0, opt: undefined, signed: false });
    expect(rcodeOf(misplaced)).toBe(0);
  });

  test('and is not taken out: the counts of the answer would no longer fit', () => {
    expect(undressed(misplaced)).toEqual(misplaced);
  });

  test('a name that begins before the OPT and ends in it holds the OPT where it is', () => {
    // The last octet of a record before the OPT is taken for a label's length by a pointer in a record behind it.
    const before = [0, 0, 16, 0, 1, 0, 0, 0, 60, 0, 1, 1];
    const behind = [0xc0, plain.length + before.length - 1, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
    const answer = Uint8Array.from([...plain, ...before, ...opt(), ...behind]);
    answer.set([0x84, 0, 0, 1, 0, 1, 0, 0, 0, 2], 2);
    expect(undressed(answer)).toEqual(answer);
  });

  test('pointers to pointers without end are not followed for long: the OPT stays', () => {
    // A chain of pointers, each to the one before, the first to the question, and a record that is full of its last.
    const start = plain.length + 11;
    const leads = (to: number): number[] => [0xc0 | (to >> 8), to & 255];
    const chain = Array.from({ length: 8_000 }, (_, index) => leads(index === 0 ? 12 : start + 2 * index - 2)).flat();
    const full = Array.from({ length: 8_000 }, () => leads(start + chain.length - 2)).flat();
    const before = [0, 0, 16, 0, 1, 0, 0, 0, 60, chain.length >> 8, chain.length & 255, ...chain];
    const behind = [0, 0, 16, 0, 1, 0, 0, 0, 60, full.length >> 8, full.length & 255, ...full];
    const answer = Uint8Array.from([...plain, ...before, ...opt(), ...behind]);
    answer.set([0x84, 0, 0, 1, 0, 1, 0, 0, 0, 2], 2);
    expect(undressed(answer)).toEqual(answer);
  });

  test('a pointer to a name that ends before the OPT holds nothing', () => {
    const behind = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
    const answer = Uint8Array.from([...plain, ...opt(), ...behind]);
    answer.set([0x84, 0, 0, 1, 0, 0, 0, 0, 0, 2], 2);
    const cut = Uint8Array.from([...plain, ...behind]);
    cut.set([0x84, 0, 0, 1, 0, 0, 0, 0, 0, 1], 2);
    expect(undressed(answer)).toEqual(cut);
  });

  test('an OPT before another stays, or the other would speak in its place', () => {
    const answer = Uint8Array.from([...plain, ...opt(), ...opt([], 41)]);
    answer.set([0x84, 0, 0, 1, 0, 0, 0, 0, 0, 2], 2);
    expect(rcodeOf(undressed(answer))).toBe(rcodeOf(answer));
    expect(undressed(answer)).toEqual(answer);
  });
});
