import type { Times } from './model.js';

/** A smoothed time and its mean deviation, in milliseconds, after RFC 6298 section 2. */
export interface Smoothed {
  /** The smoothed time. */
  readonly mean: number;
  /** The mean deviation. */
  readonly deviation: number;
}

/**
 * One more measurement where nobody needs the deviation (RFC 6298 section 2: alpha is 1/8).
 *
 * @param before - the smoothed time so far, in milliseconds
 * @param sample - the measurement, in milliseconds
 * @returns the smoothed time, in milliseconds
 */
export function smoothMean(before: number | undefined, sample: number): number {
  return before === undefined ? sample : before + (sample - before) / 8;
}

/**
 * One more measurement.
 *
 * @param before - what was smoothed so far
 * @param sample - the measurement, in milliseconds
 */
export function smooth(before: Smoothed | undefined, sample: number): Smoothed {
  if (before === undefined) return { mean: sample, deviation: sample / 2 };
  return {
    mean: smoothMean(before.mean, sample),
    deviation: before.deviation + (Math.abs(sample - before.mean) - before.deviation) / 4,
  };
}

/**
 * The times measured of a server, each phase apart, and DoT apart from Do53, so that ranking is fair to servers whose
 * sessions must be opened first.
 */
export interface Timing {
  /** Answers on an open DoT session. */
  readonly warm?: Smoothed | undefined;
  /** Connect and handshake together. */
  readonly opening?: Smoothed | undefined;
  /** Answers over Do53. */
  readonly clear?: Smoothed | undefined;
}

/**
 * Adds an exchange's times.
 *
 * @param timing - what was measured so far
 * @param times - the exchange's times
 * @param encrypted - whether it was over DoT
 */
export function measured(timing: Timing, times: Times, encrypted: boolean): Timing {
  const answer = times.answer ?? times.total;
  const { warm, opening, clear } = timing;
  // Written out, not spread, because it happens at every answer.
  if (!encrypted) return { warm, opening, clear: smooth(clear, answer) };
  const opened = times.connect === undefined ? opening : smooth(opening, times.connect + (times.handshake ?? 0));
  return { warm: smooth(warm, answer), opening: opened, clear };
}
