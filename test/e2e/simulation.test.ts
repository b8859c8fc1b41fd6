import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TransportSelector } from '../../src/index.js';
import type { PolicyInput } from '../../src/state/policy.js';
import { seededRandom } from '../../src/testing/random.js';
import type { FleetPlan } from '../../src/testing/simulation/fleet-plans.js';
import { speaksDot } from '../../src/testing/simulation/kinds.js';
import { simulateEndpoints } from '../../src/testing/simulation/simulate.js';
import { count, figure } from '../support/figures.js';
import { smallFleet, startSmallFleet } from '../testing/simulation/small-fleet.js';
import { query } from '../transport/support.js';

const QUERIES_PER_SECOND = 150;
const SECONDS = 20;
/** Short probes, so that a short life holds all of them. */
const POLICY: PolicyInput = { probeTimeoutMs: 1_000, attemptMs: 2_000 };
/** Nothing happens to these servers. */
const CALM: FleetPlan = { name: 'forty', mix: { good13: 1 }, lossShare: 0 };
const SEEDS = [1, 2, 3, 4, 5];

/** So far may the real life lie outside of what the simulated ones span: shares, and numbers of probes and endpoints. */
const NEAR = { share: 0.02, number: 2 };

/** What is compared. */
interface Came {
  readonly ofAll: number;
  readonly ofCapable: number;
  readonly clearToGood: number;
  readonly probes: number;
  readonly good: number;
  readonly bad: number;
  readonly failed: number;
}

async function real(): Promise<Came & { readonly queries: number }> {
  await using fleet = await startSmallFleet();
  await using selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, policy: POLICY });
  const endpoints = smallFleet(QUERIES_PER_SECOND);
  const random = seededRandom(11);
  const sum = endpoints.reduce((all, { rate }) => all + rate, 0);
  const pick = (): number => {
    let left = random() * sum;
    const found = endpoints.findIndex(({ rate }) => {
      left -= rate;
      return left < 0;
    });
    return Math.max(0, found);
  };
  const asked: Promise<void>[] = [];
  let [capable, encrypted, failed] = [0, 0, 0];
  const begin = performance.now();
  for (let at = 0; at < SECONDS * 1_000; at += -Math.log(1 - random()) / sum) {
    await sleep(Math.max(0, begin + at - performance.now()));
    const chosen = pick();
    const [target, endpoint] = [fleet.targets[chosen], endpoints[chosen]];
    if (target === undefined || endpoint === undefined) throw new Error('no such server');
    if (speaksDot(endpoint.kind)) capable++;
    const name = `host${asked.length % 50}.example.test`;
    asked.push(
      selector.query(target, query(name)).then(
        (result) => {
          if (result.encrypted) encrypted++;
        },
        () => {
          failed++;
        },
      ),
    );
  }
  await Promise.all(asked);
  const { endpoints: held, probes, clearToGood } = selector.metrics();
  return {
    queries: asked.length,
    ofAll: encrypted / asked.length,
    ofCapable: encrypted / capable,
    clearToGood: sumOf(clearToGood) / asked.length,
    probes: probes.begun ?? 0,
    good: held.good,
    bad: held.bad,
    failed,
  };
}

async function simulated(seed: number): Promise<Came> {
  const endpoints = smallFleet(QUERIES_PER_SECOND);
  const hours = SECONDS / 3_600;
  const life = await simulateEndpoints(endpoints, { fleet: CALM, policy: POLICY, hours, seed, sampleHours: hours });
  const { total, samples } = life;
  return {
    ofAll: total.encrypted / total.queries,
    ofCapable: total.encrypted / total.toCapable,
    clearToGood: sumOf(total.clearToGood) / total.queries,
    probes: total.probes,
    good: samples.at(-1)?.good ?? 0,
    bad: samples.at(-1)?.bad ?? 0,
    failed: total.failedQueries,
  };
}

function sumOf(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, value = 0) => sum + value, 0);
}

it('forty servers, real and fake, live on sockets as they do in the simulator', async () => {
  const lives: Came[] = [];
  for (const seed of SEEDS) lives.push(await simulated(seed));
  const life = await real();
  expect(life.queries).toBeGreaterThan(0.9 * QUERIES_PER_SECOND * SECONDS);
  for (const measure of ['ofAll', 'ofCapable', 'clearToGood', 'probes', 'good', 'bad', 'failed'] as const) {
    const values = lives.map((one) => one[measure]);
    const isShare = measure.startsWith('of') || measure === 'clearToGood';
    const near = isShare ? NEAR.share : NEAR.number;
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const digits = isShare ? 4 : 0;
    figure(
      measure,
      `real ${count(life[measure], digits)}, simulated ${count(least, digits)} to ${count(most, digits)}`,
    );
    expect(life[measure]).toBeGreaterThanOrEqual(least - near);
    expect(life[measure]).toBeLessThanOrEqual(most + near);
  }
  expect([life.failed, ...lives.map(({ failed }) => failed)]).toEqual([0, ...SEEDS.map(() => 0)]);
});
