import { readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { startNsd } from '../test/support/servers.js';
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

/** What a soak must show. Growth is the mean of the last third of the samples less that of the first third. */
export const SOAK_BARS: readonly Bar[] = [
  { name: 'soak.failed', unit: 'queries', of: 'value', ceiling: 0 },
  { name: 'soak.heap', unit: 'MB grown', of: 'value', ceiling: 3 },
  { name: 'soak.descriptors', unit: 'grown', of: 'value', ceiling: 16 },
  { name: 'soak.rate', unit: 'queries/s', of: 'value' },
  { name: 'soak.encrypted', unit: 'share', of: 'value' },
  { name: 'soak.sessions', unit: 'that were closed at random', of: 'value' },
];

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
/** Before the samples count: caches, pools and compiled code have come to their size. */
const WARM_SHARE = 0.2;
const SAMPLES = 30;

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
  const before = await sessionsOf(fleet);
  const stop = openLoop(rate * SHARE_OF_MAXIMUM, () => void questions.ask());
  const samples = await sampled(seconds);
  stop();
  await questions.settled();
  const { asked, failed, encrypted } = questions;
  return [
    { name: 'soak.failed', value: failed, baseline: asked },
    { name: 'soak.heap', ...growth(samples.map(({ memory }) => memory / MB)) },
    { name: 'soak.descriptors', ...growth(samples.map(({ descriptors }) => descriptors)) },
    { name: 'soak.rate', value: asked / seconds, baseline: rate },
    { name: 'soak.encrypted', value: encrypted / asked },
    { name: 'soak.sessions', value: (await sessionsOf(fleet)) - before },
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
    const { length: descriptors } = await readdir('/proc/self/fd');
    samples.push({ memory: heldMemory(), descriptors });
  }
  return samples;
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
