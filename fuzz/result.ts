import type { TargetName } from './target.js';

/** An input that breaks a promise. */
export interface Crash {
  /** In hexadecimal. */
  readonly octets: string;
  /** What was promised and what was found, or what was thrown, or how the process ended. */
  readonly why: string;
}

/** What fuzzing one target came to. */
export interface TargetResult {
  readonly target: TargetName;
  readonly seconds: number;
  /** How often the target ran. */
  readonly executions: number;
  readonly executionsPerSecond: number;
  /** Inputs that each reached something, or something more often, that none before them did. */
  readonly corpus: number;
  /** Branches of src/ that were reached. */
  readonly edges: number;
  /** Branches of the modules that the target loads. */
  readonly edgesInAll: number;
  readonly crashes: readonly Crash[];
}

/** A thread's word: what it found, and the inputs that reach most. */
export interface Report {
  readonly result: TargetResult;
  /** In hexadecimal. */
  readonly reaching: readonly string[];
}

/** What a thread is asked to do. */
export interface Order {
  readonly target: TargetName;
  readonly seconds: number;
  /** For its black box. */
  readonly memory: SharedArrayBuffer;
}
