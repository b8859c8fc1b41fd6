import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import os from 'node:os';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { Endpoint } from '../../../src/state/model.js';
import { startFaultServer, VirtualClock } from '../../../src/testing/index.js';
import { DotExchange } from '../../../src/transport/dot/exchange.js';
import { PathChanges } from '../../../src/transport/dot/path-changes.js';
import { dotAt, nameOf, query } from '../support.js';

/** Our interfaces have these addresses from now on. */
function ours(...addresses: string[]): void {
  vi.spyOn(os, 'networkInterfaces').mockReturnValue({ lo: addresses.map((address) => ({ address })) } as never);
  syncBuiltinESMExports();
}

afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
});

test('Q32 an address that is gone is told of at the first look a second later, once; one that is new is not', async () => {
  const clock = new VirtualClock();
  const path = new PathChanges(clock);
  const look = (address: string | undefined) => [path.lostOne(clock.now()), path.isOurs(address)];
  ours('127.0.0.1', '192.0.2.1');
  expect([look('192.0.2.1'), look(undefined)]).toEqual([
    [false, true],
    [false, true],
  ]);
  ours('127.0.0.1', '192.0.2.2');
  await clock.advance(999);
  expect(look('192.0.2.1')).toEqual([false, true]);
  await clock.advance(1);
  expect(look('192.0.2.1')).toEqual([true, false]);
  ours('127.0.0.1', '192.0.2.2', '192.0.2.3');
  await clock.advance(1_000);
  expect(look('192.0.2.3')).toEqual([false, true]);
});

/** Behind a front that passes nothing on while the path is lost, and counts what it accepts. */
interface Way {
  readonly clock: VirtualClock;
  readonly exchange: DotExchange;
  readonly endpoint: Endpoint;
  readonly front: Server;
  readonly path: { isLost: boolean; connections: number };
  ask(name: string): Promise<string>;
}

async function way(): Promise<Way> {
  ours('127.0.0.1', '192.0.2.1');
  const clock = new VirtualClock();
  const server = await startFaultServer();
  const path = { isLost: false, connections: 0 };
  const front = createServer((from) => {
    path.connections++;
    from.on('error', () => from.destroy());
    if (path.isLost) return;
    const to = connect(server.dotPort, server.address);
    to.on('error', () => from.destroy());
    to.on('close', () => from.destroy());
    from.on('close', () => to.destroy());
    from.pipe(to).pipe(from);
  });
  front.listen(0, server.address);
  await once(front, 'listening');
  const exchange = new DotExchange({ clock, guard: { admits: () => true } });
  onTestFinished(async () => {
    await exchange.close();
    front.close();
    await server.close();
  });
  const endpoint = dotAt((front.address() as AddressInfo).port, server.address);
  const ask = (name: string) =>
    exchange.exchange(endpoint, query(name), { signal: AbortSignal.timeout(20_000) }).then(nameOf);
  await ask('a.test');
  exchange.closeEndpoint(endpoint.key);
  return { clock, exchange, endpoint, front, path, ask };
}

const CHANGES: [string, (clock: VirtualClock) => void][] = [
  ['our address goes', () => ours('127.0.0.1')],
  ['the machine sleeps', (clock) => clock.sleep(3_600_000)],
  [
    'the machine sleeps and wakes up elsewhere',
    (clock) => {
      clock.sleep(3_600_000);
      ours('127.0.0.1');
    },
  ],
];

test.each(CHANGES)(
  'Q32 %s while a session is being opened: the next query opens another, which takes all',
  async (_, happens) => {
    const { clock, exchange, front, path, ask } = await way();
    path.isLost = true;
    const fresh = once(front, 'connection');
    const stuck = ask('b.test');
    await fresh;
    path.isLost = false;
    happens(clock);
    await clock.advance(1_000);
    expect(await Promise.all([stuck, ask('c.test')])).toEqual(['b.test', 'c.test']);
    expect(exchange.sessions).toMatchObject({ opened: 2, open: 1 });
    expect(path.connections).toBe(3);
  },
);

test.each(CHANGES)(
  'Q32 %s while a session is being opened for a query that has left: that tells nothing of the server',
  async (_, happens) => {
    const { clock, exchange, endpoint, front, path, ask } = await way();
    path.isLost = true;
    const fresh = once(front, 'connection');
    const left = exchange.attempt(endpoint, query('b.test'), 5_000);
    const ended = expect(left.done).rejects.toMatchObject({ failure: { kind: 'local' } });
    await fresh;
    left.withdraw();
    path.isLost = false;
    happens(clock);
    await clock.advance(1_000);
    expect(await ask('c.test')).toBe('c.test');
    // Longer than its limit: it would end as the path's silence.
    await clock.advance(10_000);
    await ended;
  },
);
