import type { FleetPlan } from '../src/testing/simulation/fleet-plans.js';
import type { LogLine } from '../src/testing/simulation/log-writer.js';
import { simulate } from '../src/testing/simulation/simulate.js';
import { policyOf, type SimulatedPolicy, sessionsOf } from './policies.js';
import type { Run, Setting } from './run.js';

/** What one policy is to live through, and who is told of it. */
export interface LiveOptions {
  readonly policy: SimulatedPolicy;
  readonly setting: Setting;
  readonly fleet: FleetPlan;
  /** Is told how much is done, as a part of 1. */
  readonly progress: (share: number) => void;
  /** Is given the log, if one is wanted. */
  readonly log: ((line: LogLine) => void) | undefined;
}

/** Lets one policy live. */
export async function live({ policy, setting, fleet, progress, log }: LiveOptions): Promise<Run> {
  const { servers, queriesPerSecond, hours, seed } = setting;
  const startedAt = performance.now();
  const chosen = { policy: policyOf(policy), sessions: sessionsOf(policy) };
  const options = { fleet, servers, queriesPerSecond, hours, seed, ...chosen, progress, log };
  const result = await simulate(options);
  return { policy, setting, result, wallSeconds: (performance.now() - startedAt) / 1_000 };
}
