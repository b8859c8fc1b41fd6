import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/testing/index.js';
import { OpeningQueue } from '../../../src/transport/dot/opening-queue.js';
import { HandshakeGate, type OpeningBound } from '../../../src/transport/dot/openings.js';
import type { DotSend } from '../../../src/transport/dot/query.js';
import { dotAt } from '../support.js';

interface Sent {
  readonly send: DotSend;
  /** What it was told, where it was refused. */
  outcome: string | undefined;
}

/** A queue, and servers that it opens sessions to. */
class Scene {
  readonly clock = new VirtualClock();
  readonly queue = new OpeningQueue(this.clock, (send) => this.#tryPlace(send));
  /** Which bound forbids to open one, by port; the gate's, where it is shut. */
  readonly bounds = new Map<number, OpeningBound>();
  shut = true;
  tries = 0;
  /** Ports of servers with a session that takes queries. */
  readonly open = new Set<number>();
  readonly placed: DotSend[] = [];

  #tryPlace(send: DotSend): OpeningBound | undefined {
    this.tries++;
    const { port } = send.endpoint;
    if (!this.open.has(port)) {
      const bound = this.shut ? 'openings' : this.bounds.get(port);
      if (bound !== undefined) return bound;
      this.open.add(port);
    }
    this.placed.push(send);
    return undefined;
  }

  ask(port: number, openingMs = 1_000, limitMs = 10 * openingMs): Sent {
    const sent: Sent = { outcome: undefined } as Sent;
    const send = {
      endpoint: dotAt(port),
      authenticator: undefined,
      limitAt: this.clock.now() + limitMs,
      openingMs,
      settle: (outcome: { error?: { failure?: { detail?: string } } }) => {
        sent.outcome = outcome.error?.failure?.detail;
      },
    } as unknown as DotSend;
    Object.assign(sent, { send });
    this.queue.place(send);
    return sent;
  }
}

