import { BoundedMap } from '../common/bounded-map.js';
import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { NameTable } from './name-table.js';
import { parseRules } from './parse-rules.js';
import { PrefixTable } from './prefix-table.js';
import {
  type CheckedRule,
  checkRule,
  RULE_ACTIONS,
  type Rule,
  type RuleAction,
  type Selector,
  textOfRule,
} from './rule.js';
import { MAX_NUMBERS } from './static-index.js';

/** Rules as an operator gives them: a list, or the text of a rule file. */
export type Rules = readonly Rule[] | string;

/** What holds of a contact: one rule, or several that are equally specific and equally strict. */
export interface Ruling {
  readonly action: RuleAction;
  readonly rules: readonly CheckedRule[];
}

/** How many proofs that were put together from an address or a name are kept; a cache, no policy. */
const MAX_PROOFS = 1_024;

/**
 * Which rule holds of a contact: the most specific.
 *
 * A rule for the very address goes before all others. Of prefixes the longest counts, of zones and of name server names the
 * one with the most labels. These three kinds are about different things (where, whom, what), so that none is more specific
 * than another: of theirs the strictest holds. So it does where one thing has several rules; where two of those ask for
 * proofs, both have to be given.
 */
export class RuleBook {
  /** Whether rules select by zone, for which the question's name may have to be read. */
  readonly hasZones: boolean;
  readonly #addresses: PrefixTable<Ruling>;
  readonly #prefixes: PrefixTable<Ruling>;
  readonly #nameservers: NameTable<Ruling>;
  readonly #zones: NameTable<Ruling>;
  readonly #proofs = new BoundedMap<string, Authentication>(MAX_PROOFS);

  /** @param rules - that were checked */
  constructor(rules: readonly CheckedRule[]) {
    const rulings: Record<Selector, Map<string, Ruling>> = {
      address: new Map(),
      prefix: new Map(),
      nameserver: new Map(),
      zone: new Map(),
    };
    for (const rule of rules) {
      const ruling = { action: rule.action, rules: [rule] };
      const known = rulings[rule.selector].get(rule.value);
      rulings[rule.selector].set(rule.value, known === undefined ? ruling : stricter(known, ruling));
    }
    const prefixes = (kind: Selector) => [...rulings[kind].values()].map((value) => ({ ...prefixOf(value), value }));
    const names = (kind: Selector) => [...rulings[kind]].map(([name, value]) => ({ name, value }));
    this.#addresses = new PrefixTable(prefixes('address'));
    this.#prefixes = new PrefixTable(prefixes('prefix'));
    this.#nameservers = new NameTable(names('nameserver'));
    this.#zones = new NameTable(names('zone'));
    this.hasZones = rulings.zone.size > 0;
  }

  /**
   * What holds of a contact.
   *
   * @param w0 - the address in words, as `state/address/words.ts` reads it; a scope id makes no difference
   * @param zone - the zone in canonical form
   * @param nameserver - the name server name in canonical form
   */
  find(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    zone: string | undefined,
    nameserver: string | undefined,
  ): Ruling | undefined {
    const exact = this.#addresses.find(w0, w1, w2, w3);
    if (exact !== undefined) return exact;
    let found = this.#prefixes.find(w0, w1, w2, w3);
    if (nameserver !== undefined) found = strictest(found, this.#nameservers.find(nameserver));
    if (zone !== undefined) found = strictest(found, this.#zones.find(zone));
    return found;
  }

  /** Whether a rule names this very address as one to connect to. */
  names(w0: number, w1: number, w2: number, w3: number): boolean {
    const ruling = this.#addresses.find(w0, w1, w2, w3);
    return ruling !== undefined && ruling.action !== 'never';
  }

  /**
   * How a server has to prove who it is; all that its rules ask for.
   *
   * @param ruling - of `require-and-authenticate`
   * @param address - its address
   * @param nameserver - its name server name, where the contact named one
   */
  authentication({ rules }: Ruling, address: string, nameserver: string | undefined): Authentication {
    const parts = rules.map((rule) => rule.authentication ?? byDefault(rule, address, nameserver));
    const [first, ...others] = parts;
    if (first === undefined || (others.length === 0 && rules[0]?.authentication !== undefined))
      return first as Authentication;
    const key = JSON.stringify(parts);
    let made = this.#proofs.get(key);
    if (made === undefined) {
      made = canonicalAuthentication(others.length === 0 ? first : { type: 'all-of', of: parts });
      this.#proofs.set(key, made);
    }
    return made;
  }
}

function byDefault({ selector }: CheckedRule, address: string, nameserver: string | undefined): Authentication {
  const name = selector === 'nameserver' ? nameserver : address;
  // A certificate says nothing of a scope id.
  return { type: 'pkix', name: (name ?? address).split('%')[0] ?? address };
}

function prefixOf({ rules }: Ruling): NonNullable<CheckedRule['prefix']> {
  const prefix = rules[0]?.prefix;
  if (prefix === undefined) throw new Error('a rule by address without one');
  return prefix;
}

function strictest(one: Ruling | undefined, other: Ruling | undefined): Ruling | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return stricter(one, other);
}

function stricter(one: Ruling, other: Ruling): Ruling {
  const difference = RULE_ACTIONS.indexOf(one.action) - RULE_ACTIONS.indexOf(other.action);
  if (difference !== 0) return difference > 0 ? one : other;
  if (one.action !== 'require-and-authenticate') return one;
  return { action: one.action, rules: [...one.rules, ...other.rules] };
}

/**
 * Checks rules, all of them before any is in force.
 *
 * @param given - as an operator gave them
 * @returns the book; `undefined` for no rules at all
 * @throws {@link InvalidInputError} `INVALID_RULE`
 */
export function bookOf(given: Rules): RuleBook | undefined {
  if (typeof given !== 'string' && !Array.isArray(given))
    throw new InvalidInputError('INVALID_RULE', given, 'a list of rules, or the text of a rule file');
  const rules =
    typeof given === 'string' ? parseRules(given) : given.map((rule, index) => checkRule(rule, `rule ${index + 1}`));
  if (rules.length > MAX_NUMBERS)
    throw new InvalidInputError('INVALID_RULE', rules.length, `at most ${MAX_NUMBERS} rules`);
  return rules.length === 0 ? undefined : new RuleBook(rules);
}

/** The rules of a ruling, for people. */
export function textOfRuling({ rules }: Ruling): string {
  return rules.map(textOfRule).join(', ');
}

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
