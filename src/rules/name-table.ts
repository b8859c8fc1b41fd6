import { END, StaticIndex } from './static-index.js';

const DOT = 46;
/** FNV-1a's, whose step reads a name from its end as well as from its beginning. */
const OFFSET = 0x811c_9dc5;
const PRIME = 0x0100_0193;

/** The longest of many names that a name is, or is below of: label by label from the right, without garbage. */
export class NameTable<T> {
  readonly #index: StaticIndex;
  readonly #names: string[] = [];
  readonly #values: T[] = [];
  #root: T | undefined;
  /** The most labels that one of them has; no more of a name is looked at. */
  #depth = 0;

  /** @param capacity - how many names it is to hold */
  constructor(capacity: number) {
    this.#index = new StaticIndex(capacity);
  }

  /** Whether it holds any name. */
  get isEmpty(): boolean {
    return this.#root === undefined && this.#names.length === 0;
  }

  /**
   * Adds a name.
   *
   * @param name - in canonical form, lower case, without the final dot; the root is empty
   * @param value - what it stands for
   * @param merge - what it stands for where it was added before
   */
  add(name: string, value: T, merge: (known: T, value: T) => T): void {
    if (name === '') {
      this.#root = this.#root === undefined ? value : merge(this.#root, value);
      return;
    }
    let hash = OFFSET;
    let labels = 1;
    for (let at = name.length - 1; at >= 0; at--) {
      const code = name.charCodeAt(at);
      if (code === DOT) labels++;
      hash = step(hash, code);
    }
    hash = mix(hash);
    const known = this.#findExact(name, 0, name.length, hash);
    if (known >= 0) {
      this.#values[known] = merge(this.#values[known] as T, value);
      return;
    }
    this.#index.add(this.#names.length, hash);
    this.#names.push(name);
    this.#values.push(value);
    if (labels > this.#depth) this.#depth = labels;
  }

  /**
   * What the longest that fits stands for; the root fits every name.
   *
   * @param name - in canonical form, with its final dot
   */
  find(name: string): T | undefined {
    const end = name.length - 1;
    let found = this.#root;
    let hash = OFFSET;
    let labels = 0;
    for (let at = end - 1; at >= 0 && labels < this.#depth; at--) {
      hash = step(hash, name.charCodeAt(at));
      if (at > 0 && name.charCodeAt(at - 1) !== DOT) continue;
      labels++;
      const number = this.#findExact(name, at, end, mix(hash));
      if (number >= 0) found = this.#values[number];
    }
    return found;
  }

  #findExact(name: string, from: number, end: number, hash: number): number {
    const index = this.#index;
    if (!index.mayHave(hash)) return -1;
    for (let at = index.first(hash); ; at = index.next(at)) {
      const number = index.read(at, hash);
      if (number === END) return -1;
      if (number < 0) continue;
      const other = this.#names[number] as string;
      if (other.length === end - from && name.startsWith(other, from)) return number;
    }
  }
}

function step(hash: number, code: number): number {
  return Math.imul(hash ^ code, PRIME);
}

/** FNV's low bits depend on low bits alone. */
function mix(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d);
  return mixed ^ (mixed >>> 13);
}
