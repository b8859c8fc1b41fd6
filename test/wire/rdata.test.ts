import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSvcb } from '../../src/sources/index.js';
import { alpn, hex, ipv4Hint, KEY, mandatory, param, port, svcb } from '../sources/support.js';

const FOO_COM = '03666f6f076578616d706c6503636f6d00';
const FOO_ORG = '03666f6f076578616d706c65036f726700';
const NOTHING = {
  keys: [],
  mandatory: [],
  alpn: undefined,
  port: undefined,
  ipv4Hint: [],
  ipv6Hint: [],
  dohPath: undefined,
};

/** RFC 9460 appendix D.1 and D.2: data on the wire, and what it says. */
const VECTORS = [
  ['figure 2, AliasMode', `0000 ${FOO_COM}`, { priority: 0, target: 'foo.example.com.' }],
  ['figure 3, TargetName is "."', '0001 00', { priority: 1, target: '.' }],
  ['figure 4, a port', `0010 ${FOO_COM} 0003 0002 0035`, { priority: 16, keys: [3], port: 53 }],
  ['figure 5, a generic key', `0001 ${FOO_COM} 029b 0005 68656c6c6f`, { keys: [667] }],
  ['figure 6, a generic key with an escape', `0001 ${FOO_COM} 029b 0009 68656c6c6fd2716f6f`, { keys: [667] }],
  [
    'figure 7, two IPv6 hints',
    `0001 ${FOO_COM} 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001`,
    { keys: [6], ipv6Hint: ['2001:db8::1', '2001:db8::53:1'] },
  ],
  [
    'figure 8, an IPv6 hint with an IPv4 tail',
    '0001 076578616d706c6503636f6d00 0006 0010 20010db8012203440000 0000c0000221',
    { target: 'example.com.', keys: [6], ipv6Hint: ['2001:db8:122:344::c000:221'] },
  ],
  [
    'figure 9, keys out of order in presentation',
    `0010 ${FOO_ORG} 0000 0004 0001 0004 0001 0009 02 6832 05 68332d3139 0004 0004 c0000201`,
    {
      priority: 16,
      target: 'foo.example.org.',
      keys: [0, 1, 4],
      mandatory: [1, 4],
      alpn: ['h2', 'h3-19'],
      ipv4Hint: ['192.0.2.1'],
    },
  ],
  [
    'figure 10, an alpn with a comma and a backslash',
    `0010 ${FOO_ORG} 0001 000c 08 665c6f6f2c626172 02 6832`,
    { priority: 16, target: 'foo.example.org.', keys: [1], alpn: ['f\\oo,bar', 'h2'] },
  ],
] as const;

/** RFC 9460 appendix D.3: what no encoder may make, as it would be on the wire. */
const FAILURES = [
  ['figure 11, a key twice', svcb(1, 'foo.example.com', param(123, [97]), param(123, [98]))],
  ['figure 12, mandatory without a value', svcb(1, 'foo.example.com', param(KEY.mandatory, []))],
  ['figure 12, alpn without a value', svcb(1, 'foo.example.com', param(KEY.alpn, []))],
  ['figure 12, port without a value', svcb(1, 'foo.example.com', param(KEY.port, []))],
  ['figure 12, ipv4hint without a value', svcb(1, 'foo.example.com', param(KEY.ipv4Hint, []))],
  ['figure 12, ipv6hint without a value', svcb(1, 'foo.example.com', param(KEY.ipv6Hint, []))],
  ['figure 13, no-default-alpn with a value', svcb(1, 'foo.example.com', param(KEY.noDefaultAlpn, [97, 98, 99]))],
  ['figure 14, a mandatory key that is not there', svcb(1, 'foo.example.com', mandatory(123))],
  ['figure 15, mandatory in its own list', svcb(1, 'foo.example.com', mandatory(0))],
  ['figure 16, a mandatory key twice', svcb(1, 'foo.example.com', mandatory(123, 123), param(123, [97, 98, 99]))],
] as const;

describe('RFC 9460 appendix D', () => {
  test.each(VECTORS)('60-2 %s', (_, octets, expected) => {
    const record = readSvcb(hex(octets));
    expect(record).toEqual({ ...NOTHING, priority: 1, target: 'foo.example.com.', ...expected });
  });

  test.each(FAILURES)('60-2 %s is malformed', (_, octets) => {
    expect(readSvcb(octets)).toBeUndefined();
  });
});

describe('60-2 what is malformed', () => {
  test.each([
    ['nothing', new Uint8Array()],
    ['half a priority', hex('00')],
    ['no target', hex('0001')],
    ['a target cut short', hex('0001 03666f')],
    ['a compressed target', hex('0001 c00c')],
    ['a label of 64 octets', hex(`0001 40 ${'61'.repeat(64)} 00`)],
    ['a target of 256 octets', svcb(1, Array.from({ length: 4 }, () => 'x'.repeat(63)).join('.'))],
    ['a key cut short', hex('0001 00 00')],
    ['a value cut short', hex('0001 00 029b 0005 68656c6c')],
    ['keys in descending order', svcb(1, '.', port(853), alpn('dot'))],
    ['an alpn of no octets', svcb(1, '.', param(KEY.alpn, [0]))],
    ['an alpn cut short', svcb(1, '.', param(KEY.alpn, [4, 100]))],
    ['a port of three octets', svcb(1, '.', param(KEY.port, [0, 3, 85]))],
    ['half an IPv4 address', svcb(1, '.', param(KEY.ipv4Hint, [192, 0]))],
    ['mandatory keys in descending order', svcb(1, '.', mandatory(3, 1), alpn('dot'), port(853))],
    ['an odd list of mandatory keys', svcb(1, '.', param(KEY.mandatory, [0, 1, 0]), alpn('dot'))],
  ])('60-2 %s', (_, octets) => {
    expect(readSvcb(octets)).toBeUndefined();
  });

  test('60-1 parameters in AliasMode mean nothing', () => {
    const alias = readSvcb(svcb(0, 'other.test', alpn('dot'), ipv4Hint('192.0.2.1')));
    expect(alias).toEqual({ ...NOTHING, priority: 0, target: 'other.test.' });
  });

  test('60-2 names have one spelling', () => {
    expect(readSvcb(hex('0001 04 46 2e 4f ff 00'))?.target).toBe('f\\046o\\255.');
  });
});

test('60-2 whatever comes, nothing is thrown, and what is read says what is there', () => {
  const anyParams = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.uint8Array({ maxLength: 12 })), {
    selector: ([key]) => key,
    maxLength: 6,
  });
  fc.assert(
    fc.property(fc.nat(0xffff), anyParams, fc.uint8Array({ maxLength: 4 }), (priority, params, tail) => {
      const sorted = params.sort(([one], [other]) => one - other);
      const octets = svcb(priority, 'x.test', ...sorted.map(([key, value]) => param(key, [...value])));
      const whole = readSvcb(octets);
      if (whole !== undefined && priority > 0) expect(whole.keys).toEqual(sorted.map(([key]) => key));
      if (whole !== undefined) expect(whole).toMatchObject({ priority, target: 'x.test.' });
      readSvcb(Uint8Array.from([...octets, ...tail]));
      for (let length = 0; length < octets.length; length++) readSvcb(octets.subarray(0, length));
    }),
  );
});
