// The client of the crowded bench, at its own end of the path.
import { hrtime } from 'node:process';
import { Do53Exchange } from '../src/index.js';
import type { FleetServer } from '../tools/fleet.js';
import { type Question, workload } from '../tools/workload.js';
import { openLoop } from './open-loop.js';
import { clearEndpoint, makeSelector } from './real.js';
import { serve } from './serve.js';

/** Whom to ask, how often in all and a second; servers by Zipf's law, drawn by the seed. */
export interface CrowdOrder {
  readonly servers: readonly FleetServer[];
  /** Where they are. */
  readonly prefix: string;
  readonly queries: number;
  readonly perSecond: number;
  readonly seed: number;
}

/** What came of an order: each question was asked by dotscout and by a plain client at the same moment. */
export interface CrowdReport {
  /** How long answers took with dotscout, in milliseconds. */
  readonly onMs: readonly number[];
  /** The same over Do53 alone. */
  readonly offMs: readonly number[];
  /** Questions that Do53 alone had answered, and dotscout had not. */
  readonly failed: number;
  /** Of the questions for capable servers, the part that was answered over DoT. */
  readonly encrypted: number;
  /** And the part that was the third of its server or a later one: two make a server known. */
  readonly third: number;
  /** Candidates for a probe that gave way. */
  readonly dropped: number;
  /** When the second question of each server was answered; on the system's monotonic clock, in milliseconds. */
  readonly secondAt: readonly (readonly [address: string, at: number])[];
}

/** One question, and its answers. */
interface Asked {
  readonly server: FleetServer;
  /** Which one of its server's, from 1. */
  readonly place: number;
  on: Answer | undefined;
  off: Answer | undefined;
}

interface Answer {
  readonly ms: number;
  /** On the system's monotonic clock, in milliseconds. */
  readonly at: number;
  readonly encrypted: boolean;
}

const LEARNT_AFTER = 2;
const NS_PER_MS = 1e6;

serve(ask, async () => {});

async function ask({ servers, prefix, queries, perSecond, seed }: CrowdOrder): Promise<CrowdReport> {
  await using selector = makeSelector({ guard: { allow: [prefix] } });
  await using do53 = new Do53Exchange();
  const { signal } = new AbortController();
  const places = new Map<string, number>();
  const asked: Asked[] = [];
  const over: Promise<unknown>[] = [];
  const both = ({ server, message }: Question, index: number): void => {
    const { address, port, dotPort, zone } = server;
    const place = 1 + (places.get(address) ?? 0);
    places.set(address, place);
    const one: Asked = { server, place, on: undefined, off: undefined };
    asked.push(one);
    const sides = [
      async () => {
        one.on = await timed(() => selector.query({ address, port, dotPort, zone }, message));
      },
      async () => {
        one.off = await timed(() => do53.exchange(clearEndpoint(server), message, { signal }));
      },
    ];
    // Nobody always comes after the other.
    for (const side of index % 2 === 0 ? sides : sides.reverse()) over.push(side());
  };
  const questions = workload(servers, queries, seed);
  await new Promise<void>((resolve) => {
    const stop = openLoop(perSecond, (index) => {
      const { value } = questions.next();
      if (value !== undefined) return both(value, index);
      stop();
      resolve();
    });
  });
  await Promise.all(over);
  const { dropped } = selector.metrics();
  return { ...reportOf(asked), dropped: Object.values(dropped).reduce<number>((sum, count = 0) => sum + count, 0) };
}

/** An answer; `undefined` where none came. */
async function timed(begin: () => Promise<object>): Promise<Answer | undefined> {
  const startedAt = now();
  try {
    const result = await begin();
    const at = now();
    return { ms: at - startedAt, at, encrypted: 'encrypted' in result && result.encrypted === true };
  } catch {
    return undefined;
  }
}

function now(): number {
  return Number(hrtime.bigint()) / NS_PER_MS;
}

function reportOf(asked: readonly Asked[]): Omit<CrowdReport, 'dropped'> {
  const capable = asked.filter(({ server }) => server.capable);
  const part = (those: readonly Asked[]) => those.length / Math.max(1, capable.length);
  return {
    onMs: asked.flatMap(({ on }) => (on === undefined ? [] : [on.ms])),
    offMs: asked.flatMap(({ off }) => (off === undefined ? [] : [off.ms])),
    failed: asked.filter(({ on, off }) => on === undefined && off !== undefined).length,
    encrypted: part(capable.filter(({ on }) => on?.encrypted === true)),
    third: part(capable.filter(({ place }) => place > LEARNT_AFTER)),
    secondAt: asked.flatMap(({ server, place, on }) =>
      place === LEARNT_AFTER && on !== undefined ? [[server.address, on.at] as const] : [],
    ),
  };
}
