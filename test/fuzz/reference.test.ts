import { describe, expect, test } from 'vitest';
import { measured, octetsOf } from '../../fuzz/input.js';
import { decodedRecords, decodes, expectedOf, isOurQuery } from '../../fuzz/oracles.js';
import { cutFrames, readMessage, readOptions } from '../../fuzz/reference.js';
import { opt, query, withAdditional } from '../transport/support.js';

const plain = query('www.example.test');
const PADDING = [0, 12, 0, 3, 0, 0, 0];

describe('the second reading that fuzzing compares with', () => {
  test('finds the parts of a message', () => {
    const read = readMessage(withAdditional(plain, opt(PADDING)));
    expect(read).toMatchObject({
      id: 0x1234,
      isResponse: false,
      whole: true,
      counts: [1, 0, 0, 1],
      end: plain.length + 18,
    });
    expect(read?.questions[0]?.labels?.map(String)).toEqual(['www', 'example', 'test']);
    expect(read?.records[0]).toMatchObject({ type: 41, section: 'additional', ownedByRoot: true });
    expect(readOptions(Buffer.from(PADDING))).toEqual([{ code: 12, data: Buffer.alloc(3) }]);
  });

  test('says what it cannot read', () => {
    expect(readMessage(plain.subarray(0, 11))).toBeUndefined();
    expect(readMessage(plain.subarray(0, -1))?.whole).toBe(false);
    expect(readMessage(octetsOf(plain.subarray(0, 12), 64, new Uint8Array(99)))?.whole).toBe(false);
    expect(readOptions(Buffer.from([0, 12, 0, 9, 1]))).toBeUndefined();
  });

  test('knows queries and answers of ours', () => {
    expect(isOurQuery(readMessage(plain), plain.length)).toBe(true);
    expect(isOurQuery(readMessage(plain), plain.length + 1)).toBe(false);
    expect(expectedOf(plain, plain)).toBe('malformed');
    const answer = octetsOf(plain.subarray(0, 2), 0x84, 5, plain.subarray(4));
    expect(expectedOf(plain, answer)).toMatchObject({ rcode: 5, signed: false });
    expect(expectedOf(query('www.example.text'), answer)).toBe('mismatch');
  });

  test('asks dns-packet for what it decodes strictly', () => {
    const withOpt = withAdditional(plain, opt(PADDING));
    expect(decodes(withOpt)).toBe(true);
    expect(decodedRecords(withOpt)).toMatchObject([{ section: 'additional', isOpt: true }]);
    // An NS record without data: dns-packet reads its name from what follows.
    const loose = withAdditional(plain, [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0], opt());
    expect(decodedRecords(loose)).toBeUndefined();
  });

  test('cuts a stream', () => {
    const stream = octetsOf(measured(plain), measured(plain), 0, 40, 1);
    expect(cutFrames(stream, 512)).toEqual({ messages: [plain, plain], wrong: false });
    expect(cutFrames(octetsOf(measured(plain), 0, 11), 512)).toEqual({ messages: [plain], wrong: true });
  });
});
