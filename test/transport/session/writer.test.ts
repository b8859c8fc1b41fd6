import type { Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/index.js';
import { Backlog, EXCHANGE_BOUNDS, SESSION_BOUNDS } from '../../../src/transport/session/backlog.js';
import { InFlight } from '../../../src/transport/session/in-flight.js';
import { FrameTolerance, Nudge } from '../../../src/transport/session/nudge.js';
import type { SessionQuery } from '../../../src/transport/session/session-query.js';
import { Waiting } from '../../../src/transport/session/waiting.js';
import { SessionWriter } from '../../../src/transport/session/writer.js';
import { Framing } from '../../../src/wire/framing.js';
import { checkQuery } from '../../../src/wire/message.js';
import { addEdns } from '../../../src/wire/opt.js';
import { idOf, nameOf, query, withAdditional } from '../support.js';

const LONG = ['a', 'b', 'c', 'd'].map((letter) => letter.repeat(55)).join('.');
const TSIG = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2];

/** A query as a session gets it; the id is what it would keep. */
function asked(name: string, kind: 'padded' | 'bare' | 'signed' | 'rd' = 'padded', id = 7): SessionQuery {
  const plain = query(name, id);
  if (kind === 'rd') plain[2] = 1;
  const message =
    kind === 'signed'
      ? withAdditional(plain, TSIG)
      : kind === 'bare'
        ? plain
        : addEdns(plain, 'padded', checkQuery(plain));
  return {
    message,
    questionEnd: checkQuery(message).questionEnd,
    keepId: kind === 'signed',
    limitAt: 1000,
    place: -1,
    settle: () => undefined,
  };
}

class Wire {
  readonly writes: Uint8Array[] = [];
  readonly backlog: Backlog = new Backlog(SESSION_BOUNDS);
  readonly waiting: Waiting = new Waiting(this.backlog);
  readonly inFlight: InFlight = new InFlight(this.backlog);
  room = Number.POSITIVE_INFINITY;
  readonly #callbacks: (() => void)[] = [];
  readonly #turns: (() => void)[] = [];
  readonly writer: SessionWriter;

  /** @param tails - whether the last of several leaves alone, as over TLS */
  constructor(tails = true) {
    const socket = {
      destroyed: false,
      write: (octets: Uint8Array, done: () => void) => {
        this.writes.push(new Uint8Array(octets));
        this.#callbacks.push(done);
      },
    };
    this.writer = new SessionWriter(socket as unknown as Socket, {
      waiting: this.waiting,
      inFlight: this.inFlight,
      tails,
      forbid: () => undefined,
      now: () => 1,
      turn: (run) => void this.#turns.push(run),
      room: () => this.room - this.inFlight.size,
      asked: () => undefined,
    });
  }

  /** An id that the session's own, which begin anywhere and go up, do not meet. */
  farId(): number {
    return ((this.inFlight.reserve() ?? 0) + 0x8000) & 0xffff;
  }

  send(...queries: readonly SessionQuery[]): void {
    for (const each of queries) this.waiting.add(each, false);
    this.writer.flush();
  }

  /** Lets everything be written; tells the names in each write, of whole messages. */
  drain(): string[][] {
    const next = () => this.#callbacks.shift() ?? this.#turns.shift();
    for (let run = next(); run !== undefined; run = next()) run();
    const framing = new Framing(65_535);
    return this.writes.map((octets) => {
      const names: string[] = [];
      const wrong = framing.push(octets, (message) => {
        checkQuery(message);
        return names.push(nameOf(message)) > 0;
      });
      expect(wrong).toBeUndefined();
      return names;
    });
  }

  ahead(count: number): void {
    for (let i = 0; i < count; i++) {
      this.writer.writeAhead();
      this.#callbacks.shift()?.();
    }
  }
}

