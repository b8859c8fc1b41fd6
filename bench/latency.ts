import { setTimeout as wait } from 'node:timers/promises';
import type { TransportSelector } from '../src/index.js';
import type { FleetServer } from '../tools/fleet.js';
import { type Question, workload } from '../tools/workload.js';
import { type Bench, type Measurement, progress } from './bench.js';
import { type BenchFleet, type Kind, startBenchFleet } from './fleet.js';
import { within } from './load.js';
import { openLoop } from './open-loop.js';
import { makeSelector } from './real.js';
import { compare, mean, percentile } from './statistics.js';

const PLANS = { quick: { seconds: 6, runs: 1 }, full: { seconds: 40, runs: 5 } } as const;
/** Questions; each is asked with discovery on and off. */
const PER_SECOND = 200;
const RTT_MS = 20;
const LATE_MS = 100;
const DRAIN_MS = 10_000;

/** Two of five can be asked over DoT, two refuse, one is a black hole, all as far away. */
const KINDS: readonly Kind[] = [
  { name: 'DoT', capable: true, fault: 'good', count: 80, rttMs: RTT_MS, clearDelayMs: RTT_MS },
  { name: '853 closed', capable: false, fault: 'closed', count: 80, clearDelayMs: RTT_MS },
  { name: '853 black hole', capable: false, fault: 'black-hole', count: 40, clearDelayMs: RTT_MS },
];

/** What discovery costs its clients: the same questions with it and without, at the same moments. */
export const latency: Bench = async (effort) => {
  const { seconds, runs } = PLANS[effort];
  await using fleet = await startBenchFleet(KINDS);
  const found: Run[] = [];
  for (let seed = 1; seed <= runs; seed++) {
    progress(`run ${seed} of ${runs}, ${seconds} s`);
    found.push(await run(fleet, seconds, seed));
  }
  return figures(found);
};

/** What one run has brought. */
interface Run {
  /** In milliseconds. */
  readonly on: readonly number[];
  readonly off: readonly number[];
  /** Capable servers that were connected to. */
  readonly capable: number;
  /** Connections to them. */
  readonly sessions: number;
  /** The part of the answers of capable servers that came over DoT. */
  readonly encrypted: number;
}

async function run(fleet: BenchFleet, seconds: number, seed: number): Promise<Run> {
  const before = await fleet.connections();
  await using selectorOn = makeSelector();
  await using selectorOff = makeSelector();
  // A selector that may not probe decides for clear text for ever.
  selectorOff.pause();
  const on = new Times(selectorOn);
  const off = new Times(selectorOff);
  const questions = workload(fleet.servers, Number.POSITIVE_INFINITY, seed);
  const stop = openLoop(PER_SECOND, (index) => {
    const { value } = questions.next();
    if (value === undefined) return;
    for (const side of index % 2 === 0 ? [on, off] : [off, on]) side.ask(value);
  });
  await wait(1_000 * seconds);
  stop();
  await within(DRAIN_MS, Promise.all([on.settled(), off.settled()]));
  const opened = (await fleet.connections()).map((count, index) => count - (before[index] ?? 0));
  const ofCapable = opened.filter((count, index) => count > 0 && fleet.servers[index]?.capable === true);
  return {
    on: on.ms,
    off: off.ms,
    capable: ofCapable.length,
    sessions: ofCapable.reduce((sum, count) => sum + count, 0),
    encrypted: on.encrypted / Math.max(1, on.ofCapable),
  };
}

/** Asks through one selector, and keeps how long answers took. */
class Times {
  readonly ms: number[] = [];
  ofCapable = 0;
  encrypted = 0;
  readonly #selector: TransportSelector;
  readonly #open = new Set<Promise<void>>();

  constructor(selector: TransportSelector) {
    this.#selector = selector;
  }

  ask({ server, message }: Question): void {
    const { address, port, dotPort, zone, capable }: FleetServer = server;
    const askedAt = performance.now();
    const asked = this.#selector.query({ address, port, dotPort, zone }, message).then(({ encrypted }) => {
      this.ms.push(performance.now() - askedAt);
      if (capable) this.ofCapable++;
      if (encrypted) this.encrypted++;
    });
    this.#open.add(asked);
    // A failure is left for `settled` to tell.
    asked.then(
      () => this.#open.delete(asked),
      () => {},
    );
  }

  async settled(): Promise<void> {
    await Promise.all(this.#open);
  }
}

function figures(runs: readonly Run[]): Measurement[] {
  const at = (share: number) =>
    compare(
      runs.map(({ on }) => percentile(on, share)),
      runs.map(({ off }) => percentile(off, share)),
    );
  const late = (ms: readonly number[]) => ms.filter((one) => one > LATE_MS).length;
  const of10000 = (ms: readonly number[]) => (10_000 * late(ms)) / ms.length;
  return [
    { name: 'latency.p50', ...at(0.5) },
    { name: 'latency.p90', ...at(0.9) },
    // Late answers beyond twice as many as without discovery.
    { name: 'latency.late', value: mean(runs.map(({ on, off, capable }) => (late(on) - 2 * late(off)) / capable)) },
    {
      name: 'latency.over100',
      value: mean(runs.map(({ on }) => of10000(on))),
      baseline: mean(runs.map(({ off }) => of10000(off))),
    },
    { name: 'latency.sessions', value: mean(runs.map(({ sessions, capable }) => sessions / capable)) },
    { name: 'latency.encrypted', value: mean(runs.map(({ encrypted }) => encrypted)) },
  ];
}
