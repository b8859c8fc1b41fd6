import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Do53Exchange } from '../../src/transport/do53/exchange.js';
import { isTruncated, rcodeOf } from '../../src/wire/message.js';
import { startBind, startNsd } from '../support/servers.js';
import { do53At, nameOf, never, query } from '../transport/support.js';

const TXT = 16;

/** Answers of 1,300 octets, which do not fit into a datagram of 512. */
const BIG_ZONE = `$ORIGIN big.test.
$TTL 3600
@ SOA ns hostmaster 1 7200 3600 1209600 60
@ NS ns
ns A 127.0.0.1
* TXT ${Array.from({ length: 6 }, () => `"${'x'.repeat(200)}"`).join(' ')}
`;

/** TCP connections of this machine to a port that are established. */
function connectionsTo(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'latin1').split('\n').slice(1);
  return lines.filter((line) => {
    const [, , to, state] = line.trim().split(/\s+/);
    return to?.endsWith(remote) && state === '01';
  }).length;
}

describe.each([
  ['NSD', startNsd],
  ['BIND', startBind],
])('%s', (_name, start) => {
  test('queries one after another and many at once: each its answer', async () => {
    await using server = await start({ tls: 'none' });
    await using exchange = new Do53Exchange();
    const endpoint = do53At(server.port, server.address);
    const ask = async (name: string) => {
      const answer = await exchange.exchange(endpoint, query(name), { signal: never });
      return [nameOf(answer), rcodeOf(answer)];
    };
    for (let i = 0; i < 50; i++) expect(await ask(`s${i}.example.test`)).toEqual([`s${i}.example.test`, 0]);
    // No more than what fits into the server's socket at once: about 270 datagrams.
    const names = Array.from({ length: 200 }, (_, i) => `m${i}.example.test`);
    expect(await Promise.all(names.map(ask))).toEqual(names.map((name) => [name, 0]));
  });

  test('answers that do not fit: all of them over one TCP session', async () => {
    await using server = await start({ tls: 'none', zones: { 'big.test': BIG_ZONE } });
    await using exchange = new Do53Exchange();
    const endpoint = do53At(server.port, server.address);
    const ask = async (name: string) => {
      const answer = await exchange.exchange(endpoint, query(name, 1, TXT), { signal: never });
      return [nameOf(answer), isTruncated(answer), answer.length > 1200];
    };
    for (let i = 0; i < 5; i++) expect(await ask(`s${i}.big.test`)).toEqual([`s${i}.big.test`, false, true]);
    const names = Array.from({ length: 100 }, (_, i) => `m${i}.big.test`);
    expect(await Promise.all(names.map(ask))).toEqual(names.map((name) => [name, false, true]));
    expect(connectionsTo(server.port)).toBe(1);
  });
});
