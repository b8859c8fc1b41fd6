import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { ServerObject, TransportSelector } from '../src/index.js';
import type { Measurement } from './bench.js';
import { type BenchFleet, startBenchFleet } from './fleet.js';
import { Questions } from './questions.js';
import { makeGood, makeSelector } from './real.js';
import { mean } from './statistics.js';

const SERVERS = 1_000;
const LIMITS = { '300ms': 300, '1s': 1_000, '5s': 5_000 } as const;
const WARM_AT_ONCE = 16;
/**
 * How often the loop is looked at, which adds to how long it seems to stand still. A timer of one millisecond would cost as much
 * as a third of the burst over Do53, one of ten a tenth.
 */
const RESOLUTION_MS = 20;
/** What was begun for a query goes on after its answer, and costs something too. */
const AFTER_MS = 1_000;

/** What one burst came to. */
interface Burst {
  readonly failed: number;
  /** How long the loop stood still at the longest, in milliseconds. */
  readonly stallMs: number;
  /** Of this process, in milliseconds. */
  readonly cpuMs: number;
}

/**
 * 1,000 Good servers fall silent at one moment, as many of them with open sessions as may be idle, and each is asked once
 * in one burst; beside a selector that asks the same of them over Do53. Connections are still accepted, by the kernel.
 *
 * @param rounds - how often
 */
export async function silence(rounds: number): Promise<Measurement[]> {
  await using fleet = await startBenchFleet([{ name: 'DoT', capable: true, fault: 'good', count: SERVERS }]);
  const targets = fleet.servers.map(({ address, port, dotPort, zone }) => ({ address, port, dotPort, zone }));
  const found: Measurement[] = [];
  const all: { readonly ours: Burst; readonly plain: Burst }[] = [];
  for (const [name, limitMs] of Object.entries(LIMITS)) {
    const ours: Burst[] = [];
    const plain: Burst[] = [];
    for (let round = 0; round < rounds; round++) {
      plain.push(await plainBurst(targets, limitMs));
      ours.push(await silentBurst(fleet, targets, limitMs));
    }
    const failed = (bursts: readonly Burst[]) => bursts.reduce((sum, one) => sum + one.failed, 0);
    found.push({ name: `lost.silent.${name}.failed`, value: failed(ours) - failed(plain), baseline: failed(plain) });
    all.push(...ours.map((one, round) => ({ ours: one, plain: plain[round] ?? one })));
  }
  const longest = (side: 'ours' | 'plain') => Math.max(...all.map((both) => both[side].stallMs));
  const cpu = (side: 'ours' | 'plain') => mean(all.map((both) => both[side].cpuMs));
  return [
    ...found,
    { name: 'lost.silent.stall', value: longest('ours'), baseline: longest('plain') },
    { name: 'lost.silent.cpu', value: cpu('ours'), baseline: cpu('plain') },
  ];
}

async function plainBurst(targets: readonly ServerObject[], limitMs: number): Promise<Burst> {
  await using selector = makeSelector();
  // A selector that may not probe decides for clear text for ever.
  selector.pause();
  await warm(selector, targets);
  return await burst(selector, targets, limitMs);
}

async function silentBurst(fleet: BenchFleet, targets: readonly ServerObject[], limitMs: number): Promise<Burst> {
  await using selector = makeSelector();
  for (const target of targets) makeGood(selector, target);
  await warm(selector, targets);
  await fleet.setFault('deaf');
  const found = await burst(selector, targets, limitMs);
  await fleet.setFault('good');
  return found;
}

/** Each is asked once, a few at a time. */
async function warm(selector: TransportSelector, targets: readonly ServerObject[]): Promise<void> {
  const questions = new Questions(selector, targets);
  const client = async (): Promise<void> => {
    while (questions.asked < targets.length) await questions.ask();
  };
  await Promise.all(Array.from({ length: WARM_AT_ONCE }, client));
  if (questions.failed > 0) throw new Error(`${questions.failed} queries failed while all was well`);
}

async function burst(selector: TransportSelector, targets: readonly ServerObject[], limitMs: number): Promise<Burst> {
  const questions = new Questions(selector, targets, limitMs);
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const cpu = process.cpuUsage();
  loop.enable();
  // The watch begins with the next turn.
  await wait(2 * RESOLUTION_MS);
  loop.reset();
  for (let count = 0; count < targets.length; count++) void questions.ask();
  await questions.settled();
  await wait(AFTER_MS);
  loop.disable();
  const { user, system } = process.cpuUsage(cpu);
  return { failed: questions.failed, stallMs: loop.max / 1e6, cpuMs: (user + system) / 1_000 };
}
