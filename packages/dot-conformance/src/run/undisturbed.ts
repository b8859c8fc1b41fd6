import { DISTURBED_MS } from '../sheet/figures.js';
import type { Observation } from '../sheet/observation.js';
import type { Judgement } from '../sheet/verdict.js';

const TRIES = 3;

/** A try, and what became of it. */
export interface Judged {
  readonly judgement: Judgement;
  readonly observation: Observation;
  /** For how long the machine stood still at its longest, in milliseconds. */
  readonly disturbedMs: number;
}

/**
 * Tries, and tries again where that failed while the machine stood still, up to three times.
 *
 * @param attempt - one try
 * @param onDisturbed - told of each that is made again, with how long the machine stood still (ms)
 * @returns the first that passed or was not disturbed; otherwise the least disturbed
 */
export async function undisturbed(
  attempt: () => Promise<Judged>,
  onDisturbed: (disturbedMs: number) => void,
): Promise<Judged> {
  const disturbed: Judged[] = [];
  while (disturbed.length < TRIES) {
    const judged = await attempt();
    if (judged.judgement.verdict === 'pass' || judged.disturbedMs <= DISTURBED_MS) return judged;
    disturbed.push(judged);
    if (disturbed.length < TRIES) onDisturbed(judged.disturbedMs);
  }
  return disturbed.reduce((least, one) => (one.disturbedMs < least.disturbedMs ? one : least));
}
