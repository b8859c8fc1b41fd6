import { InvalidInputError } from '../../errors.js';
import { resolvePolicy } from '../../state/policy.js';
import { Draws } from './draws.js';
import { fleetPlans } from './fleet-plans.js';
import { drawEndpoints } from './fleet-servers.js';
import { speaksDot } from './kinds.js';
import { Life } from './life.js';
import type { SimulationOptions } from './options.js';
import { parseFleetPlan } from './parse-fleet-plan.js';
import type { SimulationCounts, SimulationResult, SimulationSample } from './result.js';
import { SimulationClock } from './sim-clock.js';
import { between } from './tally.js';

const HOUR = 3_600_000;
const SAMPLES = 100;
const LEAST_SAMPLE_HOURS = 1 / 60;
const SLOWEST = 0.01;

/**
 * Lets the real selector live through hours or days among simulated servers, in seconds: to see what a policy costs and
 * gains before it is used. State machine, table, scheduler and the race of DoT and Do53 are the real ones; servers,
 * sessions and the network are simulated. Of endpoints whose state is settled the selector sees the first query of each
 * ten minutes, the others are counted in place.
 *
 * @param options - what life
 * @returns what it came to
 * @throws `InvalidInputError` `INVALID_OPTION`, `INVALID_POLICY`
 *
 * @example
 * ```ts
 * const { total } = await simulate({ fleet: fleetPlans[2030], servers: 200, queriesPerSecond: 20, hours: 6 });
 * console.log(total.encrypted / total.queries);
 * ```
 */
export async function simulate(options: SimulationOptions = {}): Promise<SimulationResult> {
  const { seed = 1, log, progress, everyQuery = false } = options;
  const servers = within('servers', options.servers ?? 1_000, 1, 200_000);
  const rate = within('queriesPerSecond', options.queriesPerSecond ?? 100, 0.001, 100_000);
  const hours = within('hours', options.hours ?? 24, 0.001, 8_760);
  const plan = parseFleetPlan(options.fleet ?? fleetPlans[2030]);
  const policy = resolvePolicy(options.policy);
  const { attackShare = 0 } = plan;
  const draws = new Draws(seed);
  const endpoints = drawEndpoints(plan, servers, rate * (1 - attackShare), draws);
  const clock = new SimulationClock();
  const parts = { clock, draws, plan, endpoints, policy, everyQuery, log };
  const life = new Life({ ...parts, attackRate: (rate * attackShare) / 1_000 });
  const steps = momentsOf(hours, options.sampleHours);
  const samples: SimulationSample[] = [];
  let last = life.tally.counts;
  let firstHour: SimulationCounts | undefined;
  for (const [index, hour] of steps.entries()) {
    await life.goTo(hour * HOUR);
    const counts = life.tally.counts;
    const { good, bad } = life.selector.metrics().endpoints;
    samples.push({ ...between(last, counts), hour, good, bad, unknown: 2 * servers - good - bad });
    if (hour === 1) firstHour = counts;
    last = counts;
    progress?.((index + 1) / steps.length);
  }
  const { transitions, listenerErrors } = life.selector.metrics();
  await life.close();
  if (listenerErrors > 0) throw new Error(`${listenerErrors} listeners of the simulation have thrown`);
  const total = life.tally.counts;
  const times = life.timesToGood.sort();
  return {
    total,
    afterFirstHour: firstHour === undefined ? total : between(firstHour, total),
    samples,
    endpoints: endpoints.length,
    capableEndpoints: endpoints.filter(({ kind }) => speaksDot(kind)).length,
    probeSocketSeconds: life.probeMs / 1_000,
    timeToGoodP50: quantile(times, 0.5) / 1_000,
    timeToGoodP90: quantile(times, 0.9) / 1_000,
    addedLatencyP99Ms: life.tally.addedLatency(SLOWEST),
    livedQueries: life.lived,
    transitions,
  };
}

/** When samples are taken: at even distances, and at the first hour's end. */
function momentsOf(hours: number, given: number | undefined): readonly number[] {
  const step = given ?? Math.max(LEAST_SAMPLE_HOURS, hours / SAMPLES);
  const even = Array.from({ length: Math.ceil(hours / step) }, (_, index) => Math.min(hours, (index + 1) * step));
  return [...new Set(hours > 1 ? [...even, 1] : even)].sort((a, b) => a - b);
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function within(name: string, value: number, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new InvalidInputError('INVALID_OPTION', { [name]: value }, `${name}: ${least} to ${most}`);
}
