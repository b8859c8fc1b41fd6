import { describe, expect, it } from 'vitest';
import {
  addressOfWords,
  canonicalText,
  maskWords,
  parseAddress,
  prefixKey,
  wordsOf,
} from '../../../src/state/address/address.js';
import {
  groupsOfWords,
  ipv4Text,
  ipv4Word,
  isIpv4,
  readIpv6,
  readWords,
  textOfWords,
  WORDS,
} from '../../../src/state/address/words.js';

/** What stands in `WORDS` after reading a text; `undefined` if it is no address. */
function read(text: string): string | undefined {
  return readWords(text) ? [...WORDS].map((word) => word.toString(16)).join(' ') : undefined;
}

describe('an address becomes four words', () => {
  it.each([
    ['192.0.2.1', '0 0 ffff c0000201'],
    ['192.0.2.9', '0 0 ffff c0000209'],
    ['0.0.0.0', '0 0 ffff 0'],
    ['255.255.255.255', '0 0 ffff ffffffff'],
    ['::', '0 0 0 0'],
    ['::1', '0 0 0 1'],
    ['1::', '10000 0 0 0'],
    ['::ffff:192.0.2.1', '0 0 ffff c0000201'],
    ['::0.0.0.0', '0 0 0 0'],
    ['::192.0.2.1', '0 0 0 c0000201'],
    ['1:2:3:4:5:6:192.0.2.1', '10002 30004 50006 c0000201'],
    ['1:2:3:4:5::192.0.2.1', '10002 30004 50000 c0000201'],
    ['1:2:3:4:5:6:7:8', '10002 30004 50006 70008'],
    ['1:2:3:4:5:6:7::', '10002 30004 50006 70000'],
    ['1:2:3::6:7:8', '10002 30000 6 70008'],
    ['1::3:4:5:6:7:8', '10000 30004 50006 70008'],
    ['09af:09AF:afAF::', '9af09af afaf0000 0 0'],
    ['2001:db8::ffff:ffff', '20010db8 0 0 ffffffff'],
    ['0000:0000:0000:0000:0000:ffff:255.255.255.255', '0 0 ffff ffffffff'],
    ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'ffffffff ffffffff ffffffff ffffffff'],
  ])('%s', (text, words) => {
    expect(read(text)).toBe(words);
  });

  it.each([
    ...[
      '',
      '.',
      ':',
      ':1',
      ':1:2:3:4:5:6:7:8',
      '1',
      '1:',
      '1.2.3',
      '1.2.3.',
      '.1.2.3',
      '1..2.3',
      '1.2..3',
      '1.2.3.4.5',
    ],
    ...['1.2.3.4.', '1a2a3a4', '1.2.3a4', '192.0.2.1/', '192.0.2.1:', '192.0.2./', '192.0.2.00', '00.0.2.1'],
    ...['256.0.2.1', '192.0.2.1000', '0192.0.2.1'],
    ...['1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8:', '1:2:3:4:5:6:7:8::', '1::2:3:4:5:6:7:8', '1::2::3'],
    ...[
      '1:::2',
      '::1::2',
      '1:2:3:4:5:6:7:192.0.2.1',
      '1:2:3:4:5:6:192.0.2',
      '1:2:3:4:5:192.0.2.1',
      '::192.0.2.1:1',
      '::192.0.2.',
    ],
    ...['::.1', '::1.', '00000::', '12345::', '::12345', '::g', '::`', '::@', '::/', '1 ::', '1%::', '1-2::', '::1%a'],
    '1::3:4:5:6:7:192.0.2.1',
  ])('%j is none', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('a part of a text, and no more of it', () => {
    expect(ipv4Word('x192.0.2.1y', 1, 10)).toBe(0xc000_0201);
    expect(ipv4Word('255.255.255.255', 0, 15)).toBe(0xffff_ffff);
    expect(ipv4Word('192.0.2.1', 0, 8)).toBe(-1);
    expect(readIpv6('fe80::1%eth0', 7)).toBe(true);
    expect([...WORDS]).toEqual([0xfe80_0000, 0, 0, 1]);
    expect(readIpv6('fe80::1:2', 7)).toBe(true);
    expect([...WORDS]).toEqual([0xfe80_0000, 0, 0, 1]);
    expect(readIpv6('::1.2.3.4', 3)).toBe(true);
    expect([...WORDS]).toEqual([0, 0, 0, 1]);
    expect(readIpv6('fe80::12', 7)).toBe(true);
    expect([...WORDS]).toEqual([0xfe80_0000, 0, 0, 1]);
  });

  it('what an earlier one left behind is not read again', () => {
    read('1:2:3:4:5:6:7:8');
    expect(read('a::b')).toBe('a0000 0 0 b');
    expect(read('::')).toBe('0 0 0 0');
  });
});

