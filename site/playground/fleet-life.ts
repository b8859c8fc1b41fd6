import { fleetPlans } from '../../src/testing/simulation/fleet-plans.js';
import type { Life } from '../../src/testing/simulation/life.js';
import type { SimulationSample } from '../../src/testing/simulation/result.js';
import { simulateInSteps } from '../../src/testing/simulation/simulate.js';
import { type ChosenPolicy, policyOf } from './chosen-policy.js';
import { LAST_MOMENT, type Setup } from './setup.js';

const HOUR = 3_600_000;
/** How many servers there are, with two addresses each. */
export const SERVERS = 200;
const QUERIES_PER_SECOND = 20;

/** What was counted in some time. */
export interface Counted {
  minutes: number;
  queries: number;
  encrypted: number;
  /** How many could have been encrypted. */
  oracle: number;
  probes: number;
  /** Queries to Good addresses in clear text. */
  leaked: number;
}

/** How many minutes make a point of a chart. */
export const POINT_MINUTES = 10;

/** A fleet's life under one policy. It is lived up to a moment when somebody asks for it. */
export class FleetLife {
  readonly total: Counted = nothing();
  /** The same by ten minutes. */
  readonly points: Counted[] = [];
  readonly #samples: ReturnType<typeof simulateInSteps>;
  #life: Life | undefined;
  #livedTo = 0;

  /**
   * @param setup - which fleet
   * @param policy - under which policy
   */
  constructor(setup: Setup, policy: ChosenPolicy) {
    const options = {
      fleet: fleetPlans[setup.fleet],
      servers: SERVERS,
      queriesPerSecond: QUERIES_PER_SECOND,
      hours: LAST_MOMENT / HOUR,
      sampleHours: 1 / 60,
      policy: policyOf(policy),
      seed: setup.seed,
    };
    this.#samples = simulateInSteps(options, (life) => {
      this.#life = life;
    });
  }

  /** How far it has come, in milliseconds. */
  get livedTo(): number {
    return this.#livedTo;
  }

  /** Lives on for a minute. */
  async goOn(): Promise<void> {
    const { done, value } = await this.#samples.next();
    if (done) return;
    const latest = this.points.at(-1);
    const point = latest === undefined || latest.minutes === POINT_MINUTES ? nothing() : latest;
    if (point !== latest) this.points.push(point);
    for (const counted of [this.total, point]) add(counted, value);
    this.#livedTo = value.hour * HOUR;
  }

  /** What the selector holds of an address, two a server, and whether it speaks DoT at this moment. */
  seen(address: number): ReturnType<Life['seen']> {
    return this.#life?.seen(address) ?? { verdict: 'unknown', speaksDot: false };
  }
}

function nothing(): Counted {
  return { minutes: 0, queries: 0, encrypted: 0, oracle: 0, probes: 0, leaked: 0 };
}

function add(counted: Counted, sample: SimulationSample): void {
  counted.minutes++;
  counted.queries += sample.queries;
  counted.encrypted += sample.encrypted;
  counted.oracle += sample.oracle;
  counted.probes += sample.probes;
  for (const count of Object.values(sample.clearToGood)) counted.leaked += count ?? 0;
}
