import { END, StaticIndex } from './static-index.js';

/** A name in canonical form, lower case with a final dot, and what it stands for. */
export interface NameEntry<T> {
  readonly name: string;
  readonly value: T;
}

const ROOT = '.';
const DOT = 46;
/** FNV-1a's, whose step reads a name from its end as well as from its beginning. */
const OFFSET = 0x811c_9dc5;
const PRIME = 0x0100_0193;

/** The longest of many names that a name is, or is below of: label by label from the right, without garbage. */
export class NameTable<T> {
  readonly #index: StaticIndex;
  readonly #names: readonly string[];
  readonly #values: readonly T[];
  readonly #root: T | undefined;
  /** The most labels that one of them has; no more of a name is looked at. */
  readonly #depth: number;

  /** @param entries - no two of one name */
  constructor(entries: readonly NameEntry<T>[]) {
    this.#root = entries.find(({ name }) => name === ROOT)?.value;
    const below = entries.filter(({ name }) => name !== ROOT);
    this.#index = new StaticIndex(below.length);
    this.#names = below.map(({ name }) => name);
    this.#values = below.map(({ value }) => value);
    this.#depth = this.#names.reduce((most, name) => Math.max(most, name.split(ROOT).length - 1), 0);
    for (const [number, name] of this.#names.entries()) this.#index.add(number, hashOf(name));
  }

  /** What the longest that fits stands for; the root fits every name. */
  find(name: string): T | undefined {
    let found = this.#root;
    let hash = OFFSET;
    let labels = 0;
    // The final dot belongs to every name.
    for (let at = name.length - 2; at >= 0 && labels < this.#depth; at--) {
      hash = step(hash, name.charCodeAt(at));
      if (at > 0 && name.charCodeAt(at - 1) !== DOT) continue;
      labels++;
      const number = this.#findExact(name, at, hash);
      if (number >= 0) found = this.#values[number];
    }
    return found;
  }

  #findExact(name: string, from: number, hash: number): number {
    const mixed = mix(hash);
    for (let at = this.#index.first(mixed); ; at = this.#index.next(at)) {
      const number = this.#index.read(at, mixed);
      if (number === END) return -1;
      if (number < 0) continue;
      const other = this.#names[number] as string;
      if (other.length === name.length - from && name.endsWith(other)) return number;
    }
  }
}

function hashOf(name: string): number {
  let hash = OFFSET;
  for (let at = name.length - 2; at >= 0; at--) hash = step(hash, name.charCodeAt(at));
  return mix(hash);
}

function step(hash: number, code: number): number {
  return Math.imul(hash ^ code, PRIME);
}

/** FNV's low bits depend on low bits alone. */
function mix(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
}