describe('Q37', () => {
  test('Q37 tens of thousands that wait behind the bound of all: a look tries one', async () => {
    const scene = new Scene();
    for (let port = 1; port <= 20_000; port++) scene.ask(port, 60_000);
    scene.tries = 0;
    await scene.clock.advance(100);
    expect(scene.tries).toBe(10);
    scene.queue.look();
    expect(scene.tries).toBe(11);
  });

  test('Q37 who would have to wait longer than may be is refused soon, and who waits for the same session is not', () => {
    const scene = new Scene();
    const first = Array.from({ length: 50 }, (_, port) => scene.ask(port + 1, 1_000));
    // 50 sessions of 1.5 ms each are to be opened before.
    const [late, early, joining] = [scene.ask(99, 74), scene.ask(98, 77), scene.ask(7, 74)];
    // Nothing else may be asked in its place.
    const strict = scene.ask(97, 74, 74);
    scene.queue.look();
    const outcomes = [late, early, joining, strict].map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['openings', undefined, undefined, undefined]);
    scene.shut = false;
    scene.queue.look();
    expect(first.map(({ outcome }) => outcome)).toEqual(first.map(() => undefined));
    expect(scene.placed.length).toBe(53);
  });

  test('Q37 who waits for the same session as one that must be encrypted is not refused either', () => {
    const scene = new Scene();
    for (let port = 1; port <= 50; port++) scene.ask(port);
    scene.ask(97, 74, 74);
    const joining = scene.ask(97, 74);
    scene.queue.look();
    expect(joining.outcome).toBeUndefined();
    scene.shut = false;
    scene.queue.look();
    expect(scene.placed).toContain(joining.send);
  });

  test('Q37 of many that are refused, a few in each turn of the loop', async () => {
    const scene = new Scene();
    const all = Array.from({ length: 200 }, (_, port) => scene.ask(port + 1, 1));
    const refused = (): number => all.filter(({ outcome }) => outcome === 'openings').length;
    const counts: number[] = [];
    for (let turn = 0; turn < 4; turn++) {
      scene.queue.look();
      counts.push(refused());
    }
    expect(counts).toEqual([64, 128, 192, 199]);
    // The first of all had nobody before it.
    await scene.clock.advance(20);
    expect(refused()).toBe(200);
  });

  test('Q37 those who wait get their sessions in the order in which they came', () => {
    const scene = new Scene();
    const asked = [3, 1, 2, 1, 3].map((port) => scene.ask(port).send);
    scene.shut = false;
    scene.queue.look();
    expect(scene.placed).toEqual([asked[0], asked[4], asked[1], asked[3], asked[2]]);
  });

  test('Q37 a server that had too many sessions keeps no other waiting', () => {
    const scene = new Scene();
    scene.bounds.set(1, 'churn');
    const [first, second] = [scene.ask(1), scene.ask(2)];
    scene.shut = false;
    scene.queue.look();
    expect(scene.placed).toEqual([second.send]);
    expect(scene.queue.delete(first.send)).toBe(true);
  });

  test('Q37 a session that comes by another way takes those that wait for it, whatever the bound of all', () => {
    const scene = new Scene();
    const [first, second, third] = [scene.ask(1), scene.ask(2), scene.ask(2)];
    scene.open.add(2);
    scene.queue.placeFor(second.send.endpoint.key);
    expect(scene.placed).toEqual([second.send, third.send]);
    // And so does the next query there.
    scene.open.add(1);
    const fourth = scene.ask(1);
    expect(scene.placed.slice(2)).toEqual([fourth.send, first.send]);
    expect(scene.clock.pending).toBeLessThanOrEqual(1);
  });

  test('Q37 each is refused when its time is over, with the bound that it then meets', async () => {
    const scene = new Scene();
    const [long, short, other] = [scene.ask(1, 500), scene.ask(2, 100), scene.ask(3, 200)];
    const seen = () => [long, short, other].map(({ outcome }) => outcome);
    await scene.clock.advance(90);
    expect(seen()).toEqual([undefined, undefined, undefined]);
    await scene.clock.advance(20);
    expect(seen()).toEqual([undefined, 'openings', undefined]);
    for (const port of [1, 3]) scene.bounds.set(port, 'churn');
    scene.shut = false;
    await scene.clock.advance(100);
    expect(seen()).toEqual([undefined, 'openings', 'churn']);
    await scene.clock.advance(300);
    expect([seen(), scene.clock.pending]).toEqual([['churn', 'openings', 'churn'], 0]);
  });

  test('Q37 what one waited is taken off the time for which it may wait again', async () => {
    const scene = new Scene();
    const { send } = scene.ask(1, 100);
    await scene.clock.advance(40);
    scene.shut = false;
    scene.queue.look();
    expect([scene.placed, send.openingMs]).toEqual([[send], 60]);
    expect([scene.queue.delete(send), scene.queue.drain()]).toEqual([false, []]);
  });

  test('Q37 all that wait are given back at the end', async () => {
    const scene = new Scene();
    const sends = [scene.ask(1), scene.ask(2), scene.ask(1)].map(({ send }) => send);
    expect([scene.queue.drain(), scene.clock.pending]).toEqual([sends, 0]);
    scene.tries = 0;
    scene.queue.look();
    await scene.clock.advance(5_000);
    expect(scene.tries).toBe(0);
  });

  test('Q37 those in whose stead nothing else may be asked come first', () => {
    const scene = new Scene();
    const other = scene.ask(1, 1_000);
    const needed = scene.ask(2, 1_000, 1_000);
    scene.shut = false;
    scene.queue.look();
    expect(scene.placed).toEqual([needed.send, other.send]);
  });

  test('Q37 the gate lets 8 begin in a turn; each that stands while no more may begin makes room for one more', () => {
    const { gate, begin, reopened } = gateScene();
    const first = [...begin(0), ...begin(0)];
    expect(first).toHaveLength(16);
    expect(begin(0)).toHaveLength(0);
    for (const session of first) gate.stands(session);
    let open = all(begin, 1);
    expect(open).toHaveLength(17);
    const most: number[] = [];
    for (let now = 2; now < 80; now++) {
      for (const session of open) gate.stands(session);
      open = all(begin, now);
      most.push(open.length);
    }
    expect([Math.max(...most), most.at(-1)]).toEqual([64, 64]);
    expect(reopened()).toBeGreaterThan(0);
  });

  test('Q37 the gate: one that is late for 500 ms is counted no more, and takes the room of one, down to 16', () => {
    const { gate, begin } = gateScene();
    for (let round = 0; round < 12; round++) for (const session of all(begin, 0)) gate.stands(session);
    expect(all(begin, 0)).toHaveLength(28);
    expect(begin(499)).toHaveLength(0);
    expect(all(begin, 500)).toHaveLength(16);
    expect(begin(999)).toHaveLength(0);
    expect(all(begin, 1_000)).toHaveLength(16);
  });

  test('Q37 the gate: on a path where each takes longer than 500 ms there is room for more all the same', () => {
    const { gate, begin } = gateScene();
    let before: object[] = [];
    let open = all(begin, 0);
    for (let round = 1; round <= 20; round++) {
      const now = 500 * round;
      const next = all(begin, now);
      for (const session of before) gate.stands(session);
      before = open;
      open = [...next, ...all(begin, now)];
    }
    expect(open.length).toBeGreaterThan(32);
  });

  test('Q37 the gate: where nothing else can be done, 64 may be opened at once whatever stands', () => {
    const { gate, begin } = gateScene();
    expect(all(begin, 0)).toHaveLength(16);
    expect(gate.isOpen(0, false)).toBe(false);
    const needed = all((now) => begin(now, true), 0);
    expect(needed).toHaveLength(64 - 16);
    expect(gate.isOpen(0, true)).toBe(false);
  });

  test('Q37 the gate: those that fail make no room', () => {
    const { gate, begin } = gateScene();
    for (let round = 0; round < 20; round++) {
      const open = all(begin, 0);
      expect(open).toHaveLength(16);
      for (const session of open) gate.ends(session);
    }
  });
});

/** A gate, and one who begins as many as it lets begin in one turn. */
function gateScene(): {
  gate: HandshakeGate;
  begin: (now: number, needed?: boolean) => object[];
  reopened: () => number;
} {
  const turns: (() => void)[] = [];
  let reopened = 0;
  const gate = new HandshakeGate(
    (run) => turns.push(run),
    () => reopened++,
  );
  const begin = (now: number, needed = false): object[] => {
    const begun: object[] = [];
    for (let session = {}; gate.isOpen(now, needed); session = {}) {
      gate.begins(session, now);
      begun.push(session);
    }
    for (const run of turns.splice(0)) run();
    return begun;
  };
  return { gate, begin, reopened: () => reopened };
}

/** As many as the gate lets begin in 12 turns. */
function all(begin: (now: number) => object[], now: number): object[] {
  return Array.from({ length: 12 }, () => begin(now)).flat();
}
