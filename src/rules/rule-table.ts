import { type CheckedRule, RULE_ACTIONS, type RuleAction, type Selector } from './rule.js';
import { MAX_NUMBERS, StaticIndex } from './static-index.js';

/** How many rules there is room for at first; doubled where that does not do. */
export const FIRST_CAPACITY = 64;
/** The place of the strictest action, the only one of which more than the action is kept. */
export const AUTHENTICATES: number = RULE_ACTIONS.length - 1;

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
  readonly #selector: Selector;
  #size = 0;

  /** @param selector - of its rules */
  constructor(selector: Selector) {
    this.#selector = selector;
  }

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
    const action = RULE_ACTIONS[this.actionAt(number)] as RuleAction;
    return this.#proving.get(number) ?? [{ action, selector: this.#selector, ...this.selectedBy(number) }];
  }

  /** Adds a rule of its selector. */
  abstract add(rule: CheckedRule): void;

  /** What a rule selects. */
  protected abstract selectedBy(number: number): Pick<CheckedRule, 'name' | 'prefix'>;

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
    if (capacity > this.#hashes.length) this.grow(Math.min(MAX_NUMBERS, capacity));
  }

  #append(hash: number): number {
    const number = this.#size++;
    if (number === this.#hashes.length) this.reserve(2 * number);
    this.#hashes[number] = hash;
    this.index.add(number, hash);
    return number;
  }

  /** Gives all arrays another length, more than they have. */
  protected grow(capacity: number): void {
    const index = new StaticIndex(capacity);
    const hashes = copied(this.#hashes, new Int32Array(capacity));
    for (let number = 0; number < this.#hashes.length; number++) index.add(number, hashes[number] as number);
    this.index = index;
    this.#hashes = hashes;
    this.#actions = copied(this.#actions, new Uint8Array(capacity));
  }
}

/** A longer array with what a shorter one has. */
export function copied<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
