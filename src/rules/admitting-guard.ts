import { type Guard, PrefixGuard } from '../guard.js';
import { readAddress } from '../state/address.js';
import { textOfWords, WORDS } from '../state/words.js';
import type { RulesInForce } from './rules-in-force.js';

/** A guard that lets pass what a rule names by its very address; to all else it is the host's guard, or ours. */
export class AdmittingGuard implements Guard {
  readonly #guard: Guard;
  readonly #rules: RulesInForce;

  /**
   * @param guard - for what no rule names
   * @param rules - those in force
   */
  constructor(guard: Guard, rules: RulesInForce) {
    this.#guard = guard;
    this.#rules = rules;
  }

  /** {@inheritDoc Guard.admits} */
  admits(address: string): boolean {
    const { book } = this.#rules;
    if (book === undefined || !readAddress(address)) return this.#guard.admits(address);
    const isNamed = book.names(WORDS[0] ?? 0, WORDS[1] ?? 0, WORDS[2] ?? 0, WORDS[3] ?? 0);
    return isNamed || this.#guard.admits(address);
  }

  /** The same of an address in words. */
  admitsWords(w0: number, w1: number, w2: number, w3: number): boolean {
    if (this.#rules.book?.names(w0, w1, w2, w3) === true) return true;
    const guard = this.#guard;
    if (guard instanceof PrefixGuard) return guard.admitsWords(w0, w1, w2, w3);
    return guard.admits(textOfWords(w0, w1, w2, w3));
  }
}
