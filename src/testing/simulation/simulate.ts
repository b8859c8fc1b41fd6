import { InvalidInputError } from '../../common/errors.js';
import { type Names, requireNames } from '../../state/known-names.js';
import { type Policy, type PolicyInput, resolvePolicy } from '../../state/policy.js';
import { Draws } from './draws.js';
import { type FleetPlan, fleetPlans } from './fleet-plans.js';
import { drawEndpoints, type SimulatedEndpoint } from './fleet-servers.js';
import { MOST_SESSIONS } from './held-answers.js';
import { speaksDot } from './kinds.js';
import { Life } from './life.js';
import type { LogLine } from './log-writer.js';
import { between } from './outcome-counts.js';
import { parseFleetPlan } from './parse-fleet-plan.js';
import type { SimulationCounts, SimulationResult, SimulationSample } from './result.js';
import { SimulationClock } from './sim-clock.js';

/** What life is to be simulated. */
export interface SimulationOptions {
  /** Which servers there are and what happens to them; default the fleet "2030". */
  readonly fleet?: FleetPlan | undefined;
  /** How many servers, each with an IPv4 and an IPv6 address; default 1,000, at most 200,000. */
  readonly servers?: number | undefined;
  /** Queries a second that leave the resolver; default 100, at most 100,000. */
  readonly queriesPerSecond?: number | undefined;
  /** How long, in hours; default 24, above 0, at most 8,760. */
  readonly hours?: number | undefined;
  /** The policy; default the preset `default`. */
  readonly policy?: PolicyInput | undefined;
  /** Chooses all that is left to chance; default 1. The same seed brings the same life. */
  readonly seed?: number | undefined;
  /** How many sessions an endpoint may have whose answers wait for our acknowledgements; default 4, as `DotExchange` has, at least 1. */
  readonly sessions?: number | undefined;
  /** How often a sample is taken, in hours; default a hundredth of the whole, a minute at least. */
  readonly sampleHours?: number | undefined;
  /** Whether every query goes through the selector one by one; slow, and no more than a check of the way in place. */
  readonly everyQuery?: boolean | undefined;
  /** Is told how much of the time has passed, as a share of 1, about a hundred times. */
  readonly progress?: ((share: number) => void) | undefined;
  /** Is given the log. */
  readonly log?: ((line: LogLine) => void) | undefined;
}

const HOUR = 3_600_000;
const SAMPLES = 100;
const MOST_SAMPLES = 100_000;
const LEAST_SAMPLE_HOURS = 1 / 60;
const SLOWEST = 0.01;
/** Makes another row of numbers of the same seed. */
const WEATHER = 0x5bd1_e995;

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
  return toEnd(simulateInSteps(options));
}

/**
 * The same, sample by sample, for who shows a life while it goes on. It goes on when the next sample is asked for, and comes to
 * the same however long that takes.
 *
 * @param options - what life
 * @param begun - is given the life before anything happens in it
 * @throws `InvalidInputError` `INVALID_OPTION`, `INVALID_POLICY`, at the first sample
 */
export async function* simulateInSteps(
  options: SimulationOptions,
  begun: (life: Life, endpoints: readonly SimulatedEndpoint[], clock: SimulationClock) => void = () => {},
): AsyncGenerator<SimulationSample, SimulationResult> {
  const servers = within('servers', options.servers ?? 1_000, 1, 200_000);
  const setting = settingOf(options);
  const draws = new Draws(setting.seed);
  const theirs = setting.rate * (1 - (setting.plan.attackShare ?? 0));
  const endpoints = drawEndpoints(setting.plan, servers, theirs, draws);
  return yield* live(endpoints, draws, setting, (life, clock) => begun(life, endpoints, clock));
}

/**
 * The same among endpoints that are given, not drawn: of a fleet's plan only what happens to servers counts, and of the
 * rate of queries only an attacker's share.
 *
 * @param endpoints - two a server, which break down together
 * @param options - what life
 * @throws `InvalidInputError` `INVALID_OPTION`, `INVALID_POLICY`
 */
export async function simulateEndpoints(
  endpoints: readonly SimulatedEndpoint[],
  options: SimulationOptions = {},
): Promise<SimulationResult> {
  const setting = settingOf(options);
  return toEnd(live(endpoints, new Draws(setting.seed), setting, () => {}));
}

