import { setTimeout as wait } from 'node:timers/promises';
import { DotExchange } from '../src/index.js';
import { type RealServer, startBind, startNsd } from '../test/support/servers.js';
import { type Bench, type Measurement, progress } from './bench.js';
import { inTurn, plainQueries } from './queries.js';
import { RawDot } from './raw-dot.js';
import { dotEndpoint } from './real.js';
import { alternate } from './rounds.js';
import { shareOf } from './statistics.js';

const SAMPLES = { quick: { first: 30, bursts: 12 }, full: { first: 100, bursts: 100 } } as const;
const NAMES = 1_000;
const FIRST_MS = 5;
const STALL_MS = 30;
/** As long after an answer the kernel still delays its ACKs. */
const PAUSE_MS = 15;
const BURST = 5;
const TIMEOUT_MS = 4_000;

/** The 40 ms that Nagle's algorithm and delayed ACKs make together: on fresh sessions, and on bursts in use. */
export const stalls: Bench = async (effort) => {
  const samples = SAMPLES[effort];
  const found: Measurement[] = [];
  for (const [name, start] of [['nsd', startNsd] as const, ['bind', startBind] as const]) {
    progress(name);
    await using server = await start();
    const first = await alternate({ ours: () => firstOfOurs(server), raw: () => firstOfRaw(server) }, samples.first);
    found.push(sharesOf(`stalls.${name}.first`, first, FIRST_MS));
    found.push(sharesOf(`stalls.${name}.burst`, await bursts(server, samples.bursts), STALL_MS));
  }
  return found;
};

function sharesOf(name: string, { ours, raw }: { ours: number[]; raw: number[] }, limit: number): Measurement {
  const share = (times: number[]) => shareOf(times, (ms) => ms < limit);
  return { name, value: share(ours), baseline: share(raw) };
}

const nextQuery = inTurn(plainQueries(NAMES));

/** A new exchange has no ticket, so that its session is fresh. */
async function firstOfOurs(server: RealServer): Promise<number> {
  await using exchange = new DotExchange({ guard: { admits: () => true } });
  // Awaited here: the exchange is closed when this returns.
  return await firstAnswerMs(exchange, server);
}

/**
 * All of the time of a first query but that of connect and handshake, in milliseconds.
 *
 * @param exchange - has no session there
 * @param server - where to
 */
export async function firstAnswerMs(
  exchange: DotExchange,
  server: Pick<RealServer, 'address' | 'dotPort'>,
): Promise<number> {
  const startedAt = performance.now();
  const { times } = await exchange.attempt(dotEndpoint(server), nextQuery(), TIMEOUT_MS).done;
  return performance.now() - startedAt - (times.connect ?? 0) - (times.handshake ?? 0);
}

async function firstOfRaw(server: RealServer): Promise<number> {
  const client = await RawDot.open(server);
  const ms = await client.burst(1);
  client.close();
  return ms;
}

/** How long the slowest answer of each burst took. */
async function bursts(server: RealServer, samples: number): Promise<{ ours: number[]; raw: number[] }> {
  await using exchange = new DotExchange({ guard: { admits: () => true } });
  const { signal } = new AbortController();
  const ask = () => exchange.exchange(dotEndpoint(server), nextQuery(), { signal });
  const raw = await RawDot.open(server);
  try {
    return await alternate(
      {
        ours: () => afterAnAnswer(ask, () => slowest(ask)),
        raw: () =>
          afterAnAnswer(
            () => raw.burst(1),
            () => raw.burst(BURST),
          ),
      },
      samples,
    );
  } finally {
    raw.close();
  }
}

async function afterAnAnswer(ask: () => Promise<unknown>, burst: () => Promise<number>): Promise<number> {
  await ask();
  await wait(PAUSE_MS);
  return burst();
}

async function slowest(ask: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: BURST }, ask));
  return performance.now() - startedAt;
}
