import type { DecisionContext } from '../src/contact/contact.js';
import type { Decider } from '../src/decide/decider.js';
import { seededRandom } from '../src/testing/random.js';
import { addressOf, freshAddresses } from './addresses.js';
import { type Bench, type Effort, type Measurement, progress } from './bench.js';
import { filledDecider } from './filled-decider.js';
import { manyRules } from './many-rules.js';
import { heldMemory } from './memory.js';
import { alternate } from './rounds.js';
import { compare } from './statistics.js';

const SIZES = [10_000, 100_000, 1_000_000] as const;
const LARGEST = 1_000_000;
const RULES = 100_000;
const RULED_SIZE = 100_000;
const PLANS = { quick: { calls: 20_000, rounds: 9 }, full: { calls: 200_000, rounds: 31 } } as const;
/** As many strings are made at a time, outside of what is measured. */
const BATCH = 10_000;
/** The compiler is done with `decide` after so many calls. */
const WARM_CALLS = 300_000;
const NS = 1e6;

/** `decide` against a look-up in a bare `Map` with a counter, and what an endpoint takes of memory. */
export const decide: Bench = async (effort) => {
  const found: Measurement[] = [];
  for (const size of SIZES) found.push(...(await ofSize(size, effort)));
  found.push(...(await underRules(effort)));
  return found;
};

async function ofSize(size: number, effort: Effort): Promise<Measurement[]> {
  progress(`${size} endpoints`);
  const before = heldMemory();
  await using filled = filledDecider(size);
  const bytes = (heldMemory() - before) / size;
  const { calls, rounds } = PLANS[effort];
  const map = new Map(Array.from({ length: size }, (_, index) => [addressOf(index), { count: 0 }] as const));
  const random = seededRandom(size);
  const contestants = (times: number) => ({
    ours: async () => timed(size, times, random, (keys) => decideAll(filled.decider, keys)),
    map: async () => timed(size, times, random, (keys) => countAll(map, keys)),
  });
  await alternate(contestants(WARM_CALLS), 1);
  const { ours, map: theirs } = await alternate(contestants(calls), rounds);
  const speed = { name: `decide.${size}`, ...compare(ours, theirs) };
  return size === LARGEST ? [speed, { name: 'decide.bytes', value: bytes }] : [speed];
}

/** With rules, none of which is for any of the endpoints, against the same without. */
async function underRules(effort: Effort): Promise<Measurement[]> {
  progress(`${RULES} rules`);
  await using plain = filledDecider(RULED_SIZE);
  await using ruled = filledDecider(RULED_SIZE, manyRules(RULES));
  const { calls, rounds } = PLANS[effort];
  const random = seededRandom(RULED_SIZE);
  const found: Measurement[] = [];
  for (const [name, context] of [
    ['decide.rules', undefined],
    ['decide.rules-zone', { zone: 'www.example.org' }],
  ] as const) {
    const of = (decider: Decider, times: number) => async () =>
      timed(RULED_SIZE, times, random, (keys) => decideAll(decider, keys, context));
    const contestants = (times: number) => ({ ruled: of(ruled.decider, times), plain: of(plain.decider, times) });
    await alternate(contestants(WARM_CALLS), 1);
    const measured = await alternate(contestants(calls), rounds);
    found.push({ name, ...compare(measured.ruled, measured.plain) });
  }
  return found;
}

/** In nanoseconds a key. */
function timed(size: number, calls: number, random: () => number, run: (keys: readonly string[]) => void): number {
  let ms = 0;
  for (let done = 0; done < calls; done += BATCH) {
    const keys = freshAddresses(Uint32Array.from({ length: BATCH }, () => Math.floor(random() * size)));
    const startedAt = performance.now();
    run(keys);
    ms += performance.now() - startedAt;
  }
  return (NS * ms) / calls;
}

function decideAll(decider: Decider, keys: readonly string[], context?: DecisionContext): void {
  for (const key of keys) decider.decide(key, context);
}

function countAll(map: ReadonlyMap<string, { count: number }>, keys: readonly string[]): void {
  for (const key of keys) {
    const row = map.get(key);
    if (row !== undefined) row.count++;
  }
}
