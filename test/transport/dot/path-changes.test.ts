import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { connect, createServer } from 'node:net';
import os from 'node:os';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
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
  const lostOne = vi.fn();
  const path = new PathChanges(clock, lostOne);
  ours('127.0.0.1', '192.0.2.1');
  expect([path.isOurs('192.0.2.1', clock.now()), path.isOurs(undefined, clock.now())]).toEqual([true, true]);
  ours('127.0.0.1', '192.0.2.2');
  await clock.advance(999);
  expect([path.isOurs('192.0.2.1', clock.now()), lostOne.mock.calls.length]).toEqual([true, 0]);
  await clock.advance(1);
  expect([path.isOurs('192.0.2.1', clock.now()), lostOne.mock.calls.length]).toEqual([false, 1]);
  ours('127.0.0.1', '192.0.2.2', '192.0.2.3');
  await clock.advance(1_000);
  expect([path.isOurs('192.0.2.3', clock.now()), lostOne.mock.calls.length]).toEqual([true, 1]);
});

test.each<[string, (clock: VirtualClock) => void]>([
  ['our address goes', () => ours('127.0.0.1')],
  ['the machine sleeps', (clock) => clock.sleep(3_600_000)],
])('Q32 %s while a session is being opened: the next query opens another, which takes all', async (_, happens) => {
  ours('127.0.0.1', '192.0.2.1');
  const clock = new VirtualClock();
  const server = await startFaultServer();
  let isLost = false;
  const front = createServer((from) => {
    from.on('error', () => from.destroy());
    if (isLost) return;
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
  const endpoint = dotAt((front.address() as { port: number }).port, server.address);
  const ask = (name: string) =>
    exchange.exchange(endpoint, query(name), { signal: AbortSignal.timeout(20_000) }).then(nameOf);
  await ask('a.test');
  exchange.closeEndpoint(endpoint.key);
  isLost = true;
  const fresh = once(front, 'connection');
  const stuck = ask('b.test');
  await fresh;
  isLost = false;
  happens(clock);
  await clock.advance(1_000);
  expect(await Promise.all([stuck, ask('c.test')])).toEqual(['b.test', 'c.test']);
  expect(exchange.sessions).toMatchObject({ opened: 2, open: 1 });
});
