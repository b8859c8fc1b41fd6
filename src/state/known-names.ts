import { type InvalidInputCode, InvalidInputError } from './invalid-input.js';

/** The names of an object of options; the compiler misses one that is not listed. */
export type Names<T> = Readonly<Record<keyof T, true>>;

/**
 * Refuses what is no object, and what has a name that is not known: a misspelt option is otherwise one that was not given.
 *
 * @param code - of the error
 * @param given - as a caller gave it
 * @param known - the names that it may have
 * @param what - what it is called where it is a part of another object: `guard: `
 * @throws {@link InvalidInputError} with the unknown name, those that are known and the nearest of them
 */
export function requireNames<T extends object>(code: InvalidInputCode, given: T, known: Names<T>, what = ''): void {
  if (typeof given !== 'object' || given === null)
    // Its kind and not what it says: it may be a connection's URL with a password.
    throw new InvalidInputError(code, given === null ? null : typeof given, `${what}an object of options`);
  for (const name in given) {
    if (Object.hasOwn(known, name) || !Object.hasOwn(given, name)) continue;
    throw new InvalidInputError(code, name, `${what}${oneOf(name, Object.keys(known))}`);
  }
}

/**
 * Refuses a word that is not known.
 *
 * @param code - of the error
 * @param word - as a caller gave it
 * @param known - the words that are known
 * @param what - what it is called: `demand: `
 * @throws {@link InvalidInputError} with the unknown word, those that are known and the nearest of them
 */
export function requireWord(code: InvalidInputCode, word: string, known: readonly string[], what: string): void {
  if (!known.includes(word)) throw new InvalidInputError(code, word, `${what}${oneOf(word, known)}`);
}

/**
 * What is expected in the place of a word that is not known.
 *
 * @param given - as a caller gave it
 * @param known - the words that are known
 * @returns `one of allow, deny`, and where one of them is near, `; did you mean allow?`
 */
export function oneOf(given: unknown, known: readonly string[]): string {
  const near = typeof given === 'string' ? nearest(given, known) : undefined;
  return `one of ${known.join(', ')}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

/** A word of fewer characters may be another one without one of its own: `one` is not `zone`. */
const MISSPELT_FROM = 6;

/**
 * Whether a word can hardly be anything but a known one in other case, with a `_` or `-`, without one of its letters, or with two of
 * them swapped. Stricter than {@link nearest}, for an object that may have names of its owner's: `dohPort` is not `dotPort`.
 *
 * @param given - any word
 * @param known - a known one
 */
export function isMisspelt(given: string, known: string): boolean {
  if (given.length > MAX_WORD) return false;
  const [one, other] = [given.toLowerCase().replace(/[_-]/g, ''), known.toLowerCase()];
  if (one === other) return true;
  if (known.length < MISSPELT_FROM || editsBetween(one, other) !== 1) return false;
  return one.length < other.length || lettersOf(one) === lettersOf(other);
}

function lettersOf(word: string): string {
  return [...word].sort().join('');
}

/** The longest word that is compared, in characters: none that is known is as long. */
const MAX_WORD = 40;

/**
 * The known word that another one was probably meant to be: up to a third of its characters may differ.
 *
 * @param given - any word
 * @param known - the words that are known
 */
export function nearest(given: string, known: readonly string[]): string | undefined {
  if (given.length > MAX_WORD) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const word of known) {
    const edits = editsBetween(given.toLowerCase(), word.toLowerCase());
    if (edits >= least || edits > Math.floor(word.length / 3)) continue;
    best = word;
    least = edits;
  }
  return best;
}

/** How many characters must be added, removed, replaced or swapped with the next to make one word of another. */
function editsBetween(one: string, other: string): number {
  let before: number[] = [];
  let last: number[] = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const isSame = one[i - 1] === other[j - 1];
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const replaced = (last[j - 1] ?? 0) + (isSame ? 0 : 1);
      const swapped = isSwapped ? (before[j - 2] ?? 0) + 1 : replaced;
      row[j] = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, replaced, swapped);
    }
    before = last;
    last = row;
  }
  return last[other.length] ?? 0;
}
