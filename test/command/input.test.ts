import { expect, it } from 'vitest';
import { parseTarget } from '../../packages/dotscout-cli/src/input/target.js';
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

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['NS1.Example.NET.', 'ns1.example.net'],
  ['_dns.example.net', '_dns.example.net'],
  ['localhost', 'localhost'],
])('%s is the target %s', (text, expected) => {
  const target = parseTarget(text);
  expect(target !== undefined && ('name' in target ? target.name : target.address.text)).toBe(expected);
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
])('%j is no target', (text) => {
  expect(parseTarget(text)).toBeUndefined();
});
