import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../src/common/errors.js';
import { checkQuery, findOpt, matchAnswer, rcodeOf } from '../../src/wire/message.js';
import { opt, query, withAdditional } from '../transport/support.js';

const A_RECORD = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
const SIG_OF_A = [0, 0, 24, 0, 255, 0, 0, 0, 0, 0, 2, 0, 1];
const plain = query('www.example.test');

function changed(message: Uint8Array, changes: Record<number, number>): Uint8Array {
  const copy = new Uint8Array(message);
  for (const [at, octet] of Object.entries(changes)) copy[Number(at)] = octet;
  return copy;
}

function refusal(message: Uint8Array): readonly [value: string, expected: string] {
  try {
    checkQuery(message);
  } catch (error) {
    if (error instanceof InvalidInputError) return [error.value, error.expected];
  }
  return ['', 'accepted'];
}

describe('what is wrong with a message from the host', () => {
  test.each<[string, Uint8Array, string]>([
    ['object', [1] as unknown as Uint8Array, 'a Uint8Array'],
    ['11 octets', plain.subarray(0, 11), '12 to 65,535 octets'],
    ['65536 octets', new Uint8Array(65_536), '12 to 65,535 octets'],
    ['a response (QR=1)', changed(plain, { 2: 0x80 }), 'a query'],
    ['opcode 4', changed(plain, { 2: 4 << 3 }), 'opcode QUERY'],
    ['2 questions', changed(plain, { 5: 2 }), 'one question'],
    ['a malformed question', plain.subarray(0, 12), 'a name, a type and a class'],
    ['a zone transfer', query('example.test', 1, 252), 'a query with one answer'],
    ['answer or authority records', changed(withAdditional(plain, A_RECORD), { 7: 1, 11: 0 }), 'none in a query'],
    ['answer or authority records', changed(withAdditional(plain, A_RECORD), { 9: 1, 11: 0 }), 'none in a query'],
    ['malformed records', changed(plain, { 11: 1 }), 'a query'],
    ['malformed records', changed(plain, { 10: 255, 11: 255 }), 'a query'],
    ['malformed records', withAdditional(plain, A_RECORD.slice(0, 15)), 'a query'],
    ['octets after the last record', Uint8Array.from([...plain, 0]), 'a query'],
    ['octets after the last record', Uint8Array.from([...withAdditional(plain, opt()), 0]), 'a query'],
    ['2 OPT records', withAdditional(plain, opt(), opt()), 'at most one'],
    ['a malformed OPT record', withAdditional(plain, [1, 97, ...opt()]), 'the root as owner and whole options'],
    ['a malformed OPT record', withAdditional(plain, opt([0, 10, 0, 9])), 'the root as owner and whole options'],
  ])('Q17 %s', (value, message, expected) => {
    expect(refusal(message)).toEqual([JSON.stringify(value), expected]);
  });

  test('the longest message there is, is none of it', () => {
    const room = 65_535 - plain.length - 11 - 4;
    const longest = withAdditional(plain, opt([0xff, 0, room >> 8, room & 0xff, ...new Uint8Array(room)]));
    expect([longest.length, refusal(longest)[1]]).toEqual([65_535, 'accepted']);
  });
});

describe('what a message from the host has', () => {
  test('a query without more: nothing but its question', () => {
    expect(checkQuery(plain)).toEqual({
      ...{ id: 0x1234, questionEnd: plain.length, qtype: 1 },
      ...{ opt: undefined, optIsLast: false, signed: false, padded: false, keepalive: false },
    });
  });

  test('an OPT that is last can grow; one before another record cannot', () => {
    expect(checkQuery(withAdditional(plain, opt()))).toMatchObject({
      ...{ id: 0x1234, questionEnd: plain.length, qtype: 1 },
      ...{ opt: { start: plain.length }, optIsLast: true, signed: false, padded: false, keepalive: false },
    });
    expect(checkQuery(withAdditional(plain, opt(), A_RECORD)).optIsLast).toBe(false);
    expect(checkQuery(withAdditional(plain, A_RECORD))).toMatchObject({ opt: undefined, optIsLast: false });
  });

  test('a SIG that covers a type signs that, and not the message', () => {
    expect(checkQuery(withAdditional(plain, SIG_OF_A)).signed).toBe(false);
  });
});

describe('answers', () => {
  test('R36 nothing but a header is answer enough for an error, and a shorter one is none', () => {
    const header = Uint8Array.from([0x12, 0x34, 0x80, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([matchAnswer(plain, header), matchAnswer(plain, header.subarray(0, 11))]).toEqual(['match', 'malformed']);
    // Of one that is too short not even the id is looked at.
    expect(matchAnswer(plain, new Uint8Array(3))).toBe('malformed');
  });

  test('the first OPT counts, and none outside the additional section', () => {
    const two = withAdditional(plain, opt([], 1), opt([], 2));
    expect([rcodeOf(two), findOpt(two)?.start]).toEqual([16, plain.length]);
    expect(rcodeOf(changed(withAdditional(plain, opt([], 1)), { 7: 1, 11: 0 }))).toBe(0);
  });

  test('an OPT is found behind other records, and only where it belongs', () => {
    const behind = withAdditional(plain, A_RECORD, opt([], 1));
    expect([findOpt(behind)?.start, rcodeOf(behind)]).toEqual([plain.length + A_RECORD.length, 16]);
    const inAnswer = changed(withAdditional(plain, opt([], 1), A_RECORD), { 7: 1, 11: 1 });
    const inAuthority = changed(withAdditional(plain, A_RECORD, opt([], 1), A_RECORD), { 7: 1, 9: 1, 11: 1 });
    expect([findOpt(inAnswer), findOpt(inAuthority), rcodeOf(inAuthority)]).toEqual([undefined, undefined, 0]);
  });

  test('of counts that cannot be true nothing is read', () => {
    expect(findOpt(changed(withAdditional(plain, opt()), { 10: 255 }))).toBeUndefined();
  });

  test('of what is too short the rcode is 0, and of one that has none the low four bits', () => {
    expect([rcodeOf(new Uint8Array(0)), rcodeOf(changed(plain, { 3: 0xf5 }))]).toEqual([0, 5]);
  });
});
