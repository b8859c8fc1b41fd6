import { type CheckedRule, RULE_ACTIONS, type RuleAction, type Selector } from './rule.js';
import { RuleTable } from './rule-table.js';
import { END } from './static-index.js';

const DOT = 46;
/** FNV-1a's, whose step reads a name from its end as well as from its beginning. */
const OFFSET = 0x811c_9dc5;
const PRIME = 0x0100_0193;

/** Rules by name: finds the longest of many that a name is, or is below of; label by label from the right, without garbage. */
export class NameTable extends RuleTable {
  readonly #selector: Selector;
  readonly #names: string[] = [];
  #root = -1;
  /** The most labels that one of them has; no more of a name is looked at. */
  #depth = 0;

  /** @param selector - of its rules */
  constructor(selector: Selector) {
    super();
    this.#selector = selector;
  }

  /** Adds a rule. */
  add(rule: CheckedRule): void {
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

  /** {@inheritDoc RuleTable.ruleAt} */
  protected override ruleAt(number: number, action: number): CheckedRule {
    const name = this.#names[number] as string;
    return { action: RULE_ACTIONS[action] as RuleAction, selector: this.#selector, name, prefix: undefined };
  }

  #findExact(name: string, from: number, end: number, hash: number): number {
    const { index } = this;
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
