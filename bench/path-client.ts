// The client of the path bench, at its own end of the path.
import { setTimeout as wait } from 'node:timers/promises';
import { Do53Exchange, DotExchange } from '../src/index.js';
import type { Endpoint } from '../src/state/model.js';
import { inTurn, plainQueries } from './queries.js';
import { clearEndpoint, dotEndpoint } from './real.js';
import { serve } from './serve.js';

/** Where to ask, how often in the mean, and for how long, before it counts and then. */
export interface PathOrder {
  readonly server: { readonly address: string; readonly port: number; readonly dotPort: number };
  readonly perSecond: number;
  readonly warmMs: number;
  readonly forMs: number;
}

/** One question, asked over DoT and over Do53 at the same moment; times in milliseconds. */
export interface PathAnswer {
  /** Since the question before. */
  readonly distanceMs: number;
  readonly dotMs: number;
  readonly clearMs: number;
}

/** What came of an order. */
export interface PathReport {
  readonly answers: readonly PathAnswer[];
  /** Handshakes in all, and sessions open at the end. */
  readonly opened: number;
  readonly open: number;
}

const NAMES = 1_000;
const SECOND = 1_000;
const nextQuery = inTurn(plainQueries(NAMES));

serve(ask, async () => {});

/** Asks at random moments, as many clients do that know nothing of each other. */
async function ask({ server, perSecond, warmMs, forMs }: PathOrder): Promise<PathReport> {
  await using dot = new DotExchange({ guard: { admits: () => true } });
  await using do53 = new Do53Exchange();
  const { signal } = new AbortController();
  const timed = async (exchange: DotExchange | Do53Exchange, endpoint: Endpoint, message: Uint8Array) => {
    const askedAt = performance.now();
    await exchange.exchange(endpoint, message, { signal });
    return performance.now() - askedAt;
  };
  const asked: Promise<PathAnswer>[] = [];
  const beganAt = performance.now();
  let lastAt = beganAt;
  for (let now = beganAt; now - beganAt < warmMs + forMs; now = performance.now()) {
    const distanceMs = now - lastAt;
    lastAt = now;
    const message = nextQuery();
    const both = Promise.all([
      timed(dot, dotEndpoint(server), message),
      timed(do53, clearEndpoint(server), message),
    ]).then(([dotMs, clearMs]) => ({ distanceMs, dotMs, clearMs }));
    // A failure is told when all are awaited.
    both.catch(() => {});
    if (now - beganAt >= warmMs) asked.push(both);
    await wait((-Math.log(1 - Math.random()) * SECOND) / perSecond);
  }
  const answers = await Promise.all(asked);
  const { opened, open } = dot.sessions;
  return { answers, opened, open };
}
