import type { SimulationResult } from '../src/testing/simulation/result.js';
import type { ReplayCounts } from './replay.js';

/** Sums of fractions depend on the order of adding; counts have to agree to the last. */
const RELATIVE_ERROR = 1e-9;

/**
 * Compares what the simulator counted with what its log comes to.
 *
 * @returns what differs, a sentence each; empty where both agree
 */
export function differences({ total, probeSocketSeconds }: SimulationResult, replayed: ReplayCounts): string[] {
  const reasons = new Set([...Object.keys(total.clearToGood), ...Object.keys(replayed.clearToGood)]);
  const pairs: (readonly [name: string, simulated: number, replayed: number])[] = [
    ['queries', total.queries, replayed.queries],
    ['toCapable', total.toCapable, replayed.toCapable],
    ['encrypted', total.encrypted, replayed.encrypted],
    ...[...reasons].map((reason): readonly [string, number, number] => [
      `clearToGood, ${reason}`,
      total.clearToGood[reason] ?? 0,
      replayed.clearToGood[reason] ?? 0,
    ]),
    ['probes', total.probes, replayed.probes],
    ['failedQueries and hopeless', total.failedQueries + total.hopeless, replayed.unanswered],
  ];
  const told = pairs.filter(([, simulated, counted]) => simulated !== counted);
  const seconds = Math.abs(probeSocketSeconds - replayed.probeSocketSeconds);
  if (!(seconds <= RELATIVE_ERROR * Math.max(1, probeSocketSeconds))) {
    told.push(['probeSocketSeconds', probeSocketSeconds, replayed.probeSocketSeconds]);
  }
  return told.map(
    ([name, simulated, counted]) => `${name}: the simulator counted ${simulated}, its log has ${counted}`,
  );
}
