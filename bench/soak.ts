import { readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { startNsd } from '../test/support/servers.js';
import { processorWaitMs } from '../tools/processor-wait.js';
import type { Bar } from './bars.js';
import { type Measurement, progress } from './bench.js';
import { type BenchFleet, type Kind, startBenchFleet } from './fleet.js';
import { closedLoop, measured } from './load.js';
import { heldMemory } from './memory.js';
import { openLoop } from './open-loop.js';
import { Questions } from './questions.js';
import { makeGood, makeSelector, targetOf } from './real.js';
import { mean } from './statistics.js';

const MB = 2 ** 20;

const WAITED = 'soak.waited';
/** Beyond this share of the time, what a soak has lost says nothing of us. */
const MOST_WAITED = 0.25;

/** What a soak must show. Growth is the mean of the last third of the samples less that of the first third. */
export const SOAK_BARS: readonly Bar[] = [
  { name: 'soak.failed', unit: 'queries', of: 'value', ceiling: 0 },
  { name: 'soak.heap', unit: 'MB grown', of: 'value', ceiling: 3 },
  { name: 'soak.descriptors', unit: 'grown', of: 'value', ceiling: 16 },
  { name: 'soak.rate', unit: 'queries/s', of: 'value' },
  { name: 'soak.encrypted', unit: 'share', of: 'value' },
  { name: 'soak.sessions', unit: 'that were closed at random', of: 'value' },
  { name: WAITED, unit: 'share of the time, for a processor', of: 'value', ceiling: MOST_WAITED },
  { name: 'soak.left.heap', unit: 'MB when all had ended', of: 'value', ceiling: 3 },
  { name: 'soak.left.descriptors', unit: 'when all had ended', of: 'value', ceiling: 16 },
];

/** What the machine's load moves as much as any fault of ours does: what is in flight counts, and what comes too late fails. */
const OF_A_SOUND_MACHINE: readonly string[] = ['soak.failed', 'soak.heap', 'soak.descriptors'];

/**
 * The bars that a soak has to meet. Where the machine was busy with others, so that this process did not get the time that
 * the load takes (half of what it could do when that was measured), queries fail whoever asks them: a soak that lost some misses
 * `soak.waited` in place of the bars of its queries, and must still have left nothing behind. One that lost none has shown what it
 * should, however busy the machine was.
 *
 * @param measurements - what was found
 */
export function soakBars(measurements: readonly Measurement[]): readonly Bar[] {
  const found = (name: string): number => measurements.find((one) => one.name === name)?.value ?? 0;
  const isBusy = found(WAITED) > MOST_WAITED;
  const hasLost = SOAK_BARS.some(({ name, ceiling = 0 }) => OF_A_SOUND_MACHINE.includes(name) && found(name) > ceiling);
  if (!isBusy) return SOAK_BARS;
  const free = hasLost ? OF_A_SOUND_MACHINE : [WAITED];
  return SOAK_BARS.map((bar) => (free.includes(bar.name) ? { ...bar, ceiling: undefined } : bar));
}

/** Closes come at any moment: before an answer, after it, with other queries in flight. */
const KINDS: readonly Kind[] = [
  { name: 'closes at random', capable: true, fault: 'random-close', probability: 0.005, count: 4 },
];
const NSD_ADDRESSES = ['127.0.1.1', '127.0.2.1', '127.0.3.1', '127.0.4.1'];
/** For a query to a fault server so many to NSD, which is faster. */
const NSD_SHARE = 9;
const WINDOW = 100;
const PROBE_MS = 3_000;
const SHARE_OF_MAXIMUM = 0.5;
/**
 * How many questions a loop that stood still finds. A resolver's come from sockets, whose buffers hold a few hundred; without a
 * bound, whatever takes the processors for some seconds leaves more than can ever be caught up with.
 */
const AT_ONCE = 1_000;
/** Before the samples count: caches, pools and compiled code have come to their size. */
const WARM_SHARE = 0.2;
const SAMPLES = 30;
/** After the last answer: connections are closed 3 s after their last query, what failed late has ended as well. */
const REST_MS = 10_000;

/**
 * Asks for a long time at half the rate that can be had, of servers that close at random, and looks whether anything is
 * lost or left behind.
 *
 * @param seconds - how long
 */
export async function soak(seconds: number): Promise<Measurement[]> {
  await using nsd = await startNsd({ address: NSD_ADDRESSES });
  await using fleet = await startBenchFleet(KINDS);
  await using selector = makeSelector();
  const { port, dotPort } = nsd;
  const sound = nsd.addresses.map((address) => targetOf({ address, port, dotPort }));
  const targets = [...Array.from({ length: NSD_SHARE }, () => sound).flat(), ...fleet.servers.map(targetOf)];
  for (const target of targets) makeGood(selector, target);
  const questions = new Questions(selector, targets);
  const { rate } = await measured(() => closedLoop(WINDOW, PROBE_MS, () => questions.ask()));
  progress(`at most ${Math.round(rate)} queries a second, so ${Math.round(rate * SHARE_OF_MAXIMUM)} for ${seconds} s`);
  questions.reset();
  const idle = await sample();
  const before = await sessionsOf(fleet);
  const stop = openLoop(rate * SHARE_OF_MAXIMUM, () => void questions.ask(), AT_ONCE);
  const startedAt = performance.now();
  const waitedMs = await processorWaitMs();
  const samples = await sampled(seconds);
  const waited = ((await processorWaitMs()) - waitedMs) / (performance.now() - startedAt);
  stop();
  await questions.settled();
  const { asked, failed, encrypted } = questions;
  const sessions = (await sessionsOf(fleet)) - before;
  await wait(REST_MS);
  const left = await sample();
  const heap = growth(samples.map(({ memory }) => memory / MB));
  const descriptors = growth(samples.map((one) => one.descriptors));
  return [
    { name: 'soak.failed', value: failed, baseline: asked },
    { name: 'soak.heap', ...heap },
    { name: 'soak.descriptors', ...descriptors },
    { name: 'soak.rate', value: asked / seconds, baseline: rate },
    { name: 'soak.encrypted', value: encrypted / asked },
    { name: 'soak.sessions', value: sessions },
    { name: 'soak.waited', value: waited },
    { name: 'soak.left.heap', value: left.memory / MB - idle.memory / MB, baseline: idle.memory / MB },
    { name: 'soak.left.descriptors', value: left.descriptors - idle.descriptors, baseline: idle.descriptors },
  ];
}

async function sessionsOf(fleet: BenchFleet): Promise<number> {
  return (await fleet.connections()).reduce((sum, count) => sum + count, 0);
}

interface Sample {
  readonly memory: number;
  readonly descriptors: number;
}

async function sampled(seconds: number): Promise<Sample[]> {
  await wait(1_000 * seconds * WARM_SHARE);
  const samples: Sample[] = [];
  for (let count = 0; count < SAMPLES; count++) {
    await wait((1_000 * seconds * (1 - WARM_SHARE)) / SAMPLES);
    samples.push(await sample());
  }
  return samples;
}

async function sample(): Promise<Sample> {
  const { length: descriptors } = await readdir('/proc/self/fd');
  return { memory: heldMemory(), descriptors };
}

/**
 * How much a series has grown.
 *
 * @param series - in the order of time
 * @returns the mean of the last third less that of the first, and that of the first as baseline
 */
export function growth(series: readonly number[]): { value: number; baseline: number } {
  const third = Math.floor(series.length / 3);
  const first = mean(series.slice(0, third));
  return { value: mean(series.slice(-third)) - first, baseline: first };
}