describe('batch and tail', () => {
  test('Q9 all that wait leave in one write, but for the last, which leaves alone', () => {
    const wire = new Wire();
    wire.send(asked('a'), asked('b'), asked('c'));
    wire.waiting.add(asked('d'), false);
    wire.waiting.add(asked('e'), false);
    // What came during the first write leaves with the last of it.
    expect(wire.drain()).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    wire.send(asked('f'));
    expect(wire.drain().at(-1)).toEqual(['f']);
  });

  test('while the last of a batch is still to leave, no frame is begun: that write brings the acknowledgement', () => {
    const wire = new Wire();
    wire.send(asked('a'), asked('b'));
    wire.writer.writeAhead();
    expect(wire.drain()).toEqual([['a'], ['b']]);
    wire.writer.writeAhead();
    expect(wire.writes.at(-1)).toHaveLength(1);
  });

  test('the last of a batch is taken back: a query of ours follows, or NSD would not answer the others', () => {
    const wire = new Wire();
    const last = asked('c');
    wire.send(asked('a'), asked('b'), last);
    wire.waiting.withdraw(last);
    expect(wire.drain()).toEqual([['a', 'b'], ['']]);
    wire.send(asked('d'));
    expect(wire.drain().at(-1)).toEqual(['d']);
  });

  test('over plain TCP, which has no records, all leave in one write', () => {
    const wire = new Wire(false);
    wire.send(asked('a'), asked('b'), asked('c', 'signed', 9), asked('d', 'signed', 9));
    expect(wire.drain()).toEqual([['a', 'b', 'c']]);
    const answer = query('c', 9);
    answer[2] = 0x80;
    wire.inFlight.take(answer);
    wire.writer.flush();
    expect(wire.drain().at(-1)).toEqual(['d']);
  });

  test('a frame is begun after all where nothing could be written', () => {
    const wire = new Wire();
    wire.room = 1;
    wire.send(asked('a'), asked('b'));
    wire.writer.writeAhead();
    wire.drain();
    expect(wire.writes.map(({ length }) => length)).toEqual([130, 1]);
  });

  test('a write is one TLS record, except for what is longer', () => {
    const wire = new Wire();
    wire.send(...Array.from({ length: 300 }, (_, i) => asked(`n${i}`)));
    const names = wire.drain();
    expect(names.flat()).toEqual(Array.from({ length: 300 }, (_, i) => `n${i}`));
    expect(names.at(-1)).toHaveLength(1);
    expect(Math.max(...wire.writes.map(({ length }) => length))).toBeLessThanOrEqual(16_384);
    const big = withAdditional(query('big'), [0, 0, 99, 0, 1, 0, 0, 0, 0, 0x80, 0, ...new Uint8Array(0x8000)]);
    wire.send({ ...asked('x'), message: big }, asked('y'));
    expect(wire.drain().slice(-2)).toEqual([['big'], ['y']]);
  });

  test('Q8 where there is room for few, the last of those leaves alone', () => {
    const wire = new Wire();
    wire.room = 3;
    wire.send(...['a', 'b', 'c', 'd'].map((name) => asked(name)));
    expect(wire.drain()).toEqual([['a', 'b'], ['c']]);
  });

  test('Q24 of two signed ones with one id the second waits, and others pass it', () => {
    const wire = new Wire();
    wire.send(asked('a', 'signed', 9), asked('b', 'signed', 9), asked('c'));
    expect(wire.drain()).toEqual([['a'], ['c']]);
    const answer = query('a', 9);
    answer[2] = 0x80;
    expect(wire.inFlight.take(answer)).toMatchObject({ info: { rcode: 0 } });
    wire.writer.flush();
    expect(wire.drain().at(-1)).toEqual(['b']);
  });

  test('Q24 one that must wait for another leaves that other alone in its record, or NSD would answer neither', () => {
    const wire = new Wire();
    const id = wire.farId();
    wire.send(asked('a'), asked('b', 'signed', id), asked('c', 'signed', id));
    expect(wire.drain()).toEqual([['a'], ['b']]);
    const other = new Wire();
    const far = other.farId();
    other.send(asked('a'), asked('b', 'signed', far), asked('c', 'signed', far), asked('d'), asked('e', 'signed', far));
    expect(other.drain()).toEqual([['a', 'b'], ['d']]);
  });
});

