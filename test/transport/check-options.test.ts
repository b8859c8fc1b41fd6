import { expect, test } from 'vitest';
import type { Endpoint } from '../../src/state/model.js';
import { Do53Exchange } from '../../src/transport/do53/exchange.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import type { ExchangeOptions } from '../../src/transport/exchange.js';
import { do53At, dotAt, never, openGuard, query } from './support.js';

const exchanges = [
  ['DotExchange', () => new DotExchange({ guard: openGuard }), dotAt(5399)],
  ['Do53Exchange', () => new Do53Exchange(), do53At(5399)],
] as const;

const cases = exchanges.flatMap(([name, make, endpoint]) => {
  const { key: _, ...keyless } = endpoint;
  return [
    [name, 'an endpoint without key', make, keyless, 'key'],
    [name, 'an endpoint with an empty key', make, { ...endpoint, key: '' }, 'key'],
    [name, 'an address for an endpoint', make, '127.0.0.1', 'key'],
    [name, 'no endpoint', make, undefined, 'key'],
    [name, 'an endpoint without port', make, { ...endpoint, port: undefined }, 'port'],
  ] as const;
});

test.each(cases)('%s is asked of %s: told so, never sent to another', async (_name, _what, make, endpoint, missing) => {
  await using exchange = make();
  const error = { name: 'InvalidInputError', code: 'INVALID_SERVER', expected: expect.stringContaining(missing) };
  const asked = exchange.exchange(endpoint as Endpoint, query('a.test'), { signal: never });
  await expect(asked).rejects.toMatchObject(error);
  expect(() => exchange.attempt(endpoint as Endpoint, query('a.test'), 1000)).toThrow('INVALID_SERVER');
});

test.each(
  exchanges.flatMap(([name, make, endpoint]) =>
    [undefined, null, {}, { signal: 'soon' }].map((options) => [name, options, make, endpoint] as const),
  ),
)('%s is given %j for options: told so', async (_name, options, make, endpoint) => {
  await using exchange = make();
  const asked = exchange.exchange(endpoint, query('a.test'), options as unknown as ExchangeOptions);
  await expect(asked).rejects.toMatchObject({ code: 'INVALID_OPTION', expected: expect.stringContaining('signal') });
});
