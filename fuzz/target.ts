/** An exchange with a real name server: what was sent to it and what it answered, without length octets. */
export interface Capture {
  readonly name: string;
  readonly query: Uint8Array;
  readonly answer: Uint8Array;
}

/** A part of dotscout that reads what strangers write, and what is promised of it. */
export interface Target {
  /** What it promises, in a sentence. */
  readonly promise: string;
  /** The longest input worth trying, in octets. */
  readonly maxLength: number;
  /**
   * Runs the part.
   *
   * @param octets - any; not changed, and not kept
   * @throws whatever the part throws that it should not, and `BrokenPromise`
   */
  run(octets: Uint8Array): void;
  /** Inputs to begin with. */
  seeds(captures: readonly Capture[]): Uint8Array[];
}

/** The targets, in the order in which they run. */
export const TARGET_NAMES = [
  'message',
  'zone',
  'framing',
  'opt',
  'session',
  'address',
  'server',
  'dump',
  'svcb',
  'worth',
  'records',
] as const;

/** The name of a target. */
export type TargetName = (typeof TARGET_NAMES)[number];
