import { expect, it } from 'vitest';
import { hostAddresses, type NameResolver } from '../../packages/dotscout-cli/src/input/name-servers.js';
import { findPlace } from '../../packages/dotscout-cli/src/input/names.js';
import { addressesOf } from '../../packages/dotscout-cli/src/input/prefix.js';
import { parseTarget, withoutComment } from '../../packages/dotscout-cli/src/input/target.js';
import { linesOf } from './support.js';

const texts = async (...input: string[]) => (await linesOf(...input)).map(({ text }) => text);

it('lines are read wherever the chunks are cut', async () => {
  expect(await texts('192.0.', '2.1\n192.0.2.2\n', '', '192.0.2.3')).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.3']);
});

it('a line is told by its number and its octets, be it empty or not', async () => {
  expect(await linesOf('a\n\nbc')).toEqual([
    { number: 1, text: 'a', octets: 2 },
    { number: 2, text: '', octets: 1 },
    { number: 3, text: 'bc', octets: 2 },
  ]);
});

it('ends of lines, spaces and a byte order mark of other systems are no part of a target', async () => {
  expect(await texts('\u00ef\u00bb\u00bf192.0.2.1\r\n  192.0.2.2\t\r\n')).toEqual(['192.0.2.1', '192.0.2.2']);
});

it('a line without an end is not kept', async () => {
  const endless = Array<string>(200).fill('x'.repeat(65_536));
  const [line, next] = await linesOf(...endless, '\n192.0.2.1\n');
  expect(line).toEqual({ number: 1, text: undefined, octets: 200 * 65_536 + 1 });
  expect(next).toMatchObject({ number: 2, text: '192.0.2.1' });
});

/** A target in one word: where, and behind it the port; a server's name with an @. */
function told(text: string): string | undefined {
  const target = parseTarget(text);
  if (target === undefined) return undefined;
  const port = target.port === undefined ? '' : ` ${target.port}`;
  if ('name' in target) return `${target.isServer ? '@' : ''}${target.name}${port}`;
  return `${target.first.text}${target.count === 1 ? '' : ` x ${target.count}`}${port}`;
}

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['NS1.Example.NET.', 'ns1.example.net'],
  ['_dns.example.net', '_dns.example.net'],
  ['localhost', 'localhost'],
  ['192.0.2.1:8853', '192.0.2.1 8853'],
  ['[2001:db8::1]:8853', '2001:db8::1 8853'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['2001:db8::853', '2001:db8::853'],
  ['192.0.2.1@8853', '192.0.2.1 8853'],
  ['2001:db8::1@8853', '2001:db8::1 8853'],
  ['192.0.2.1#8853', '192.0.2.1 8853'],
  ['2001:db8::1#8853', '2001:db8::1 8853'],
  ['192.0.2.1#53', '192.0.2.1'],
  ['@192.0.2.1', '192.0.2.1'],
  ['@2001:db8::1', '2001:db8::1'],
  ['tls://192.0.2.1', '192.0.2.1'],
  ['TLS://[2001:db8::1]:8853', '2001:db8::1 8853'],
  ['tls://dns.example.net', '@dns.example.net'],
  ['@dns.example.net', '@dns.example.net'],
  ['dns.example.net:853', '@dns.example.net 853'],
  ['dns.example.net@853', '@dns.example.net 853'],
  ['1,Example.org', 'example.org'],
  ['192.0.2.0/24', '192.0.2.0 x 256'],
  ['192.0.2.77/30', '192.0.2.76 x 4'],
  ['192.0.2.1/32', '192.0.2.1'],
  ['::ffff:192.0.2.77/126', '192.0.2.76 x 4'],
  ['10.0.16.0/20', '10.0.16.0 x 4096'],
  ['2001:db8::/120', '2001:db8:: x 256'],
])('%s is the target %s', (text, expected) => {
  expect(told(text)).toBe(expected);
});

it.each([
  '192.0.2.300',
  '1.2.3',
  '',
  '.',
  'a..b',
  'a.-b.c',
  'two words',
  'x'.repeat(64),
  `${'a.'.repeat(130)}b`,
  'größe.de',
  '192.0.2.1:0',
  '192.0.2.1:65536',
  '192.0.2.1#note',
  '2001:db8::1:8853x',
  '@',
  'tls://',
  '@@192.0.2.1',
  'https://192.0.2.1',
  '1,192.0.2.1',
  '10.0.0.0/19',
  '2001:db8::/64',
  '192.0.2.0/33',
  'example.org/24',
  '192.0.2.0/24:853',
])('%j is no target', (text) => {
  expect(parseTarget(text)).toBeUndefined();
});

