import type { CheckedRule } from './rule.js';
import { RuleTable } from './rule-table.js';

const DOT = 46;
/** FNV-1a's, whose step reads a name from its end as well as from its beginning. */
const OFFSET = 0x811c_9dc5;
const PRIME = 0x0100_0193;

/** Rules by name: finds the longest of many that a name is, or is below of; label by label from the right, without garbage. */
export class NameTable extends RuleTable {
  readonly #names: string[] = [];
  #root = -1;
  /** The most labels that one of them has; no more of a name is looked at. */
  #depth = 0;

  /** {@inheritDoc RuleTable.add} */
  override add(rule: CheckedRule): void {
    const { name } = rule;
    let hash = OFFSET;
    let labels = 1;
    for (let at = name.length - 1; at >= 0; at--) {
      const code = name.charCodeAt(at);
      if (code === DOT) labels++;
      hash = step(hash, code);
    }
    hash = mix(hash);
    const known = name === '' ? this.#root : this.#findExact(name, 0, name.length, hash);
    const number = this.put(known, rule, hash);
    if (name === '') this.#root = number;
    else if (labels > this.#depth) this.#depth = labels;
    if (known < 0) this.#names.push(name);
  }

  /**
   * The number of the longest that fits; the root fits every name.
   *
   * @param name - in canonical form, with its final dot
   * @returns -1 for none
   */
  find(name: string): number {
    const end = name.length - 1;
    let found = this.#root;
    let hash = OFFSET;
    let labels = 0;
    for (let at = end - 1; at >= 0 && labels < this.#depth; at--) {
      hash = step(hash, name.charCodeAt(at));
      if (at > 0 && name.charCodeAt(at - 1) !== DOT) continue;
      labels++;
      const number = this.#findExact(name, at, end, mix(hash));
      if (number >= 0) found = number;
    }
    return found;
  }

  /** {@inheritDoc RuleTable.selectedBy} */
  protected override selectedBy(number: number): Pick<CheckedRule, 'name' | 'prefix'> {
    return { name: this.#names[number] as string, prefix: undefined };
  }

  #findExact(name: string, from: number, end: number, hash: number): number {
    const { index } = this;
    for (let at = index.first(hash); at >= 0; at = index.next(at, hash)) {
      const number = index.numberAt(at);
      const other = this.#names[number] as string;
      if (other.length === end - from && name.startsWith(other, from)) return number;
    }
    return -1;
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
