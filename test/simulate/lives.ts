import type { Run, Setting } from '../../simulate/run.js';
import type { SimulationCounts, SimulationResult, SimulationSample } from '../../src/testing/simulation/result.js';

/** What is simulated where a test does not care. */
export const SETTING: Setting = { fleet: '2030', servers: 1_000, queriesPerSecond: 100, hours: 24, seed: 1 };

const NOTHING: SimulationCounts = {
  queries: 0,
  toCapable: 0,
  encrypted: 0,
  oracle: 0,
  clearToGood: {},
  hedges: 0,
  probes: 0,
  failedQueries: 0,
  hopeless: 0,
  wrongAnswers: 0,
};

/** A sample in which nothing happened but what is given. */
export function sampleOf(given: Partial<SimulationSample>): SimulationSample {
  return { ...NOTHING, hour: 1, good: 0, bad: 0, unknown: 0, ...given };
}

/** The parts of a result that matter to a test. */
type GivenResult = Partial<Omit<SimulationResult, 'total'>> & { readonly total?: Partial<SimulationCounts> };

/** What a life came to in which nothing happened but what is given. */
export function resultOf({ total, ...given }: GivenResult): SimulationResult {
  const counts: SimulationCounts = { ...NOTHING, ...total };
  return {
    total: counts,
    afterFirstHour: counts,
    samples: [],
    endpoints: 2_000,
    capableEndpoints: 600,
    probeSocketSeconds: 0,
    timeToGoodP50: Number.NaN,
    timeToGoodP90: Number.NaN,
    addedLatencyP99Ms: 0,
    heldAnswers: 0,
    livedQueries: 0,
    transitions: {},
    ...given,
  };
}

/** A run of a policy. */
export function runOf(policy: string, result: SimulationResult, setting: Partial<Setting> = {}): Run {
  return { policy, setting: { ...SETTING, ...setting }, result, wallSeconds: 12.3456 };
}
