import { bookOf, type RuleBook, type Rules } from './rule-book.js';

/** The rules that hold now; whoever goes by them holds on to this. */
export class RulesInForce {
  #book: RuleBook | undefined;

  /**
   * @param rules - the first
   * @throws `InvalidInputError` `INVALID_RULE`
   */
  constructor(rules: Rules) {
    this.#book = bookOf(rules);
  }

  /** The rules; `undefined` where there are none, which costs nothing. */
  get book(): RuleBook | undefined {
    return this.#book;
  }

  /**
   * Other rules in the place of all these; where one is wrong, nothing changes.
   *
   * @param rules - from now on
   * @throws `InvalidInputError` `INVALID_RULE`
   */
  set(rules: Rules): void {
    this.#book = bookOf(rules);
  }
}