it('a prefix is all of its addresses, whatever stands behind its bits', () => {
  const target = parseTarget('2001:db8::ff/126');
  expect(target !== undefined && 'first' in target ? [...addressesOf(target)].map(({ text }) => text) : []).toEqual([
    '2001:db8::fc',
    '2001:db8::fd',
    '2001:db8::fe',
    '2001:db8::ff',
  ]);
});

it.each([
  ['# all of it', ''],
  ['192.0.2.1 # a server', '192.0.2.1'],
  ['192.0.2.1#853\t# a server', '192.0.2.1#853'],
  ['192.0.2.1#853', '192.0.2.1#853'],
])('of the line %j a scan reads %j', (line, read) => {
  expect(withoutComment(line)).toBe(read);
});

/** A resolver that knows these names. */
function resolverOf(records: Readonly<Record<string, readonly string[]>>): NameResolver & { readonly asked: string[] } {
  const asked: string[] = [];
  const find = (type: string) => async (name: string) => {
    asked.push(`${type} ${name}`);
    const found = records[`${type} ${name}`];
    if (found === undefined) throw Object.assign(new Error(name), { code: 'ENODATA' });
    if (found.length === 0) throw Object.assign(new Error(name), { code: 'ETIMEOUT' });
    return [...found];
  };
  return { asked, resolve4: find('A'), resolve6: find('AAAA'), resolveNs: find('NS') } as never;
}

const textsOf = (addresses: readonly { readonly text: string }[]) => addresses.map(({ text }) => text);
const named = (name: string, isServer = false) => ({ name, isServer, port: undefined });

it('the name of a zone stands for its name servers, that of a host and that of a server for its own addresses', async () => {
  const resolver = resolverOf({
    'NS example.test': ['ns2.example.test', 'ns1.example.test'],
    'A ns1.example.test': ['192.0.2.1'],
    'AAAA ns1.example.test': ['2001:db8::1'],
    'A ns2.example.test': ['192.0.2.2', '192.0.2.1'],
    'A example.test': ['192.0.2.80'],
  });
  const zone = await findPlace(resolver, named('example.test'));
  expect([textsOf(zone.addresses), zone.zone]).toEqual([['2001:db8::1', '192.0.2.1', '192.0.2.2'], 'example.test']);
  const host = await findPlace(resolver, named('ns1.example.test'));
  expect([textsOf(host.addresses), host.zone]).toEqual([['2001:db8::1', '192.0.2.1'], undefined]);
  const server = await findPlace(resolver, named('example.test', true));
  expect([textsOf(server.addresses), server.zone]).toEqual([['192.0.2.80'], undefined]);
});

it('where nobody says whether a name is a zone’s, its own addresses do not stand in for name servers', async () => {
  const resolver = resolverOf({ 'NS example.test': [], 'A example.test': ['192.0.2.80'] });
  await expect(findPlace(resolver, named('example.test'))).rejects.toMatchObject({ code: 'ETIMEOUT' });
  expect(resolver.asked).toEqual(['NS example.test']);
});

it('of a zone with more name servers than any, no more are looked at', async () => {
  const many = Array.from({ length: 1_000 }, (_, at) => `ns${at}.example.test`);
  const addresses = Array.from({ length: 100 }, (_, at) => `192.0.2.${at}`);
  const records = Object.fromEntries(many.map((name) => [`A ${name}`, addresses]));
  const resolver = resolverOf({ 'NS example.test': many, ...records });
  const place = await findPlace(resolver, named('example.test'));
  expect([resolver.asked.length, place.addresses.length]).toEqual([1 + 2 * 32, 32]);
});

it('localhost is known by the hosts file, and nobody is asked for it', async () => {
  const resolver = resolverOf({});
  expect(textsOf((await findPlace(resolver, named('localhost'))).addresses)).toContain('127.0.0.1');
  expect(textsOf(await hostAddresses(resolver, 'a.localhost'))).toEqual(['127.0.0.1', '::1']);
  expect(resolver.asked).toEqual([]);
});
