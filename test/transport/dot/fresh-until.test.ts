import { expect, test } from 'vitest';
import { TransportError } from '../../../src/common/errors.js';
import { VirtualClock } from '../../../src/testing/index.js';
import { DotExchange } from '../../../src/transport/dot/exchange.js';
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
    ...{ clock: new VirtualClock({ now: 0 }), shapes: new QueryShapes(), unplace: () => true, freshMs: () => 300 },
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
  // TCP takes one of the three round trips to the first answer.
  expect([placed.length, fresh?.afterSilence, asked.freshUntil]).toEqual([2, true, 100]);
  if (fresh !== undefined) fresh.session = { phase: 'handshake', up: undefined } as DotSession;
  expect(asked.freshUntil).toBe(300);
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
