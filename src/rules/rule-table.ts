import { type CheckedRule, RULE_ACTIONS } from './rule.js';
import { MAX_NUMBERS, StaticIndex } from './static-index.js';

/** How many rules there is room for at first; doubled where that does not do. */
const FIRST_CAPACITY = 64;
/** The strictest action, the only one of which more than the action is kept. */
const AUTHENTICATES: number = RULE_ACTIONS.length - 1;

/**
 * Rules of one selector by number. Of each no more is kept than its action and what it selects, in arrays: a hundred thousand
 * objects would cost the collector more than all else. Of what has several rules the strictest holds; where several ask for
 * proofs, all of them.
 */
export abstract class RuleTable {
  /** By the hashes of what they select. */
  protected index: StaticIndex = new StaticIndex(FIRST_CAPACITY);
  #hashes = new Int32Array(FIRST_CAPACITY);
  #actions = new Uint8Array(FIRST_CAPACITY);
  readonly #proving = new Map<number, CheckedRule[]>();
  #size = 0;

  /** How many it holds. */
  get size(): number {
    return this.#size;
  }

  /** The action of a rule, as its place in `RULE_ACTIONS`; -1 for the number -1, which is none. */
  actionAt(number: number): number {
    return number < 0 ? -1 : (this.#actions[number] as number);
  }

  /** The rules with a number: one, or several that ask for proofs. */
  rulesAt(number: number): readonly CheckedRule[] {
    return this.#proving.get(number) ?? [this.ruleAt(number, this.#actions[number] as number)];
  }

  /** What is kept of a rule. */
  protected abstract ruleAt(number: number, action: number): CheckedRule;

  /**
   * Puts a rule in its place.
   *
   * @param known - the number of what it selects, or -1 where that is new
   * @param rule - the rule
   * @param hash - of what it selects
   * @returns its number
   */
  protected put(known: number, rule: CheckedRule, hash: number): number {
    const action = RULE_ACTIONS.indexOf(rule.action);
    const number = known < 0 ? this.#append(hash) : known;
    const before = this.actionAt(known);
    if (action < before) return number;
    this.#actions[number] = action;
    if (action === AUTHENTICATES) this.#proving.set(number, [...(this.#proving.get(number) ?? []), rule]);
    return number;
  }

  /** Makes room for as many in all, so that none that comes has to move those that are there. */
  reserve(capacity: number): void {
    if (capacity > this.#hashes.length) this.#grow(Math.min(MAX_NUMBERS, capacity));
  }

  #append(hash: number): number {
    const number = this.#size++;
    if (number === this.#hashes.length) this.#grow(Math.min(MAX_NUMBERS, 2 * number));
    this.#hashes[number] = hash;
    this.index.add(number, hash);
    return number;
  }

  #grow(capacity: number): void {
    const hashes = new Int32Array(capacity);
    hashes.set(this.#hashes);
    const actions = new Uint8Array(capacity);
    actions.set(this.#actions);
    const index = new StaticIndex(capacity);
    for (let number = 0; number < this.#hashes.length; number++) index.add(number, hashes[number] as number);
    this.#hashes = hashes;
    this.#actions = actions;
    this.index = index;
  }
}
