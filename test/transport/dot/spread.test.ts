import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/index.js';
import { DotExchange } from '../../../src/transport/dot/exchange.js';
import { NagleServer } from '../../support/nagle-server.js';
import { dotAt, openGuard, query } from '../support.js';

const ROUND_TRIP_MS = 20;

class Lab implements AsyncDisposable {
  readonly clock = new VirtualClock();
  readonly server: NagleServer;
  readonly exchange: DotExchange;
  /** How long answers took, in milliseconds, in the order in which they came. */
  readonly times: number[] = [];

  constructor(roundTripMs = ROUND_TRIP_MS) {
    this.server = new NagleServer(this.clock, roundTripMs);
    this.exchange = new DotExchange({ clock: this.clock, guard: openGuard, connect: this.server.connect });
  }

  ask(name = 'a.test'): Promise<number> {
    return this.exchange.attempt(dotAt(1), query(name), 4_000).done.then(({ times }) => {
      this.times.push(times.answer ?? Number.NaN);
      return times.answer ?? Number.NaN;
    });
  }

  /** Two queries, one so long after the other, and a pause; how long the second took. */
  async pair(distanceMs = 3, pauseMs = 100): Promise<number> {
    const first = this.ask();
    await this.server.pass(distanceMs);
    const second = this.ask();
    await this.server.pass(pauseMs);
    return (await Promise.all([first, second]))[1];
  }

  async pairs(count: number, distanceMs = 3, pauseMs = 100): Promise<number[]> {
    const times: number[] = [];
    for (let pair = 0; pair < count; pair++) times.push(await this.pair(distanceMs, pauseMs));
    return times;
  }

  async [Symbol.asyncDispose]() {
    await this.exchange.close();
  }
}

/** How many pairs it takes until a second session stands: four show that answers wait, one more that it goes on, and the first
 * shows nothing: the tickets are before it. */
const PAIRS_TO_LEARN = 6;

async function learnt(): Promise<Lab> {
  const lab = new Lab();
  await lab.pairs(PAIRS_TO_LEARN);
  return lab;
}

describe('answers that wait for our acknowledgement', () => {
  test('Q22 seen again and again they get a second session, resumed, and wait no more', async () => {
    await using lab = new Lab();
    const before = await lab.pairs(PAIRS_TO_LEARN - 1);
    // The first of all waits for the acknowledgement of the tickets.
    expect(before.slice(1).every((ms) => ms === 37 || ms === 38)).toBe(true);
    expect(lab.server.connections).toHaveLength(1);
    // The query that shows the need does not wait for the opening.
    expect(await lab.pair()).toBe(37);
    expect(lab.exchange.sessions).toEqual({ opened: 2, open: 2, resumed: 1 });
    expect(new Set(await lab.pairs(10))).toEqual(new Set([ROUND_TRIP_MS]));
    expect(lab.server.connections[1]?.queries).toHaveLength(10);
  });

  test('Q22 four sessions at most, one more at a time', async () => {
    await using lab = await learnt();
    for (let round = 0; round < 20; round++) {
      const asked = Array.from({ length: 8 }, async () => lab.ask());
      await lab.server.pass(1);
      asked.push(lab.ask());
      await lab.server.pass(99);
      await Promise.all(asked);
    }
    // This server gives two tickets at a full handshake, and none at a resumed one.
    expect(lab.exchange.sessions).toEqual({ opened: 4, open: 4, resumed: 2 });
    expect(new Set(await lab.pairs(5))).toEqual(new Set([ROUND_TRIP_MS]));
  });

  test.each([
    ['further than a round trip apart', ROUND_TRIP_MS, 22, true],
    ['of a server that holds nothing', ROUND_TRIP_MS, 8, false],
    ['of a near server', 4, 1, true],
  ] as const)('Q22 one session for queries %s', async (_, roundTripMs, distanceMs, holds) => {
    await using lab = new Lab(roundTripMs);
    lab.server.holds = holds;
    await lab.pairs(40, distanceMs);
    expect(lab.server.connections).toHaveLength(1);
  });

  test('Q22 bursts at one moment are one need each, and seldom ones none', async () => {
    await using lab = await learnt();
    const open: number[] = [];
    for (let burst = 0; burst < 5; burst++) {
      const asked = Array.from({ length: 50 }, () => lab.ask());
      await lab.server.pass(100);
      await Promise.all(asked);
      open.push(lab.server.open);
      await lab.clock.advance(31_000);
    }
    // Both have idled meanwhile, and one is opened for the next burst.
    expect(open).toEqual([2, 1, 1, 1, 1]);
  });

  test('Q22 what is learnt is forgotten where it is not seen for ten minutes, and on another network', async () => {
    await using lab = await learnt();
    await lab.clock.advance(601_000);
    expect(lab.server.open).toBe(0);
    await lab.pairs(PAIRS_TO_LEARN - 1);
    expect(lab.server.open).toBe(1);
    await lab.pair();
    expect(lab.server.open).toBe(2);
    lab.exchange.reset();
    await lab.pairs(PAIRS_TO_LEARN - 1);
    expect(lab.server.open).toBe(1);
  });

  test('Q22 a session just opened takes no query until its tickets have come', async () => {
    await using lab = new Lab();
    await lab.pairs(PAIRS_TO_LEARN - 1);
    const asked = [lab.ask()];
    await lab.server.pass(3);
    asked.push(lab.ask());
    await lab.server.pass(21);
    expect(lab.exchange.sessions.opened).toBe(2);
    asked.push(lab.ask());
    await lab.server.pass(24);
    asked.push(lab.ask(), lab.ask());
    await lab.server.pass(100);
    await Promise.all(asked);
    expect(lab.server.connections[1]?.queries).toHaveLength(1);
  });

  test('Q22 where all are awaited, answers still owed are waited for, and one that is late for itself is not', async () => {
    await using lab = await learnt();
    const asked = [lab.ask(), lab.ask(), lab.ask()];
    await lab.server.pass(22);
    // The first session has answered one query, and owes the answer that waited for our acknowledgement.
    asked.push(lab.ask());
    await lab.server.pass(100);
    expect(await Promise.all(asked)).toEqual([ROUND_TRIP_MS, ROUND_TRIP_MS, 2 * ROUND_TRIP_MS, ROUND_TRIP_MS]);
    const [first, second] = lab.server.connections;
    const sent = second?.queries.length;
    if (first !== undefined) first.answers = 'none';
    void lab.ask();
    await lab.server.pass(26);
    void lab.ask();
    await lab.server.pass(26);
    void lab.ask();
    await lab.server.pass(26);
    expect(second?.queries).toHaveLength(sent ?? Number.NaN);
    await lab.server.pass(400);
  });

  test('Q22 a session that nobody needs any more ends before the first', async () => {
    await using lab = await learnt();
    await lab.pair();
    for (let second = 0; second < 26; second++) {
      void lab.ask();
      await lab.server.pass(100);
      await lab.clock.advance(900);
    }
    expect(lab.server.connections.map(({ isOpen }) => isOpen)).toEqual([true, false]);
    expect(new Set(lab.times.slice(-26))).toEqual(new Set([ROUND_TRIP_MS]));
  });
});

