// The resolver of the outage bench, in the namespace whose firewall cuts it off.
import { setTimeout as wait } from 'node:timers/promises';
import { Do53Exchange, type TransportSelector } from '../src/index.js';
import type { FleetServer } from '../tools/fleet.js';
import { openLoop } from './open-loop.js';
import { inTurn, plainQueries } from './queries.js';
import { clearEndpoint, makeGood, makeSelector } from './real.js';
import { serve } from './serve.js';
import { median, shareOf } from './statistics.js';

/** What this process is asked: to begin and be warm, and to tell what an outage did. */
export type OutageOrder =
  | { readonly begin: readonly FleetServer[] }
  | { readonly cutAt: number; readonly healedAt: number; readonly limitS: number };

/** What an outage did. */
export interface OutageReport {
  readonly queries: number;
  readonly failed: number;
  /** The slowest answer of those asked for since shortly before the outage, in milliseconds. */
  readonly slowestMs: number;
  /** The median Do53 answer while all was well, in milliseconds. */
  readonly do53Ms: number;
  /** From the outage's end until 99 % of a second's queries were encrypted, in seconds; `null` where they never were. */
  readonly recoveryS: number | null;
  /** Answers in clear text since the outage began. */
  readonly clear: number;
}

interface Asked {
  /** By the wall clock, which another process can read too. */
  readonly at: number;
  ms: number;
  outcome: 'open' | 'failed' | 'clear' | 'encrypted';
}

const PER_SECOND = 300;
const WARM_WITHIN_MS = 10_000;
const POLL_MS = 100;
const SECOND = 1_000;
const RECOVERED = 0.99;
const NAMES = 1_000;
const PINGS = 20;
const RCODE = 0x0f;

const asked: Asked[] = [];
let selector: TransportSelector | undefined;
let stop: () => void = () => {};
let do53Ms = 0;

serve(
  (order: OutageOrder) => ('begin' in order ? begin(order.begin) : report(order)),
  async () => selector?.close(),
);

async function begin(servers: readonly FleetServer[]): Promise<void> {
  do53Ms = await measureDo53(servers);
  const chosen = makeSelector();
  selector = chosen;
  const targets = servers.map(({ address, port, dotPort, zone }) => ({ address, port, dotPort, zone }));
  for (const target of targets) makeGood(chosen, target);
  const nextTarget = inTurn(targets);
  const nextQuery = inTurn(plainQueries(NAMES));
  stop = openLoop(PER_SECOND, () => {
    const one: Asked = { at: Date.now(), ms: 0, outcome: 'open' };
    asked.push(one);
    const startedAt = performance.now();
    chosen.query(nextTarget(), nextQuery()).then(
      ({ message, encrypted }) => {
        const isGood = ((message[3] ?? RCODE) & RCODE) === 0;
        one.outcome = !isGood ? 'failed' : encrypted ? 'encrypted' : 'clear';
        one.ms = performance.now() - startedAt;
      },
      () => {
        one.outcome = 'failed';
        one.ms = performance.now() - startedAt;
      },
    );
  });
  const recovered = await untilEncrypted(Date.now(), WARM_WITHIN_MS);
  if (recovered === null) throw new Error('the servers are Good, but no encryption comes about');
}

async function measureDo53(servers: readonly FleetServer[]): Promise<number> {
  await using exchange = new Do53Exchange();
  const next = inTurn(plainQueries(PINGS));
  const times: number[] = [];
  for (const server of servers.slice(0, PINGS)) {
    const startedAt = performance.now();
    await exchange.exchange(clearEndpoint(server), next(), { signal: AbortSignal.timeout(SECOND) });
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/**
 * Waits for a second of which 99 % of the queries were encrypted.
 *
 * @returns when it began, in milliseconds after `since`; `null` if there was none in time
 */
async function untilEncrypted(since: number, withinMs: number): Promise<number | null> {
  for (let from = since; from - since <= withinMs; from += POLL_MS) {
    while (Date.now() < from + SECOND || asked.some(({ at, outcome }) => outcome === 'open' && at < from + SECOND))
      await wait(POLL_MS);
    const ofSecond = asked.filter(({ at }) => at >= from && at < from + SECOND);
    if (ofSecond.length > 0 && shareOf(ofSecond, ({ outcome }) => outcome === 'encrypted') >= RECOVERED)
      return from - since;
  }
  return null;
}

async function report({ cutAt, healedAt, limitS }: Exclude<OutageOrder, { begin: unknown }>): Promise<OutageReport> {
  const recoveryMs = await untilEncrypted(healedAt, limitS * SECOND);
  stop();
  while (asked.some(({ outcome }) => outcome === 'open')) await wait(POLL_MS);
  const concerned = asked.filter(({ at }) => at >= cutAt - SECOND);
  const count = (wanted: Asked['outcome'], from: number) =>
    concerned.filter(({ at, outcome }) => outcome === wanted && at >= from).length;
  return {
    queries: concerned.length,
    failed: count('failed', 0),
    slowestMs: Math.max(...concerned.map(({ ms }) => ms)),
    do53Ms,
    recoveryS: recoveryMs === null ? null : recoveryMs / SECOND,
    clear: count('clear', cutAt),
  };
}
