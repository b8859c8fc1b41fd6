import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BoundedMap } from '../../../src/common/bounded-map.js';
import { KeepAlive } from '../../../src/common/keep-alive.js';
import { stallAwareTimeout } from '../../../src/common/late-timers.js';
import { VirtualClock } from '../../../src/testing/index.js';
import { QueryShapes } from '../../../src/transport/dot/query-shapes.js';
import { SessionPool } from '../../../src/transport/dot/session-pool.js';
import { Backlog, SESSION_BOUNDS } from '../../../src/transport/session/backlog.js';
import { IdleTimeout } from '../../../src/transport/session/idle-timeout.js';
import { InFlight } from '../../../src/transport/session/in-flight.js';
import { Unsolicited } from '../../../src/transport/session/reader.js';
import { Tickets } from '../../../src/transport/tls/tickets.js';
import { Framing } from '../../../src/wire/framing.js';
import { query } from '../support.js';

const DAY = 86_400_000;

/** A message behind its length octets. */
function frame(message: Uint8Array): Uint8Array {
  return Uint8Array.from([message.length >> 8, message.length & 255, ...message]);
}

describe('framing', () => {
  test('P3 a stream gives the same messages however it is cut', () => {
    const messages = fc.array(fc.uint8Array({ minLength: 12, maxLength: 300 }), { maxLength: 20 });
    fc.assert(
      fc.property(messages, fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }), (list, cuts) => {
        const stream = Buffer.concat(
          list.map((message) => Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message])),
        );
        const framing = new Framing(65_535);
        const got: number[][] = [];
        for (let at = 0, i = 0; at < stream.length; i++) {
          const size = cuts[i % cuts.length] ?? 1;
          expect(framing.push(stream.subarray(at, at + size), (message) => got.push([...message]) > 0)).toBeUndefined();
          at += size;
        }
        expect(got).toEqual(list.map((message) => [...message]));
      }),
    );
    expect.hasAssertions();
  });

  test('P3 the longest message, announced and not sent, costs nothing like its length', () => {
    const framings = Array.from({ length: 1_000 }, () => new Framing(65_535));
    const before = process.memoryUsage().arrayBuffers;
    for (const framing of framings) framing.push(Uint8Array.from([255, 255, 1, 2]), () => true);
    // 65 MB were it all reserved at once.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_000_000);
    const whole: Uint8Array[] = [];
    for (const framing of framings.slice(0, 2)) {
      for (let at = 2; at < 65_535; at += 1_000)
        framing.push(new Uint8Array(Math.min(1_000, 65_535 - at)).fill(at & 255), (message) => whole.push(message) > 0);
    }
    expect(whole.map(({ length }) => length)).toEqual([65_535, 65_535]);
    expect([...(whole[1]?.subarray(0, 3) ?? [])]).toEqual([1, 2, 2]);
    expect(whole[1]?.at(-1)).toBe(65_002 & 255);
  });

  test('P3 too short, too long, and stopped', () => {
    expect(new Framing(100).push(Uint8Array.from([0, 0]), () => true)).toMatch('0 octets');
    expect(new Framing(100).push(Uint8Array.from([0, 101]), () => true)).toMatch('101 octets, 12 to 100 allowed');
    let count = 0;
    const two = Uint8Array.from([...frame(query('a', 1)), ...frame(query('b', 2))]);
    const stop = (): boolean => ++count > 5;
    expect(new Framing(100).push(two, stop)).toBeUndefined();
    const framing = new Framing(100);
    framing.push(two.subarray(0, 5), stop);
    framing.push(two.subarray(5), stop);
    expect(count).toBe(2);
  });
});

