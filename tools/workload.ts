import { encode } from 'dns-packet';
import { seededRandom } from '../src/testing/random.js';
import type { FleetServer } from './fleet.js';

/** One question of the workload. */
export interface Question {
  readonly server: FleetServer;
  readonly message: Uint8Array;
}

/** Names asked for in a zone. */
const NAMES = 50;

/**
 * The queries of a resolver: servers by Zipf's law, the popular ones drawn by the seed from all of them. The same seed brings
 * the same questions in the same order.
 *
 * @param servers - the fleet
 * @param count - how many questions
 * @param seed - chooses
 */
export function* workload(servers: readonly FleetServer[], count: number, seed: number): Generator<Question> {
  const random = seededRandom(seed);
  const draw = zipf(servers, random);
  for (let i = 0; i < count; i++) {
    const server = draw();
    if (server === undefined) return;
    const name = `host${Math.floor(random() * NAMES)}.${server.zone.slice(0, -1)}`;
    const id = Math.floor(random() * 0x1_0000);
    yield { server, message: encode({ type: 'query', id, questions: [{ type: 'A', name }] }) };
  }
}

/**
 * Draws items by Zipf's law: the second half as often as the first, the third a third as often.
 *
 * @param items - of which the popular ones are drawn first, once
 * @param random - in [0, 1)
 * @returns draws one; `undefined` where there is none
 */
export function zipf<T>(items: readonly T[], random: () => number): () => T | undefined {
  const ranked = shuffled(items, random);
  const shares = cumulated(ranked.map((_, index) => 1 / (index + 1)));
  return () => {
    const drawn = random() * (shares.at(-1) ?? 0);
    return ranked[shares.findIndex((share) => drawn < share)];
  };
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function cumulated(weights: readonly number[]): number[] {
  let sum = 0;
  return weights.map((weight) => {
    sum += weight;
    return sum;
  });
}
