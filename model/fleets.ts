import type { Policy } from '../src/state/policy.js';
import { FLEET_HAPPENINGS, type FleetHappening } from './fleet-happenings.js';
import { SMALL_POLICY } from './ticks.js';

/** Endpoints that share slots. */
export interface FleetSize {
  /** What people call it. */
  readonly name: string;
  /** How many. */
  readonly endpoints: number;
  /** In ticks; its slots and candidates are those of the scheduler. */
  readonly policy: Policy;
  /** What happens to each. */
  readonly happenings: readonly FleetHappening[];
}

/** The same for several endpoints at once: each has few states, so that all of them together are not too many. */
const FLEET_POLICY: Policy = {
  ...SMALL_POLICY,
  threshold: 1,
  onlyAfterAnswer: false,
  hitWindowMs: 1,
  refreshSpread: 0,
  goodMs: 2,
  badMs: 1,
  unreachableRetryMs: 1,
  lameRetryMs: 1,
  demotedRetryMs: 1,
  maxRetryMs: 1,
  keepUnknownMs: 1,
  keepBadMs: 1,
  keepExpiredMs: 1,
  writeMs: 0,
  strikes: 1,
  silentStrikes: 1,
  strikeWindowMs: 1,
  inconclusiveRetryMs: 1,
  maxInconclusiveRetryMs: 1,
  groupShare: 1,
  reservedShare: 0.5,
};

/** Two that share a slot, and a place to wait or not; three that share two slots, of which one is kept for what is Good. */
export const FLEETS: readonly FleetSize[] = [
  {
    name: '2 endpoints, 1 slot, 1 may wait',
    endpoints: 2,
    policy: { ...FLEET_POLICY, probesAtOnce: 1, candidates: 1 },
    happenings: FLEET_HAPPENINGS,
  },
  {
    name: '2 endpoints, 1 slot, 2 may wait',
    endpoints: 2,
    policy: { ...FLEET_POLICY, probesAtOnce: 1, candidates: 2 },
    happenings: FLEET_HAPPENINGS,
  },
  {
    name: '3 endpoints, 2 slots, 2 may wait',
    endpoints: 3,
    policy: { ...FLEET_POLICY, probesAtOnce: 2, candidates: 2 },
    // More would be too many states.
    happenings: FLEET_HAPPENINGS.slice(0, 1),
  },
];
