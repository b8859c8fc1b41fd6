import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServerObject } from '../../src/contact/server.js';
import type { TransportSelector } from '../../src/selector.js';
import { VirtualClock } from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { startUdpRelay } from '../support/relay.js';
import { ask, becomeGood, names, selectorFor, targetOf, ZONE } from '../support/rig.js';
import { type RealServer, type RealServerOptions, startNsd } from '../support/servers.js';
import { dotAt, nameOf, never, openGuard, query } from '../transport/support.js';

/** Nothing that a busy machine does to a query makes Do53 join: what goes out in clear text does so for a lost session. */
const patient = { warmHedgeMinMs: 60_000, warmHedgeMaxMs: 60_000, coldHedgeMinMs: 60_000, coldHedgeMaxMs: 60_000 };

const PER_SECOND = 150;
const TICK_MS = 20;

/** NSD, for this test. */
async function nsd(options: RealServerOptions = {}): Promise<RealServer> {
  const server = await startNsd(options);
  onTestFinished(() => server.stop());
  return server;
}

/** Queries that come at a steady rate, whatever becomes of those before. */
class Traffic {
  begun = 0;
  encrypted = 0;
  clear = 0;
  readonly failures: unknown[] = [];
  readonly #watchers = new Set<() => void>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(selector: TransportSelector, target: ServerObject) {
    const one = async (): Promise<void> => {
      try {
        const { encrypted } = await ask(selector, target, `n${this.begun++}.${ZONE}`);
        if (encrypted) this.encrypted++;
        else this.clear++;
      } catch (error) {
        this.failures.push(error);
      }
      for (const look of [...this.#watchers]) look();
    };
    this.#timer = setInterval(() => {
      for (let count = 0; count < (PER_SECOND * TICK_MS) / 1_000; count++) void one();
    }, TICK_MS);
    onTestFinished(() => clearInterval(this.#timer));
  }

  /** Waits until a condition holds, asked now and at the end of each query. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Waits until so many more have been begun. */
  more(count: number): Promise<void> {
    const enough = this.begun + count;
    return this.until(() => this.begun >= enough);
  }

  /** Begins no more, and waits for those that are under way. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.until(() => this.encrypted + this.clear + this.failures.length === this.begun);
  }
}

/** What tells that an endpoint was given up for a while. */
function downgradesOf(selector: TransportSelector): unknown[] {
  const downgrades: unknown[] = [];
  selector.on('downgrade', (info) => downgrades.push(info));
  return downgrades;
}

const RELOADS = 10;
const AWAY = 2 * PER_SECOND;
const BACK_WITHIN = 5 * PER_SECOND;

it('Q30 NSD reads its zones again and again under load: no query fails, no strike, and Do53 hardly sees any', async () => {
  const server = await nsd();
  const udp = await startUdpRelay(server);
  onTestFinished(() => udp.close());
  const target = { ...targetOf(server), port: udp.port };
  const dot = new DotExchange({ guard: openGuard });
  const selector = selectorFor({ policy: patient, dot });
  await becomeGood(selector, target);
  const downgrades = downgradesOf(selector);
  const clearBefore = udp.toServer;
  const traffic = new Traffic(selector, target);
  for (let reload = 0; reload < RELOADS; reload++) {
    const { opened } = dot.sessions;
    await traffic.more(PER_SECOND / 2);
    server.reload();
    await traffic.until(() => dot.sessions.opened > opened);
  }
  await traffic.end();
  const { clear, failures } = traffic;
  expect(failures).toEqual([]);
  expect(udp.toServer - clearBefore).toBeLessThanOrEqual(2);
  expect(clear).toBeLessThanOrEqual(2);
  expect(downgrades).toEqual([]);
  expect(selector.explain(target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
});

it('Q34 NSD is away, 53 and 853 together: no strike meanwhile, and encrypted again soon after its return', async () => {
  const server = await nsd();
  const target = targetOf(server);
  const selector = selectorFor({ policy: patient });
  await becomeGood(selector, target);
  const downgrades = downgradesOf(selector);
  const traffic = new Traffic(selector, target);
  await traffic.until(() => traffic.encrypted > PER_SECOND);
  expect(traffic).toMatchObject({ clear: 0, failures: [] });
  await server.halt();
  const { encrypted } = traffic;
  await traffic.more(AWAY);
  // It is really away.
  expect(traffic.failures.length).toBeGreaterThan(0);
  expect([downgrades, selector.explain(target).status]).toEqual([[], 'Good']);
  await server.setTls('any');
  await traffic.until(() => traffic.encrypted > encrypted);
  expect(traffic.clear).toBeLessThanOrEqual(BACK_WITHIN);
  // From now on all of them.
  const back = { clear: traffic.clear, failures: traffic.failures.length, encrypted: traffic.encrypted };
  await traffic.more(PER_SECOND);
  await traffic.end();
  expect(traffic.encrypted - back.encrypted).toBeGreaterThanOrEqual(PER_SECOND);
  expect([traffic.clear - back.clear, traffic.failures.length - back.failures]).toEqual([0, 0]);
  expect([downgrades, selector.explain(target).status]).toEqual([[], 'Good']);
});

/** TLS 1.3: a record of application data is five octets, then the content, its type, and sixteen octets of a tag. */
const HEADER = 5;
const APPLICATION_DATA = 23;
const SINGLE_OCTET = 1 + 1 + 16;

/** How long the content of each record of application data is, with type and tag. */
function dataRecords(octets: Buffer): number[] {
  const lengths: number[] = [];
  for (let at = 0; at + HEADER <= octets.length; at += HEADER + octets.readUInt16BE(at + 3))
    if (octets[at] === APPLICATION_DATA) lengths.push(octets.readUInt16BE(at + 3));
  return lengths;
}

/** What stands before a server and keeps what clients send it. */
interface Front {
  readonly port: number;
  /** What each connection has sent, in the order of their opening. */
  readonly sent: readonly Buffer[];
  /** Resolves when no connection is open. */
  quiet(): Promise<void>;
}

async function frontOf(server: RealServer): Promise<Front> {
  const sent: Buffer[] = [];
  const open = new Set<Promise<void>>();
  const front = createServer((from) => {
    const index = sent.push(Buffer.alloc(0)) - 1;
    const to = connect({ host: server.address, port: server.dotPort, noDelay: true });
    const closed = new Promise<void>((resolve) => from.on('close', resolve)).then(() => void open.delete(closed));
    open.add(closed);
    from.on('data', (chunk) => {
      sent[index] = Buffer.concat([sent[index] as Buffer, chunk]);
      to.write(chunk);
    });
    from.on('end', () => to.end());
    handOnRecords(to, from);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      one.on('error', () => other.destroy());
      // No more than an end: the connection is closed when the other side has seen it too.
      one.on('close', () => other.end());
    }
  });
  front.listen(0, server.address);
  await once(front, 'listening');
  onTestFinished(() => void front.close());
  const { port } = front.address() as { port: number };
  return { port, sent, quiet: async () => void (await Promise.all(open)) };
}

/**
 * Hands on what a server says, one TLS record a turn of the loop: the client, which is in this process, reads each by itself,
 * however late this process is.
 */
function handOnRecords(server: Socket, client: Socket): void {
  let rest = Buffer.alloc(0);
  let handing = false;
  let ended = false;
  const handOn = (): void => {
    const length = rest.length < HEADER ? undefined : HEADER + rest.readUInt16BE(3);
    handing = length !== undefined && length <= rest.length;
    if (handing) {
      client.write(rest.subarray(0, length));
      rest = rest.subarray(length);
      setImmediate(handOn);
    } else if (ended) client.end();
  };
  server.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    if (!handing) handOn();
  });
  server.on('end', () => {
    ended = true;
    if (!handing) handOn();
  });
}

/** One exchange whose time stands still, so that half a frame stands until time is let go on. */
async function sessionsBefore(server: RealServer) {
  const front = await frontOf(server);
  const clock = new VirtualClock();
  const dot = new DotExchange({ guard: openGuard, clock });
  onTestFinished(() => dot.close());
  const endpoint = dotAt(front.port);
  const records = (): number[] => dataRecords(front.sent.at(-1) ?? Buffer.alloc(0));
  const burst = async (label: string): Promise<void> => {
    const asked = names(5, label);
    const all = asked.map((name, id) => dot.exchange(endpoint, query(name, id), { signal: never }));
    expect((await Promise.all(all)).map(nameOf)).toEqual(asked);
  };
  return {
    clock,
    dot,
    front,
    burst,
    /** Asks until an octet of the next frame has left ahead, and no more than a part of that frame has. */
    async untilAhead() {
      do await burst('ahead');
      while (records().at(-1) !== SINGLE_OCTET);
    },
    /** NSD ends the session, and all others. */
    async lose() {
      server.reload();
      await front.quiet();
      // Our end of a connection may be told of its close a turn of the loop after the front's.
      while (dot.sessions.open > 0) await nextTurn();
    },
    /** How many octets left ahead on a fresh session’s first burst, which fetch the answers that NSD holds back. */
    async aheadOfFirstBurst() {
      const { opened } = dot.sessions;
      await burst('first');
      expect(dot.sessions.opened).toBe(opened + 1);
      return records().filter((length) => length === SINGLE_OCTET).length;
    },
  };
}

const SESSIONS = 3;

describe('P18', () => {
  it('P18 NSD ends session after session whose half frame had become whole: the next first burst is fetched as the first', async () => {
    const s = await sessionsBefore(await nsd());
    for (let session = 0; session < SESSIONS; session++) {
      expect(await s.aheadOfFirstBurst()).toBeGreaterThan(0);
      await s.untilAhead();
      const before = s.front.sent.at(-1)?.length ?? 0;
      await s.clock.advance(250);
      await s.burst('behind');
      expect(s.front.sent.at(-1)?.length).toBeGreaterThan(before);
      await s.clock.advance(250);
      await s.lose();
    }
    expect(await s.aheadOfFirstBurst()).toBeGreaterThan(0);
  });

  it('P18 NSD ends sessions upon half a frame: the next first burst is fetched all the same, and half a frame stands for less', async () => {
    const s = await sessionsBefore(await nsd());
    for (let session = 0; session < 2; session++) {
      expect(await s.aheadOfFirstBurst()).toBeGreaterThan(0);
      await s.untilAhead();
      await s.lose();
    }
    for (let session = 0; session < SESSIONS; session++) {
      expect(await s.aheadOfFirstBurst()).toBeGreaterThan(0);
      await s.clock.advance(10);
      await s.lose();
    }
    expect(await s.aheadOfFirstBurst()).toBeGreaterThan(0);
  });

  it('P18 NSD ends four sessions upon half a frame: none is begun, for ten minutes', async () => {
    const s = await sessionsBefore(await nsd());
    for (let session = 0; session < 4; session++) {
      expect(await s.aheadOfFirstBurst()).toBeGreaterThan(0);
      await s.untilAhead();
      await s.lose();
    }
    expect(await s.aheadOfFirstBurst()).toBe(0);
    await s.lose();
    await s.clock.advance(600_000);
    expect(await s.aheadOfFirstBurst()).toBeGreaterThan(0);
  });
});
