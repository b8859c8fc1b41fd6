import { expect, test } from 'vitest';
import { RandomNumbers, SentQueries, type UdpQuery } from '../../../src/transport/do53/sent-queries.js';
import { heldInBuffers } from '../../support/memory.js';

const OCTETS = 1_000_000;

/** One that keeps its id. */
function queryOf(id: number, octets: number): UdpQuery {
  const message = new Uint8Array(octets);
  message[1] = id;
  return {
    message,
    questionEnd: 0,
    keepId: true,
    limitAt: 0,
    carrier: undefined,
    unanswered() {},
    settle() {},
  };
}

test('Q14 what is done is held no longer, and late answers to it are known all the same', () => {
  const sent = new SentQueries(new RandomNumbers());
  const before = heldInBuffers();
  for (let id = 0; id < 31; id++) {
    const query = queryOf(id, OCTETS);
    sent.add(query, 0);
    expect([sent.done(query), sent.done(query)]).toEqual([true, false]);
  }
  sent.add(queryOf(31, 12), 0);
  expect(heldInBuffers() - before).toBeLessThan(2 * OCTETS);
  expect([sent.total, sent.live, sent.list().length]).toEqual([32, 1, 1]);
  expect([sent.get(30), sent.knows(30), sent.get(31)?.place, sent.knows(32)]).toEqual([undefined, true, 31, false]);
});
