import type { SimulationResult } from '../src/testing/simulation/result.js';

/** What was simulated, the same for every policy. */
export interface Setting {
  /** What people call the fleet. */
  readonly fleet: string;
  readonly servers: number;
  readonly queriesPerSecond: number;
  readonly hours: number;
  readonly seed: number;
}

/** One policy's life. */
export interface Run {
  /** The policy's name. */
  readonly policy: string;
  readonly setting: Setting;
  /** What it came to. */
  readonly result: SimulationResult;
  /** How long it took us, in seconds. */
  readonly wallSeconds: number;
}