describe('several sessions share their fate', () => {
  test('Q30 one is closed upon a query: that goes to a fresh session, not to the others of before', async () => {
    await using lab = await learnt();
    for (const connection of lab.server.connections) connection.answers = 'close';
    const [first, second] = [lab.ask('b.test'), lab.ask('c.test')];
    await lab.server.pass(200);
    expect(await Promise.all([first, second])).toEqual([ROUND_TRIP_MS, expect.any(Number)]);
    expect(lab.server.connections).toHaveLength(3);
    expect(lab.server.open).toBe(1);
    // For a minute the fresh one stands alone, and then it does not.
    await lab.pairs(40);
    expect(lab.server.connections).toHaveLength(3);
    await lab.clock.advance(60_000);
    await lab.pairs(8);
    expect(lab.server.open).toBe(2);
  });

  test('Q31 one falls silent: its query goes to a fresh session, and nothing to the others of before', async () => {
    await using lab = await learnt();
    const sent = lab.server.connections.map(({ queries }) => queries.length);
    for (const connection of lab.server.connections) connection.answers = 'none';
    const asked = lab.ask('b.test');
    await lab.server.pass(400);
    expect(await asked).toBe(ROUND_TRIP_MS);
    expect(lab.server.connections.map(({ queries }) => queries.length)).toEqual([(sent[0] ?? 0) + 1, sent[1], 1]);
  });

  test('Q32 the machine sleeps: none of them is asked again', async () => {
    await using lab = await learnt();
    const sent = lab.server.connections.map(({ queries }) => queries.length);
    lab.clock.sleep(3_600_000);
    await lab.pair();
    expect(lab.server.connections.map(({ queries }) => queries.length)).toEqual([...sent, 2]);
  });

  test('Q32 the machine sleeps, and the query after meets one that is busy first: both are lost at once', async () => {
    await using lab = await learnt();
    const [first] = lab.server.connections;
    const sent = first?.queries.length ?? Number.NaN;
    const asked = [lab.ask('b.test')];
    await lab.server.pass(1);
    lab.clock.sleep(3_600_000);
    asked.push(lab.ask('c.test'));
    await lab.server.pass(100);
    expect(await Promise.all(asked)).toHaveLength(2);
    expect(first?.queries).toHaveLength(sent + 1);
    expect(lab.server.connections).toHaveLength(3);
    expect(lab.server.open).toBe(1);
  });

  test('Q33 the second one answers nothing: that costs a silence and a fresh session, and is nobody’s fault', async () => {
    await using lab = new Lab();
    await lab.pairs(PAIRS_TO_LEARN - 1);
    lab.server.answers = 'none';
    await lab.pair();
    lab.server.answers = 'all';
    const [first, second] = [lab.ask('b.test'), lab.ask('c.test')];
    await lab.server.pass(400);
    expect(await Promise.all([first, second])).toEqual([ROUND_TRIP_MS, ROUND_TRIP_MS]);
    expect(lab.server.connections.slice(1).map(({ queries }) => queries.length)).toEqual([1, 1]);
  });

  test('P19 a second one that is never opened delays no query, and none is tried for a minute', async () => {
    await using lab = new Lab();
    await lab.pairs(PAIRS_TO_LEARN - 1);
    lab.server.answers = 'never opens';
    expect(new Set(await lab.pairs(50))).toEqual(new Set([37]));
    // One opening: with a ticket, and where that has no effect without.
    expect(lab.server.connections).toHaveLength(3);
    expect(lab.exchange.sessions.open).toBe(1);
    lab.server.answers = 'all';
    await lab.clock.advance(60_000);
    await lab.pairs(8);
    expect(lab.server.open).toBe(2);
  });

  test('Q30 a second one that the server ends as soon as it stands: none is tried for a minute', async () => {
    await using lab = new Lab();
    await lab.pairs(PAIRS_TO_LEARN - 1);
    lab.server.answers = 'ends at once';
    await lab.pairs(50);
    expect(lab.server.connections).toHaveLength(2);
    expect(lab.exchange.sessions.open).toBe(1);
    lab.server.answers = 'all';
    await lab.clock.advance(60_000);
    await lab.pairs(8);
    expect(lab.server.open).toBe(2);
  });
});
