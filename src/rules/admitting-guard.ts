import { type Guard, PrefixGuard, type TellingGuard } from '../contact/guard.js';
import { canonicalText, readAddress } from '../state/address/address.js';
import { textOfWords, WORDS } from '../state/address/words.js';
import type { RulesInForce } from './rules-in-force.js';

/** A guard that lets pass what a rule or source names by its very address; to all else it is the host's guard, or ours. */
export class AdmittingGuard implements TellingGuard {
  readonly #guard: TellingGuard;
  readonly #rules: RulesInForce;
  /** Addresses that the operator names in sources, in their canonical text. */
  readonly #named: ReadonlySet<string>;

  /**
   * @param guard - for what nothing names
   * @param rules - those in force
   * @param named - the canonical addresses that sources name
   */
  constructor(guard: Guard, rules: RulesInForce, named: ReadonlySet<string>) {
    this.#guard = guard;
    this.#rules = rules;
    this.#named = named;
  }

  /** {@inheritDoc Guard.admits} */
  admits(address: string): boolean {
    const { lookup } = this.#rules;
    if (this.#named.size > 0 && this.#named.has(canonicalText(address) ?? '')) return true;
    if (lookup === undefined || !readAddress(address)) return this.#guard.admits(address);
    const isNamed = lookup.names(WORDS[0] ?? 0, WORDS[1] ?? 0, WORDS[2] ?? 0, WORDS[3] ?? 0);
    return isNamed || this.#guard.admits(address);
  }

  /** {@inheritDoc TellingGuard.errorOf} */
  errorOf(address: string): { readonly cause: unknown } | undefined {
    return this.#guard.errorOf?.(address);
  }

  /** The same of an address in words. */
  admitsWords(w0: number, w1: number, w2: number, w3: number): boolean {
    if (this.#rules.lookup?.names(w0, w1, w2, w3) === true) return true;
    if (this.#named.size > 0 && this.#named.has(textOfWords(w0, w1, w2, w3))) return true;
    const guard = this.#guard;
    if (guard instanceof PrefixGuard) return guard.admitsWords(w0, w1, w2, w3);
    return guard.admits(textOfWords(w0, w1, w2, w3));
  }
}