describe('the frame begun ahead', () => {
  test('Q9 whatever comes next, the stream stays whole, and a query keeps or gets an id of its own', () => {
    const kinds = fc.constantFrom('padded', 'bare', 'signed', 'rd', 'long');
    const rounds = fc.array(fc.tuple(fc.nat(20), fc.array(kinds, { minLength: 1, maxLength: 4 })), { maxLength: 8 });
    let frames = 0;
    fc.assert(
      fc.property(kinds, rounds, (first, steps) => {
        const wire = new Wire();
        const sent: string[] = [];
        let id = wire.farId();
        const make = (kind: string): SessionQuery => {
          const name = kind === 'long' ? LONG : `n${id & 0xffff}`;
          sent.push(name);
          return asked(name, kind === 'long' ? 'padded' : (kind as 'bare'), id++ & 0xffff);
        };
        wire.send(make(first));
        for (const [ahead, after] of steps) {
          wire.drain();
          wire.ahead(ahead);
          wire.send(...after.map(make));
        }
        // The root is our own query, which nobody waits for.
        const names = wire.drain();
        expect(names.flat().filter((name) => name !== '')).toEqual(sent);
        expect(names.at(-1)).toHaveLength(1);
        expect(wire.inFlight.size).toBe(sent.length);
        frames += sent.length;
      }),
      { numRuns: 500 },
    );
    expect(frames).toBeGreaterThan(500);
  });

  test('the next query takes what was foreseen, and no other is needed', () => {
    for (let count = 0; count <= 20; count++) {
      const wire = new Wire();
      wire.send(asked('a'));
      wire.drain();
      wire.ahead(count);
      expect(wire.writes.length - 1).toBe(Math.min(count, 14));
      wire.send(asked('b'));
      expect(wire.drain().flat()).toEqual(['a', 'b']);
      const whole = Buffer.concat(wire.writes.slice(1));
      expect(whole).toHaveLength(130);
      const answer = new Uint8Array(whole.subarray(2));
      answer[2] = 0x80;
      expect(wire.inFlight.take(answer)).toMatchObject({ info: { rcode: 0 } });
    }
  });

  test('the answer to our own query is expected, once', () => {
    const wire = new Wire();
    wire.send(asked('a'));
    wire.drain();
    wire.ahead(5);
    wire.send(asked('b', 'rd'));
    expect(wire.drain().flat()).toEqual(['a', '', 'b']);
    const ours = Buffer.concat(wire.writes.slice(1)).subarray(2, 130);
    expect([idOf(ours), wire.inFlight.take(ours), wire.inFlight.take(ours)]).toEqual([idOf(ours), 'late', 'unmatched']);
  });

  test('only where answers are outstanding and nothing was written since', async () => {
    const wire = new Wire();
    let outstanding = true;
    const nudge = new Nudge(wire.writer, () => outstanding, new VirtualClock());
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    wire.send(asked('a'));
    wire.drain();
    nudge.arrived();
    nudge.arrived();
    await turn();
    expect([wire.writes.length, nudge.isToBlame(10_000), nudge.isToBlame(10_002)]).toEqual([2, true, false]);
    wire.drain();
    nudge.arrived();
    wire.send(asked('b'));
    await turn();
    expect([wire.writes.length, nudge.isToBlame(1)]).toEqual([3, false]);
    wire.drain();
    outstanding = false;
    nudge.arrived();
    await turn();
    expect(wire.writes).toHaveLength(3);
  });

  test('P18 idle sessions that end upon half a frame within 10 minutes: after two it stands for 10 ms, after four none is begun', () => {
    const tolerance = new FrameTolerance();
    tolerance.harmed('e', 0, true);
    expect(tolerance.of('e', 1)).toBe(250);
    tolerance.harmed('e', 300_000, true);
    expect([300_000, 599_999, 600_000].map((now) => tolerance.of('e', now))).toEqual([10, 10, 250]);
    expect(tolerance.of('f', 300_000)).toBe(250);
    for (let end = 0; end < 3; end++) tolerance.harmed('e', 600_000, true);
    expect([600_000, 899_999, 900_000, 1_200_000].map((now) => tolerance.of('e', now))).toEqual([
      undefined,
      undefined,
      10,
      250,
    ]);
  });

  test('P18 sessions that end upon half a frame with queries on them: after two none is begun', () => {
    const tolerance = new FrameTolerance();
    tolerance.harmed('e', 0, false);
    expect(tolerance.of('e', 1)).toBe(10);
    tolerance.harmed('e', 1, false);
    expect([tolerance.of('e', 2), tolerance.of('e', 600_001)]).toEqual([undefined, 250]);
  });

  test('P18 half a frame is whole 250 ms later, by a query of our own', async () => {
    const wire = new Wire();
    const clock = new VirtualClock();
    let outstanding = true;
    const nudge = new Nudge(wire.writer, () => outstanding, clock);
    wire.send(asked('a'));
    wire.drain();
    nudge.arrived();
    await new Promise((resolve) => setImmediate(resolve));
    expect(wire.writes).toHaveLength(2);
    wire.drain();
    // Not while an answer is owed.
    await clock.advance(260);
    outstanding = false;
    await clock.advance(239);
    expect(wire.writes).toHaveLength(2);
    await clock.advance(1);
    expect([wire.drain().flat(), wire.writer.aheadSince]).toEqual([['a', ''], undefined]);
  });
});

