import { setTimeout as wait } from 'node:timers/promises';
import { DotExchange, type TransportSelector } from '../src/index.js';
import { type RealServer, startNsd } from '../test/support/servers.js';
import type { FleetServer } from '../tools/fleet.js';
import { type Bench, progress } from './bench.js';
import { type Kind, startBenchFleet } from './fleet.js';
import { heldMemory } from './memory.js';
import { openLoop } from './open-loop.js';
import { inTurn, largeQuery, plainQueries } from './queries.js';
import { dotEndpoint, makeGood, makeSelector, targetOf } from './real.js';
import { alternate } from './rounds.js';
import { median, percentile } from './statistics.js';

const PLANS = { quick: { seconds: 1.2, rounds: 6 }, full: { seconds: 8, rounds: 6 } } as const;
const PER_SECOND = 300;
const LATE = 0.99;
const PER_KIND = 8;
const NAMES = 1_000;

/** Answers of 65,535 octets, one every 10 ms; nothing is read; a little is read every 100 ms. */
const KINDS: readonly Kind[] = [
  { name: 'byte by byte', capable: true, fault: 'dribble', byteMs: 10, count: PER_KIND },
  { name: 'never reads', capable: true, fault: 'never-reads', count: PER_KIND },
  { name: 'slow window', capable: true, fault: 'slow-window', windowMs: 100, count: PER_KIND },
];
/** Queries at a time to each hostile server. */
const IN_FLIGHT: Readonly<Record<string, number>> = { 'byte by byte': 4, 'never reads': 100, 'slow window': 100 };
/** For the memory that they cost: 3.2 MB at a time, more than a session may hold in flight and waiting. */
const LARGE = 32_000;
/** A query that fails is asked again after up to so long: neither in a tight loop nor all of them at once. */
const PAUSE_MS = 2_000;
/** The attack grows for so long before it is looked at. */
const RAMP_MS = 1_000;
/** How often its memory is looked at. */
const SAMPLES = 6;

/** Servers that mean us harm, and what they cost: memory, and the time of others. */
export const hostile: Bench = async (effort) => {
  const { seconds, rounds } = PLANS[effort];
  await using nsd = await startNsd();
  await using fleet = await startBenchFleet(KINDS);
  await using exchange = new DotExchange({ guard: { admits: () => true } });
  await using selector = makeSelector({ dot: exchange });
  makeGood(selector, targetOf(nsd));
  await soundTraffic(selector, nsd, seconds);
  const before = heldMemory();
  progress(`${fleet.servers.length} hostile servers`);
  const ofRounds = await alternate(
    {
      without: () => soundTraffic(selector, nsd, seconds),
      beside: async () => {
        const attack = new Attack(exchange, fleet.servers, plainQueries(1));
        await wait(RAMP_MS);
        const traffic = await soundTraffic(selector, nsd, seconds);
        await attack.end();
        return traffic;
      },
    },
    rounds,
  );
  progress('their memory');
  const attack = new Attack(exchange, fleet.servers, [largeQuery(LARGE)]);
  const held: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    await wait(RAMP_MS / 2);
    held.push(heldMemory() - before);
  }
  await attack.end();
  const all = [...ofRounds.without, ...ofRounds.beside];
  return [
    { name: 'hostile.memory', value: Math.max(...held) / fleet.servers.length / 1_024 },
    {
      name: 'hostile.p99',
      value: median(ofRounds.beside.map(({ p99 }, round) => p99 - (ofRounds.without[round]?.p99 ?? Number.NaN))),
      baseline: median(ofRounds.without.map(({ p99 }) => p99)),
    },
    { name: 'hostile.failed', value: all.reduce((sum, { failed }) => sum + failed, 0) },
  ];
};

/** What became of a sound server's queries. */
interface Traffic {
  /** In milliseconds. */
  readonly p99: number;
  readonly failed: number;
}

async function soundTraffic(selector: TransportSelector, nsd: RealServer, seconds: number): Promise<Traffic> {
  const next = inTurn(plainQueries(NAMES));
  const target = targetOf(nsd);
  const times: number[] = [];
  const all: Promise<void>[] = [];
  let failed = 0;
  const stop = openLoop(PER_SECOND, () => {
    const startedAt = performance.now();
    const done = (): void => void times.push(performance.now() - startedAt);
    const asked = selector.query(target, next()).then(done, () => void failed++);
    all.push(asked);
  });
  await wait(1_000 * seconds);
  stop();
  await Promise.all(all);
  return { p99: percentile(times, LATE), failed };
}

/** Keeps queries in flight to hostile servers until it is ended. What becomes of them does not matter. */
class Attack {
  /** One a client: a signal slows down with the number of those who listen to it. */
  readonly #stops: AbortController[] = [];
  readonly #clients: readonly Promise<void>[];

  constructor(exchange: DotExchange, servers: readonly FleetServer[], [query = new Uint8Array()]: Uint8Array[]) {
    this.#clients = servers.flatMap((server) =>
      Array.from({ length: IN_FLIGHT[server.kind] ?? 0 }, () => this.#client(exchange, server, query)),
    );
  }

  async end(): Promise<void> {
    for (const stop of this.#stops) stop.abort();
    await Promise.all(this.#clients);
  }

  async #client(exchange: DotExchange, server: FleetServer, query: Uint8Array): Promise<void> {
    const stop = new AbortController();
    this.#stops.push(stop);
    const { signal } = stop;
    await wait(Math.random() * RAMP_MS);
    while (!signal.aborted) {
      try {
        await exchange.exchange(dotEndpoint(server), query, { signal });
      } catch {
        await wait(Math.random() * PAUSE_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}
