import { expect, it } from 'vitest';
import { parseAddress } from '../../src/state/address/address.js';
import { type EndpointState, endpointKey, InvalidInputError, statusOf } from '../../src/state/index.js';
import { ASKED, badSince, CONTACT, goodSince, Life } from './life.js';

it.each<[string, EndpointState | undefined]>([
  ['Unknown', undefined],
  ['Unknown', new Life().at(0, CONTACT).unknown],
  ['Unknown', new Life().at(0, ASKED).unknown],
  ['Busy', new Life().at(0, ASKED).start(0).unknown],
  ['Good', goodSince(0).good],
  ['Good', goodSince(0).at(0, ASKED).start(0).good],
  ['Bad', badSince(0).bad],
  ['Bad', badSince(0).at(0, ASKED).start(0).bad],
])('people see %s', (status, state) => {
  expect(statusOf(state)).toBe(status);
});

it('a key tells all that makes an endpoint another', () => {
  const parts = { address: '192.0.2.1', port: 853, transport: 'dot' };
  expect([endpointKey(parts), endpointKey({ ...parts, localAddress: '10.0.0.1' })]).toEqual([
    '192.0.2.1|853|dot',
    '192.0.2.1|853|dot|10.0.0.1',
  ]);
});

it('what was wrong is shown in a hundred characters, quotes included', () => {
  const shown = (length: number) => new InvalidInputError('INVALID_ZONE', 'x'.repeat(length), 'a name').value;
  expect([shown(98), shown(99)]).toEqual([`"${'x'.repeat(98)}"`, `"${'x'.repeat(98)}…`]);
  expect(new InvalidInputError('INVALID_ZONE', null, 'a name').value).toBe('null');
  expect(() => parseAddress('')).toThrow('INVALID_ADDRESS: got "", expected an IPv4 or IPv6 address');
});