describe('the backlog', () => {
  test('Q12 queries and octets, of a session and of all', () => {
    const all = new Backlog({ queries: 300, octets: 100_000 });
    const [one, two] = [new Backlog({ queries: 200, octets: 50_000 }, all), new Backlog(EXCHANGE_BOUNDS, all)];
    one.add(40_000);
    expect([one.admits(10_000), one.admits(10_001), two.admits(60_000), two.admits(60_001)]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    for (let i = 0; i < 199; i++) one.add(1);
    for (let i = 0; i < 99; i++) two.add(1);
    expect([one.admits(1), two.admits(1)]).toEqual([false, true]);
    two.add(1);
    expect([one.admits(1), two.admits(1)]).toEqual([false, false]);
    one.remove(40_000);
    expect([one.admits(1), two.admits(1)]).toEqual([true, true]);
  });

  test('Q12 however much others hold, a few queries of a session have room', () => {
    const all = new Backlog(EXCHANGE_BOUNDS);
    all.add(EXCHANGE_BOUNDS.octets);
    const one = new Backlog(SESSION_BOUNDS, all);
    let admitted = 0;
    for (; one.admits(128); admitted++) one.add(128);
    expect([admitted, one.admits(1), new Backlog(SESSION_BOUNDS, all).admits(16_385)]).toEqual([64, false, false]);
  });

  test('Q12 what is in flight is held as what waits is, until it is answered, given up or taken over', () => {
    const all = new Backlog({ queries: 66, octets: 1_000_000 });
    const wire = new Wire();
    wire.send(asked('a'), asked('b'));
    wire.drain();
    wire.waiting.add(asked('c'), false);
    wire.backlog.joins(all);
    for (let i = 0; i < 62; i++) all.add(1);
    expect(all.admits(1)).toBe(true);
    all.add(1);
    expect(all.admits(1)).toBe(false);
    const answer = new Uint8Array(Buffer.concat(wire.writes).subarray(2, 130));
    answer[2] = 0x80;
    expect(wire.inFlight.take(answer)).toMatchObject({ info: { rcode: 0 } });
    expect(all.admits(1)).toBe(true);
    expect([wire.inFlight.expire(2_000).length, wire.waiting.expire(2_000).length]).toEqual([1, 1]);
    for (let i = 0; i < 2; i++) all.add(1);
    expect(all.admits(1)).toBe(true);
    all.add(1);
    expect(all.admits(1)).toBe(false);
  });
});