describe('bounds', () => {
  test('a full map forgets the oldest', () => {
    const map = new BoundedMap<string, number>(2);
    for (const key of ['a', 'b', 'a', 'c']) map.set(key, 1);
    expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([1, undefined, 1]);
    map.clear();
    expect(map.get('a')).toBeUndefined();
  });

  test('Q27 tickets: the newest two, each once, 4 KB, 7 days', () => {
    const tickets = new Tickets();
    const ticket = (data: Buffer, until = Number.POSITIVE_INFINITY) => ({ data, until });
    for (const name of ['one', 'two', 'three']) tickets.add('e', ticket(Buffer.from(name)), 0);
    tickets.add('e', ticket(Buffer.alloc(4097)), 0);
    expect([1, 2, 3].map(() => tickets.take('e', 1, 0)?.data.toString())).toEqual(['three', 'two', undefined]);
    tickets.add('e', ticket(Buffer.from('old')), 0);
    expect(tickets.take('e', 7 * DAY + 1, 0)).toBeUndefined();
    expect(tickets.take('e', 1, 0)).toBeUndefined();
    tickets.add('e', ticket(Buffer.from('expired'), 1_000), 0);
    expect(tickets.take('e', 1, 1_000)).toBeUndefined();
  });

  test('P17 tickets are not shown for a day where one broke the handshake; those that came meanwhile are shown then', () => {
    const tickets = new Tickets();
    const ticket = { data: Buffer.from('t'), until: Number.POSITIVE_INFINITY };
    tickets.add('e', ticket, 0);
    tickets.refused('e', 0);
    expect([tickets.has('e', DAY, 0), tickets.take('e', DAY, 0)]).toEqual([false, undefined]);
    tickets.add('e', ticket, 1);
    expect([tickets.has('e', DAY - 1, 0), tickets.take('e', DAY - 1, 0)]).toEqual([false, undefined]);
    expect([tickets.has('e', DAY, 0), tickets.take('e', DAY, 0)?.data]).toEqual([true, ticket.data]);
  });

  test('Q35 resumed sessions lost before an answer: tickets rest for 5 s, four times as long each time, a day at most', () => {
    const tickets = new Tickets();
    const rests = (at: number): number => {
      tickets.doubted('e', at);
      // Others that were lost with it.
      tickets.doubted('e', at + 1);
      tickets.add('e', { data: Buffer.from('t'), until: Number.POSITIVE_INFINITY }, at);
      const ends = [5, 20, 80, 320, 1_280, 5_120, 20_480, 81_920, 86_400].map((seconds) => seconds * 1_000);
      return ends.find((ms) => !tickets.has('e', at + ms - 1, 0) && tickets.has('e', at + ms, 0)) ?? Number.NaN;
    };
    let now = 0;
    const lasted = Array.from({ length: 10 }, () => {
      const ms = rests(now);
      now += ms;
      return ms / 1_000;
    });
    expect(lasted).toEqual([5, 20, 80, 320, 1_280, 5_120, 20_480, 81_920, 86_400, 86_400]);
    // A resumed session has answered.
    tickets.proven('e');
    expect(rests(now)).toBe(5_000);
  });

  test('P5 a shape is remembered for 7 days', () => {
    const shapes = new QueryShapes();
    shapes.learn('e', 'bare', 0);
    expect([shapes.of('e', 7 * DAY - 1), shapes.of('e', 7 * DAY), shapes.of('f', 0)]).toEqual([
      'bare',
      'padded',
      'padded',
    ]);
    shapes.learn('e', 'padded', 0);
    expect(shapes.of('e', 1)).toBe('padded');
  });

  test('Q27 what nobody asked for: 16 messages, or four times what was asked, in 10 s', () => {
    const few = new Unsolicited();
    expect(Array.from({ length: 16 }, () => few.received(12, 20_000)).indexOf(true)).toBe(15);
    expect(few.received(12, 30_000)).toBe(false);
    const large = new Unsolicited();
    large.asked(2000, 20_000);
    expect([large.received(8000, 20_001), large.received(1, 20_002)]).toEqual([false, true]);
    expect(new Unsolicited().received(65_535, 1)).toBe(true);
  });

  test('Q9 no id is used twice while it may be answered', () => {
    const inFlight = new InFlight(new Backlog(SESSION_BOUNDS));
    const asked = query('a.test');
    const questionEnd = asked.length;
    const send = (limitAt: number) =>
      inFlight.add(
        { message: asked, questionEnd, keepId: false, place: -1, limitAt, settle: () => undefined },
        0,
        false,
      );
    const ids = Array.from({ length: 65_536 }, (_, i) => send(i % 2 === 0 ? 5 : 10));
    expect(new Set(ids).size).toBe(65_536);
    expect(inFlight.expire(5)).toHaveLength(32_768);
    expect([inFlight.givenUp, inFlight.octets]).toEqual([32_768, 32_768 * asked.length]);
    expect([inFlight.size, inFlight.earliestLimit(), send(1), inFlight.reserve()]).toEqual([
      32_768,
      10,
      undefined,
      undefined,
    ]);
    const late = query('a.test', ids[0]);
    expect([inFlight.take(late), inFlight.take(late)]).toEqual(['late', 'unmatched']);
    expect(send(1)).toBeDefined();
  });
});

