import type { PolicyInput } from '../../state/policy.js';
import type { FleetPlan } from './fleet-plan.js';
import type { LogLine } from './log-line.js';

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
  /** How often a sample is taken, in hours; default a hundredth of the whole, a minute at least. */
  readonly sampleHours?: number | undefined;
  /** Whether every query goes through the selector one by one; slow, and no more than a check of the way in place. */
  readonly everyQuery?: boolean | undefined;
  /** Is told how much of the time has passed, as a share of 1, about a hundred times. */
  readonly progress?: ((share: number) => void) | undefined;
  /** Is given the log. */
  readonly log?: ((line: LogLine) => void) | undefined;
}
