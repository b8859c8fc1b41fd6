import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { TransportError } from '../../../src/common/errors.js';
import type { Endpoint } from '../../../src/state/model.js';
import { VirtualClock } from '../../../src/testing/index.js';
import { DotExchange } from '../../../src/transport/dot/exchange.js';
import { FreshTimes } from '../../../src/transport/dot/fresh-times.js';
import { DotQuery, type DotSend } from '../../../src/transport/dot/query.js';
import { QueryShapes } from '../../../src/transport/dot/query-shapes.js';
import type { DotSession } from '../../../src/transport/dot/session.js';
import { lostPath } from '../../support/lost-path.js';
import { dotAt, openGuard, query } from '../support.js';

/** No stall of a busy machine uses it up, in milliseconds. */
const PATIENCE = 30_000;

/** Makes queries whose sendings are all given to a session at once, and lists those. */
function placing(session: object): { placed: DotSend[]; make: () => DotQuery } {
  const placed: DotSend[] = [];
  const context = {
    ...{ clock: new VirtualClock({ now: 0 }), shapes: new QueryShapes(), unplace: () => true },
    freshTime: () => ({ connectMs: 30, answerMs: 300 }),
    place(send: DotSend) {
      placed.push(send);
      send.session = { ...session } as DotSession;
    },
  };
  const request = { endpoint: dotAt(853), message: query('a.example.org'), timeoutMs: 4_000, authenticator: undefined };
  return { placed, make: () => new DotQuery(context, request, { answered: () => undefined, failed: () => undefined }) };
}

test('Q20 a fresh session whose TCP is not established in its time is waited for no longer; one that is, for all its time', () => {
  const { placed, make } = placing({ phase: 'connect', up: undefined });
  const asked = make();
  asked.start();
  expect(asked.freshUntil).toBe(0);
  asked.suspected(false);
  const [, fresh] = placed;
  expect([placed.length, fresh?.afterSilence, asked.freshUntil]).toEqual([2, true, 30]);
  if (fresh !== undefined) fresh.session = { phase: 'handshake', up: undefined } as DotSession;
  expect(asked.freshUntil).toBe(300);
});

test('Q20 a fresh session is given half as much time as it takes, TCP one round trip, and at most 750 ms', () => {
  const times = new FreshTimes();
  expect(times.of('unknown')).toEqual({ connectMs: 67, answerMs: 200 });
  // A busy start makes the handshake long, and not the round trip.
  times.opened('far', 20, 100);
  expect(times.of('far')).toEqual({ connectMs: 30, answerMs: 210 });
  times.opened('far', 20, 20);
  expect(times.of('far')).toEqual({ connectMs: 30, answerMs: 195 });
  times.opened('slow', 600, 3_000);
  expect(times.of('slow')).toEqual({ connectMs: 750, answerMs: 750 });
});

test('Q37 what nobody waits for any more is asked again on a fresh session only where that may be opened at once', () => {
  const { placed, make } = placing({ phase: 'answer', up: {}, withdraw: () => false });
  const [waitedFor, left] = [make(), make()];
  waitedFor.start();
  left.start();
  expect(left.withdraw()).toBe(false);
  waitedFor.suspected(false);
  left.suspected(false);
  expect(placed.map(({ openingMs }) => openingMs)).toEqual([1_000, 0, 1_000, 0]);
  // So is what had been asked again before, and is lost.
  waitedFor.withdraw();
  placed[2]?.settle({ error: new TransportError({ phase: 'answer', kind: 'closed' }), retry: 'once' });
  expect(placed[4]?.openingMs).toBe(0);
});

test('Q20 while a session is opened in place of a silent one, queries wait no longer than for an open one', async () => {
  const path = await lostPath();
  await using exchange = new DotExchange({ guard: openGuard, timeoutMs: PATIENCE });
  const ask = (name: string) => exchange.attempt(path.dot, query(name), PATIENCE);
  expect(exchange.isOpen(path.dot)).toBe(false);
  await ask('a.example.org').done;
  const { fresh } = path.lose();
  const second = ask('b.example.org');
  await fresh;
  expect(exchange.isOpen(path.dot)).toBe(true);
  path.restoreFirst();
  await second.done;
});

test('Q20 a session that has fallen silent counts as open while the one in its place waits until it may be opened', async () => {
  const path = await lostPath();
  const clock = new VirtualClock();
  await using exchange = new DotExchange({ guard: openGuard, clock, timeoutMs: PATIENCE });
  const ask = (dot: Endpoint, name: string) => exchange.attempt(dot, query(name), PATIENCE);
  await ask(path.dot, 'a.example.org').done;
  path.lose();
  const second = ask(path.dot, 'b.example.org');
  // What else is being opened leaves no room, eight in a turn of the loop.
  const others = await muteServers(16);
  for (const other of others) ask(other, 'c.example.org');
  while (exchange.sessions.open < 1 + others.length) await nextTurn();
  await clock.advance(250);
  expect(second.freshUntil).toBeGreaterThan(0);
  expect([exchange.sessions.open, path.connections, exchange.isOpen(path.dot)]).toEqual([17, 1, true]);
  path.restoreFirst();
  await second.done;
});

/** Endpoints where connections are taken, and nothing is ever said. */
async function muteServers(count: number): Promise<Endpoint[]> {
  const server = createServer().listen(0, '0.0.0.0');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return Array.from({ length: count }, (_, index) => dotAt(port, `127.0.1.${1 + index}`));
}