describe('time', () => {
  test('an idle limit: renewed by use, honoured, cancelled', async () => {
    const clock = new VirtualClock();
    let over = 0;
    const idle = new IdleTimeout(clock, () => over++);
    idle.begin();
    await clock.advance(20_000);
    idle.end();
    await clock.advance(10_000);
    expect([over, idle.running]).toEqual([0, false]);
    idle.begin();
    await clock.advance(1_000);
    idle.end();
    idle.honour(1000);
    idle.begin();
    await clock.advance(499);
    expect(over).toBe(0);
    await clock.advance(1);
    expect(over).toBe(1);
    idle.begin();
    idle.cancel();
    await clock.advance(60_000);
    expect([over, clock.pending]).toEqual([1, 0]);
  });

  test('Q23 patience says whether the loop stood still', async () => {
    const clock = new VirtualClock();
    const seen: boolean[] = [];
    stallAwareTimeout(clock, 4000, (stalled) => seen.push(stalled));
    await clock.advance(4000);
    stallAwareTimeout(clock, 4000, (stalled) => seen.push(stalled));
    await clock.stall(2500);
    await clock.advance(4000);
    stallAwareTimeout(clock, 4000, (stalled) => seen.push(stalled)).cancel();
    await clock.advance(5000);
    expect(seen).toEqual([false, true]);
  });

  test('the process is held while a call is awaited, however long', async () => {
    const clock = new VirtualClock();
    const keepAlive = new KeepAlive(clock);
    let settle: (value: number) => void = () => undefined;
    const held = [
      keepAlive.during(
        new Promise<number>((resolve) => {
          settle = resolve;
        }),
      ),
      keepAlive.during(Promise.resolve(2)),
    ];
    await held[1];
    await clock.advance(200_000);
    expect(clock.pending).toBe(1);
    settle(1);
    expect(await Promise.all(held)).toEqual([1, 2]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(clock.pending).toBe(0);
  });
});

describe('the pool', () => {
  interface Fake {
    busy: boolean;
    unused: boolean;
    beside: boolean;
    closed: boolean;
    close(): void;
  }

  function pool() {
    const sessions = new SessionPool<Fake>();
    const open = (busy: boolean, unused = false, beside = false): Fake => {
      const fake: Fake = {
        busy,
        unused,
        beside,
        closed: false,
        close() {
          fake.closed = true;
          sessions.update(fake);
        },
      };
      sessions.update(fake);
      return fake;
    };
    return { sessions, open };
  }

  test('Q22 of 512 idle ones an unused goes first, then the one idle longest', () => {
    const { sessions, open } = pool();
    const first = open(false);
    const unused = open(false, true);
    const rest = Array.from({ length: 510 }, () => open(false));
    expect(sessions.size).toBe(512);
    open(false);
    expect([unused.closed, first.closed]).toEqual([true, false]);
    open(false);
    expect([first.closed, rest.some(({ closed }) => closed)]).toEqual([true, false]);
  });

  test('Q22 one beside another goes before one that stands alone, and takes no other’s place', () => {
    const { sessions, open } = pool();
    const alone = open(false);
    const beside = open(false, false, true);
    const unused = open(false, true);
    Array.from({ length: 508 }, () => open(false));
    expect(sessions.hasRoom).toBe(true);
    open(false);
    expect(sessions.hasRoom).toBe(false);
    open(false);
    expect([unused.closed, beside.closed, alone.closed]).toEqual([true, false, false]);
    open(false);
    expect([beside.closed, alone.closed]).toEqual([true, false]);
  });

  test('Q22 of 1,024 in all a busy one is never closed', () => {
    const { sessions, open } = pool();
    const idle = open(false);
    const busy = Array.from({ length: 1023 }, () => open(true));
    expect([sessions.makeRoom(), idle.closed, sessions.size]).toEqual([true, true, 1023]);
    open(true);
    expect([sessions.makeRoom(), busy.some(({ closed }) => closed)]).toEqual([false, false]);
    expect(sessions.list()).toHaveLength(1024);
  });
});
