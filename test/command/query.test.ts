import { expect, it } from 'vitest';
import { unprobed } from '../../packages/dotscout-cli/src/look/record.js';
import { differencesOf } from '../../packages/dotscout-cli/src/query/compare.js';
import { queriesFor } from '../../packages/dotscout-cli/src/query/queries.js';
import { lastingText, recordText } from '../../packages/dotscout-cli/src/query/record-text.js';
import { reportOf } from '../../packages/dotscout-cli/src/query/report.js';
import { type Answered, readSide, type Side } from '../../packages/dotscout-cli/src/query/side.js';
import { reportOf as zoneReportOf } from '../../packages/dotscout-cli/src/zone/report.js';
import type { ResourceRecord } from '../../src/resolver/index.js';

const HEAD = { name: 'a.test', class: 'IN', ttl: 60 } as const;
const TIMES = { connectMs: 1.5, handshakeMs: 2, answerMs: 0.5 };
const octets = (text: string) => Buffer.from(text, 'latin1');

it.each<[ResourceRecord['type'], unknown, string]>([
  ['A', '192.0.2.1', '192.0.2.1'],
  ['AAAA', '2001:db8::1', '2001:db8::1'],
  ['NS', 'ns\\.1.a.test', 'ns\\.1.a.test.'],
  ['NS', '.', '.'],
  ['MX', { preference: 10, exchange: 'mx.a.test' }, '10 mx.a.test.'],
  ['TXT', [octets('a "b" \\'), octets('\u001b[2J\n\u00ff')], '"a \\"b\\" \\\\" "\\027[2J\\010\\255"'],
  ['CAA', { flags: 0, issuerCritical: false, tag: 'is sue\u0007', value: 'ca\u001b' }, '0 is\\032sue\\007 "ca\\027"'],
  ['SRV', { priority: 1, weight: 2, port: 853, target: 't.test' }, '1 2 853 t.test.'],
  [
    'SOA',
    { mname: 'ns.a.test', rname: 'h.a.test', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
    'ns.a.test. h.a.test. 1 2 3 4 5',
  ],
  ['HINFO', { cpu: 'RFC8482', os: '' }, '"RFC8482" ""'],
  ['RP', { mbox: 'm.test', txt: '.' }, 'm.test. .'],
  [
    'NAPTR',
    { order: 1, preference: 2, flags: 'S', services: 'x', regexp: '!a"!', replacement: 'r.test' },
    '1 2 "S" "x" "!a\\"!" r.test.',
  ],
  ['DS', { keyTag: 1, algorithm: 13, digestType: 2, digest: Buffer.from([171, 205]) }, '1 13 2 abcd'],
  ['DNSKEY', { flags: 257, algorithm: 13, key: Buffer.from([1, 2, 3]) }, '257 3 13 AQID'],
  ['TLSA', { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from([255]) }, '3 1 1 ff'],
  ['NSEC', { nextDomain: 'b.test', rrtypes: ['A', 'UNKNOWN_64'] }, 'b.test. A TYPE64'],
  [
    'NSEC3',
    // The example of RFC 5155 appendix A: H(example).
    {
      ...{ algorithm: 1, flags: 1, iterations: 12, salt: Buffer.from('aabbccdd', 'hex'), rrtypes: ['NS'] },
      nextDomain: Buffer.from('065368abeed7ec6e9feba96b8c8bc3e8b791f716', 'hex'),
    },
    '1 1 12 aabbccdd 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NS',
  ],
  [
    'RRSIG',
    {
      ...{ typeCovered: 'A', algorithm: 13, labels: 2, originalTTL: 60, expiration: 1_800_000_000 },
      ...{ inception: 1_700_000_000, keyTag: 7, signersName: 'a.test', signature: Buffer.from([0]) },
    },
    'A 13 2 60 20270115080000 20231114221320 7 a.test. AA==',
  ],
  ['SVCB', octets('\u0000\u0001\u001b'), '\\# 3 00011b'],
  ['TYPE65280', Buffer.alloc(0), '\\# 0'],
])(
  'a record of type %s is written as a zone file has it, and nothing of it reaches the terminal raw',
  (type, data, text) => {
    const record = { ...HEAD, type, data } as ResourceRecord;
    expect(recordText(record)).toBe(`a.test. 60 IN ${type} ${text}`);
    expect(lastingText(record)).toBe(`a.test. IN ${type} ${text}`);
  },
);

const A = { ...HEAD, type: 'A', data: '192.0.2.1' } as const;
const OTHER = { ...A, data: '192.0.2.2' } as const;
const SIDE: Answered = {
  ...{ failure: null, rcode: 'NOERROR', flags: ['aa'], worth: 'sound', word: 'answer', octets: 62, padding: null },
  ...{ ...TIMES, answers: [A, OTHER], authorities: [], additionals: [] },
};
const FAILED: Side = { ...TIMES, failure: 'connect: refused' };

it.each<[string, Side, Side, string]>([
  ['nothing', SIDE, SIDE, ''],
  ['nothing but the order', SIDE, { ...SIDE, answers: [OTHER, A] }, ''],
  ['nothing but what is left of a TTL', SIDE, { ...SIDE, answers: [{ ...A, ttl: 3 }, OTHER] }, ''],
  ['nothing but size and padding', SIDE, { ...SIDE, octets: 468, padding: 400 }, ''],
  ['a record', SIDE, { ...SIDE, answers: [A] }, 'answer'],
  ['the RCODE', SIDE, { ...SIDE, rcode: 'REFUSED' }, 'rcode'],
  ['flags', SIDE, { ...SIDE, flags: [] }, 'flags'],
  ['worth', SIDE, { ...SIDE, worth: 'doubtful', word: 'no-aa' }, 'worth'],
  ['why it is worth so much', SIDE, { ...SIDE, word: 'referral' }, 'worth'],
  ['the other sections', SIDE, { ...SIDE, authorities: [A], additionals: [A] }, 'authority,additional'],
  ['whether there is an answer', FAILED, SIDE, 'reached'],
  ['nothing: neither answers', FAILED, FAILED, ''],
])('answers differ in %s', (_, dot, do53, differences) => {
  expect(differencesOf(dot, do53).join()).toBe(differences);
});

it('the same is asked over both, with EDNS; padding is asked for over DoT alone', () => {
  const { dot, do53 } = queriesFor({ name: 'a.test', type: 'A' });
  expect(dot.subarray(0, 24)).toEqual(do53.subarray(0, 24));
  expect(dot.subarray(24).toString('hex')).toBe('00002904d0000000000004000c0000');
  expect(do53.subarray(24).toString('hex')).toBe('00002904d0000000000000');
});

it('what the zone’s server says is not there is sound: nobody else is asked', () => {
  const { do53 } = queriesFor({ name: 'a.test', type: 'A' });
  const answer = Buffer.from(do53);
  answer.writeUInt16BE(0x8403, 2);
  const said = { rcode: 'NXDOMAIN', flags: ['aa'], worth: 'sound', word: 'nxdomain', octets: 35, padding: null };
  expect(readSide(do53, answer, TIMES)).toMatchObject({ failure: null, ...said });
});

it('an answer whose records cannot be read is no answer', () => {
  const { do53 } = queriesFor({ name: 'a.test', type: 'A' });
  const answer = Buffer.concat([do53.subarray(0, 24), Buffer.from('c00c00010001000000010003010203', 'hex')]);
  answer.writeUInt16BE(0x8400, 2);
  answer.writeUInt16BE(1, 6);
  answer.writeUInt16BE(0, 10);
  expect(readSide(do53, answer, TIMES)).toEqual({ ...TIMES, failure: 'answer: its records cannot be read' });
});

const tls = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', alpn: 'dot', authorized: false } as const;
/** Lines that are longer than they should be, but for those of one long word. */
const tooLong = (lines: readonly string[], width: number) =>
  lines.filter((line) => line.length > width && line.trim().includes(' '));

it.each([40, 60])('on %i columns a comparison fits', (width) => {
  const long = { ...A, type: 'TXT', data: Array(9).fill(octets('some text')) } as unknown as ResourceRecord;
  const side: Answered = { ...SIDE, worth: 'doubtful', word: 'nxdomain-no-aa', additionals: [long] };
  const differences = differencesOf(side, SIDE);
  const asked = { name: 'a.very.long.name.of.a.host.test', type: 'AAAA', server: '2001:db8::1 port 8853' };
  const lines = reportOf(asked, { dot: side, do53: SIDE, tls }, differences, (_, text) => text, width);
  expect(tooLong(lines, width)).toEqual([]);
  expect(lines.join('\n')).toContain('nxdomain-no-aa');
});

it('on 40 columns a zone’s name servers stand one below the other', () => {
  const record = unprobed({ address: '2001:db8::1', port: 853, name: 'ns.a.test' }, 'guard');
  const found = [
    { name: 'ns.a.test', records: [record] },
    { name: 'gone.a.test', records: [{ ...record, address: null, kind: 'unresolved' }] },
  ];
  expect(zoneReportOf('a.test', found, (_, text) => text, 40)).toEqual([
    'a.test: 0 of 2 name servers speak DoT',
    '',
    'ns.a.test',
    '  unknown  2001:db8::1',
    '    the guard forbids it; --allow',
    '    2001:db8::1 admits it',
    'gone.a.test',
    '  unknown',
    '    no address found',
  ]);
});