async function toEnd(steps: AsyncGenerator<SimulationSample, SimulationResult>): Promise<SimulationResult> {
  for (;;) {
    const { done, value } = await steps.next();
    if (done) return value;
  }
}

/** Options, checked, with every default in place. */
interface Setting extends Pick<SimulationOptions, 'progress' | 'log'> {
  /** Queries a second, an attacker's included. */
  readonly rate: number;
  readonly hours: number;
  readonly plan: FleetPlan;
  readonly policy: Policy;
  readonly seed: number;
  /** How far apart samples are, in hours. */
  readonly sampleHours: number;
  readonly everyQuery: boolean;
  readonly mostSessions: number;
}

const NAMES: Names<SimulationOptions> = {
  fleet: true,
  servers: true,
  queriesPerSecond: true,
  hours: true,
  policy: true,
  seed: true,
  sampleHours: true,
  everyQuery: true,
  sessions: true,
  progress: true,
  log: true,
};

function settingOf(options: SimulationOptions): Setting {
  requireNames('INVALID_OPTION', options, NAMES);
  const hours = within('hours', options.hours ?? 24, 0.001, 8_760);
  const { sampleHours = Math.max(LEAST_SAMPLE_HOURS, hours / SAMPLES), everyQuery = false } = options;
  return {
    rate: within('queriesPerSecond', options.queriesPerSecond ?? 100, 0.001, 100_000),
    hours,
    plan: parseFleetPlan(options.fleet ?? fleetPlans[2030]),
    policy: resolvePolicy(options.policy),
    seed: within('seed', options.seed ?? 1, 0, 2 ** 32 - 1),
    sampleHours: within('sampleHours', sampleHours, hours / MOST_SAMPLES, Number.POSITIVE_INFINITY),
    everyQuery,
    mostSessions: whole('sessions', options.sessions ?? MOST_SESSIONS, 1, MOST_SESSIONS),
    log: options.log,
    progress: options.progress,
  };
}

async function* live(
  endpoints: readonly SimulatedEndpoint[],
  draws: Draws,
  { rate, hours, plan, policy, seed, sampleHours, everyQuery, mostSessions, log, progress }: Setting,
  begun: (life: Life, clock: SimulationClock) => void,
): AsyncGenerator<SimulationSample, SimulationResult> {
  const clock = new SimulationClock();
  const weather = new Draws(seed ^ WEATHER);
  const parts = { clock, draws, weather, plan, endpoints, policy, everyQuery, mostSessions, log };
  const life = new Life({ ...parts, attackRate: (rate * (plan.attackShare ?? 0)) / 1_000 });
  begun(life, clock);
  const samples: SimulationSample[] = [];
  let last = life.tally.counts;
  let firstHour: SimulationCounts | undefined;
  for (const hour of momentsOf(hours, sampleHours)) {
    await life.goTo(hour * HOUR);
    const counts = life.tally.counts;
    const [good, bad, unknown] = [life.held('good'), life.held('bad'), life.held('unknown')];
    const sample = { ...between(last, counts), hour, good, bad, unknown };
    samples.push(sample);
    if (hour === 1 && hours > 1) firstHour = counts;
    last = counts;
    progress?.(hour / hours);
    yield sample;
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
    heldAnswers: life.heldAnswers,
    livedQueries: life.lived,
    transitions,
  };
}

/** When samples are taken: at even distances, and at the first hour's end. */
function* momentsOf(hours: number, step: number): Generator<number> {
  let before = 0;
  for (let count = 1; before < hours; count++) {
    const hour = Math.min(hours, count * step);
    if (before < 1 && hour > 1) yield 1;
    yield hour;
    before = hour;
  }
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

function within(name: string, value: number, least: number, most: number): number {
  if (typeof value === 'number' && value >= least && value <= most) return value;
  throw new InvalidInputError('INVALID_OPTION', { [name]: value }, `${name}: ${least} to ${most}`);
}

function whole(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value)) return within(name, value, least, most);
  throw new InvalidInputError('INVALID_OPTION', { [name]: value }, `${name}: a whole number, ${least} to ${most}`);
}
