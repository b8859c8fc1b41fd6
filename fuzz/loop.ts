import type { Compared, Coverage } from './coverage.js';
import { hexOf } from './input.js';
import { minimize } from './minimize.js';
import type { Mutator } from './mutate.js';
import type { Crash } from './result.js';

/** Executions between two looks at the clock. */
const BATCH = 256;
/** Children made of an input before another is chosen. */
const CHILDREN = 32;
/** This many of the latest inputs are chosen as often as all others together. */
const LATEST = 16;

/** What is fuzzed, and with what. */
export interface Campaign {
  readonly run: (octets: Uint8Array) => void;
  readonly seeds: readonly Uint8Array[];
  /** When to end, as `Date.now` tells it. */
  readonly until: number;
  readonly coverage: Coverage;
  readonly mutator: Mutator;
}

/** What it came to. */
export interface Found {
  readonly executions: number;
  /** Inputs that each reached something, or something more often, that none before them did. */
  readonly corpus: readonly Uint8Array[];
  readonly crashes: readonly Crash[];
}

interface Kept {
  readonly octets: Uint8Array;
  readonly compared: readonly Compared[];
}

/**
 * Fuzzes until the time is over or a promise is broken: changes inputs that are known to reach something, and keeps
 * those changed ones that reach something new.
 *
 * @param campaign - what, and with what
 */
export function fuzz({ run, seeds, until, coverage, mutator }: Campaign): Found {
  const kept: Kept[] = [];
  let executions = 0;

  /** Runs an input, keeps it if it reaches something new; says why it breaks a promise, if it does. */
  const tryOut = (octets: Uint8Array): string | undefined => {
    executions++;
    coverage.begin();
    const why = whyOf(run, octets);
    if (coverage.learn()) kept.push({ octets, compared: coverage.compared });
    return why;
  };
  const crashOf = (octets: Uint8Array, why: string): Crash => {
    const promise = promiseOf(why);
    const least = minimize(octets, (shorter) => promiseOf(whyOf(run, shorter)) === promise);
    return { octets: hexOf(least), why: whyOf(run, least) ?? `${why} (not every time)` };
  };
  const found = (crashes: readonly Crash[]): Found => ({
    executions,
    corpus: kept.map(({ octets }) => octets),
    crashes,
  });

  for (const seed of [new Uint8Array(0), ...seeds]) {
    const why = tryOut(seed);
    if (why !== undefined) return found([crashOf(seed, why)]);
  }
  while (Date.now() < until) {
    for (let left = BATCH; left > 0; left -= CHILDREN) {
      const parent = chosen(kept, mutator);
      const other = chosen(kept, mutator);
      for (let child = 0; child < CHILDREN; child++) {
        const octets = mutator.mutate(parent.octets, other.octets, parent.compared);
        const why = tryOut(octets);
        if (why !== undefined) return found([crashOf(octets, why)]);
      }
    }
  }
  return found([]);
}

function chosen(kept: readonly Kept[], mutator: Mutator): Kept {
  const fromLatest = mutator.below(2) === 0;
  const choice = fromLatest
    ? kept.length - 1 - mutator.below(Math.min(LATEST, kept.length))
    : mutator.below(kept.length);
  return kept[choice] ?? { octets: new Uint8Array(0), compared: [] };
}

function whyOf(run: (octets: Uint8Array) => void, octets: Uint8Array): string | undefined {
  try {
    run(octets);
    return undefined;
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

/** What was promised, without what was found. */
function promiseOf(why: string | undefined): string | undefined {
  return why?.split(' | ', 1)[0];
}