describe('and text again', () => {
  it.each([
    [[0, 0, 0xffff, 0xc000_0201], '192.0.2.1'],
    [[0, 0, 0xffff, 0xff01_0203], '255.1.2.3'],
    [[0, 0, 0xfffe, 0xc000_0201], '::fffe:c000:201'],
    [[0, 1, 0xffff, 0xc000_0201], '::1:0:ffff:c000:201'],
    [[1, 0, 0xffff, 0xc000_0201], '0:1::ffff:c000:201'],
    [[0x8000_0001, 0xffff_0000, 0x10_0001, 0xfffe_0a0b], '8000:1:ffff:0:10:1:fffe:a0b'],
    [[0, 0, 0, 0], '::'],
    [[0x1_0000, 0, 0, 0], '1::'],
    [[0x1_0002, 0x3_0004, 0x5_0006, 0x7_0000], '1:2:3:4:5:6:7:0'],
    [[0x1_0000, 0, 0x1_0000, 0], '1::1:0:0:0'],
    [[0x1_0000, 0x1_0000, 0, 0x1], '1:0:1::1'],
    [[0x1_0000, 0x1, 0x0, 0x1_0001], '1::1:0:0:1:1'],
  ])('%j is %s', (words, text) => {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
    expect(textOfWords(w0, w1, w2, w3)).toBe(text);
    expect(read(text)).toBe(words.map((word) => word.toString(16)).join(' '));
    const address = addressOfWords(Uint32Array.from(words), undefined);
    expect(address).toEqual({ family: text.includes(':') ? 6 : 4, text, groups: groupsOfWords(w0, w1, w2, w3) });
    expect(wordsOf(address)).toEqual(words);
    expect(canonicalText(text)).toBe(text);
  });

  it('groups, families and scopes', () => {
    expect(groupsOfWords(0, 0, 0xffff, 0xc000_0201)).toEqual([0xc000, 0x201]);
    expect(groupsOfWords(0x1_0002, 0x3_0004, 0x5_0006, 0x7_0008)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect([isIpv4(0, 0, 0xffff), isIpv4(1, 0, 0xffff), isIpv4(0, 1, 0xffff), isIpv4(0, 0, 0)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(ipv4Text(0xfffe_0102)).toBe('255.254.1.2');
    expect(addressOfWords(Uint32Array.from([0xfe80_0000, 0, 0, 1]), 'eth0')).toEqual({
      family: 6,
      text: 'fe80::1%eth0',
      groups: [0xfe80, 0, 0, 0, 0, 0, 0, 1],
      scope: 'eth0',
    });
  });

  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:C000:201', '192.0.2.1'],
    ['2001:DB8:0::1', '2001:db8::1'],
    ['FE80::1%eth0', 'fe80::1%eth0'],
    ['fe80::1%', undefined],
    ['::ffff:192.0.2.1%eth0', undefined],
    ['fe80::1%exactly-15chars', 'fe80::1%exactly-15chars'],
    ['fe80::1%exactly-16-chars', undefined],
    ['fe80::1%a%b', undefined],
    ['1::ffff:192.0.2.1%a', '1::ffff:c000:201%a'],
    ['::1:0:ffff:192.0.2.1%a', '::1:0:ffff:c000:201%a'],
    ['::1.2.3.4%a', '::102:304%a'],
    ['fe80::1% a', undefined],
    ['fe80::1%a ', undefined],
    ['%eth0', undefined],
    ['192.0.2.1%eth0', undefined],
    ['1:2:3%eth0', undefined],
    ['example', undefined],
    ['0000:0000:0000:0000:0000:fffe:255.255.255.255%exactly-15chars', '::fffe:ffff:ffff%exactly-15chars'],
  ])('the canonical text of %j is %j', (text, canonical) => {
    expect(canonicalText(text)).toBe(canonical);
  });
});

describe('prefixes', () => {
  const masks = (text: string, bits: number) => maskWords(parseAddress(text), bits).map((word) => word.toString(16));

  it.each([
    ['192.0.2.1', 0, ['ffffffff', 'ffffffff', 'ffffffff', '0']],
    ['192.0.2.1', 1, ['ffffffff', 'ffffffff', 'ffffffff', '80000000']],
    ['192.0.2.1', 24, ['ffffffff', 'ffffffff', 'ffffffff', 'ffffff00']],
    ['192.0.2.1', 32, ['ffffffff', 'ffffffff', 'ffffffff', 'ffffffff']],
    ['2001:db8::1', 0, ['0', '0', '0', '0']],
    ['2001:db8::1', 32, ['ffffffff', '0', '0', '0']],
    ['2001:db8::1', 33, ['ffffffff', '80000000', '0', '0']],
    ['2001:db8::1', 48, ['ffffffff', 'ffff0000', '0', '0']],
    ['2001:db8::1', 128, ['ffffffff', 'ffffffff', 'ffffffff', 'ffffffff']],
  ])('the mask of %s/%i', (text, bits, mask) => {
    expect(masks(text, bits)).toEqual(mask);
  });

  it.each([
    ['192.0.2.1', 24, '4/24:c000:2'],
    ['10.11.12.13', 8, '4/8:a'],
    ['10.11.12.13', 16, '4/16:a0b'],
    ['2001:db8:abcd::1', 32, '6/32:2001:db8'],
    ['2001:db8:abcd:ef01::1', 56, '6/56:2001:db8:abcd:ef'],
  ])('the key of %s/%i', (text, bits, key) => {
    expect(prefixKey(parseAddress(text), bits)).toBe(key);
  });
});
