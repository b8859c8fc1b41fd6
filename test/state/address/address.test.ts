import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareAddresses,
  InvalidInputError,
  parseAddress,
  prefixKey,
  tryParseAddress,
} from '../../../src/state/index.js';

describe('one canonical form', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1'],
    ['2001:DB8::0:1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::192.0.2.1', '::c000:201'],
    ['FE80::1%eth0', 'fe80::1%eth0'],
    ['fe80::1%Eth0.5', 'fe80::1%Eth0.5'],
    ['fe80::%1', 'fe80::%1'],
  ])('%s is %s', (text, canonical) => {
    expect(parseAddress(text).text).toBe(canonical);
  });

  it('keeps family, groups and scope', () => {
    expect(parseAddress('192.0.2.1')).toEqual({ family: 4, text: '192.0.2.1', groups: [0xc000, 0x0201] });
    expect(parseAddress('fe80::1%a')).toMatchObject({ family: 6, groups: [0xfe80, 0, 0, 0, 0, 0, 0, 1], scope: 'a' });
  });

  it('any groups come back as they were, however they are written', () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const written = groups.map((part) => part.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const address = parseAddress(written);
        fc.pre(address.family === 6);
        expect(address.groups).toEqual(groups);
        expect(parseAddress(address.text)).toEqual(address);
        expect(new URL(`http://[${written}]`).hostname).toBe(`[${address.text}]`);
      }),
    );
  });

  it('any octets come back as they were', () => {
    fc.assert(
      fc.property(fc.ipV4(), (text) => {
        expect(parseAddress(text).text).toBe(text);
        expect(parseAddress(`::ffff:${text}`).text).toBe(text);
      }),
    );
  });
});

describe('what is no address', () => {
  it.each([
    '',
    ' ',
    'example.org',
    '192.0.2',
    '192.0.2.1.1',
    '192.0.2.256',
    '192.0.2.01',
    '192.0.2.-1',
    '0xc0.0.2.1',
    ' 192.0.2.1',
    '192.0.2.1 ',
    '192.0.2.1%eth0',
    '2001:db8',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '1::2::3',
    ':::',
    ':1::',
    '12345::',
    'g::',
    '192.0.2.1::',
    '::192.0.2.1:1',
    '::192.0.2.256',
    'fe80::1%',
    'fe80::1%a b',
    'fe80::1%sixteencharacter',
    '::ffff:192.0.2.1%eth0',
    '[::1]',
    '1'.repeat(1000),
  ])('%j', (text) => {
    expect(tryParseAddress(text)).toBeUndefined();
    expect(() => parseAddress(text)).toThrow(InvalidInputError);
  });

  it('says so with a code, and shortens what it got', () => {
    let caught: unknown;
    try {
      parseAddress('x'.repeat(5000));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InvalidInputError);
    expect(caught).toMatchObject({ code: 'INVALID_ADDRESS', name: 'InvalidInputError' });
    expect(caught instanceof InvalidInputError && caught.value.length).toBe(100);
  });

  it.each([undefined, null, 5, {}, []])('not even a text: %j', (value) => {
    expect(tryParseAddress(value as unknown as string)).toBeUndefined();
    expect(() => parseAddress(value as unknown as string)).toThrow(/INVALID_ADDRESS/);
  });

  it('a value that cannot be shown makes no other error', () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const hostile = { toJSON: () => undefined };
    expect(new InvalidInputError('INVALID_OPTION', circular, 'x').value).toBe('object');
    expect(new InvalidInputError('INVALID_OPTION', hostile, 'x').value).toBe('object');
    expect(new InvalidInputError('INVALID_OPTION', 5n, 'x').value).toBe('5');
  });
});

describe('prefixKey', () => {
  it.each([
    ['192.0.2.1', '192.0.2.254', 24, true],
    ['192.0.2.1', '192.0.3.1', 24, false],
    ['192.0.2.1', '192.0.255.1', 16, true],
    ['192.1.2.1', '192.0.2.1', 16, false],
    ['10.0.0.1', '10.255.0.1', 8, true],
    ['2001:db8:1::1', '2001:db8:1:ffff::1', 48, true],
    ['2001:db8:1::1', '2001:db8:2::1', 48, false],
    ['2001:db8:1::1', '2001:db8:ffff::1', 32, true],
    ['2001:db8::1', '2001:db9::1', 32, false],
    ['2001:db8:0:1200::1', '2001:db8:0:12ff::1', 56, true],
    ['2001:db8:0:1200::1', '2001:db8:0:1300::1', 56, false],
  ])('%s and %s at %i bits: %s', (one, other, bits, equal) => {
    expect(prefixKey(parseAddress(one), bits) === prefixKey(parseAddress(other), bits)).toBe(equal);
  });

  it('tells families and lengths apart', () => {
    const keys = [prefixKey(parseAddress('0.0.0.0'), 16), prefixKey(parseAddress('::'), 16)];
    keys.push(prefixKey(parseAddress('0.0.0.0'), 24), prefixKey(parseAddress('::'), 32));
    expect(new Set(keys).size).toBe(4);
  });
});

describe('compareAddresses', () => {
  it('IPv4 before IPv6, then by number, then by scope', () => {
    const sorted = ['9.0.0.1', '10.0.0.1', '10.0.0.2', '::1', '2001:db8::1', 'fe80::1', 'fe80::1%a', 'fe80::1%b'];
    const shuffled = [...sorted].reverse().map(parseAddress).sort(compareAddresses);
    expect(shuffled.map((address) => address.text)).toEqual(sorted);
    expect(compareAddresses(parseAddress('::1'), parseAddress('0:0::1'))).toBe(0);
  });
});
