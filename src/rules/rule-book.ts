import { BoundedMap } from '../common/bounded-map.js';
import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import { WORDS } from '../state/address/words.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { NameTable } from './name-table.js';
import { linesOf } from './parse-rules.js';
import { PrefixTable } from './prefix-table.js';
import { type CheckedRule, checkRule, RULE_ACTIONS, type Rule, type Ruling, type Selector } from './rule.js';
import { MAX_NUMBERS } from './static-index.js';

/** Rules as an operator gives them: a list, or the text of a rule file. */
export type Rules = readonly Rule[] | string;

/** How many proofs that were put together from an address or a name are kept; a cache, no policy. */
const MAX_PROOFS = 1_024;
/** Rules that are checked or put in their places at a time. */
const AT_A_TIME = 256;

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

  /** @param counts - how many rules of each kind there will be */
  private constructor(counts: Readonly<Record<Selector, number>>) {
    this.#addresses = new PrefixTable(counts.address);
    this.#prefixes = new PrefixTable(counts.prefix);
    this.#nameservers = new NameTable(counts.nameserver);
    this.#zones = new NameTable(counts.zone);
    this.hasZones = counts.zone > 0;
  }

  /**
   * Makes a book, some hundred rules at a time.
   *
   * @param rules - that were checked
   */
  static *of(rules: readonly CheckedRule[]): Generator<void, RuleBook> {
    const counts = { address: 0, prefix: 0, nameserver: 0, zone: 0 };
    for (const { selector } of rules) counts[selector]++;
    const book = new RuleBook(counts);
    for (const [index, rule] of rules.entries()) {
      book.#add(rule);
      if (index % AT_A_TIME === AT_A_TIME - 1) yield;
    }
    return book;
  }

  #add(rule: CheckedRule): void {
    if (rule.selector === 'zone') this.#zones.add(rule.name, rule, stricter);
    else if (rule.selector === 'nameserver') this.#nameservers.add(rule.name, rule, stricter);
    else if (rule.selector === 'address') this.#addresses.add(rule, rule, stricter);
    else this.#prefixes.add(rule, rule, stricter);
  }

  /**
   * What holds of a contact with the address that was read into `WORDS` last; a scope id makes no difference.
   *
   * @param zone - the zone in canonical form
   * @param nameserver - the name server name in canonical form
   * @param asked - the question's name in canonical form, where there is a question: the stricter of zone and question holds
   */
  find(zone: string | undefined, nameserver: string | undefined, asked: string | undefined): Ruling | undefined {
    const w0 = WORDS[0] as number;
    const w1 = WORDS[1] as number;
    const w2 = WORDS[2] as number;
    const w3 = WORDS[3] as number;
    const exact = this.#addresses.find(w0, w1, w2, w3);
    if (exact !== undefined) return exact;
    let found = this.#prefixes.find(w0, w1, w2, w3);
    if (nameserver !== undefined) found = strictest(found, this.#nameservers.find(nameserver));
    if (zone !== undefined) found = strictest(found, this.#zones.find(zone));
    if (asked !== undefined && asked !== zone) found = strictest(found, this.#zones.find(asked));
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
  const work = bookInSteps(given);
  let step = work.next();
  while (step.done !== true) step = work.next();
  return step.value;
}

/**
 * The same, some hundred rules at a time.
 *
 * @param given - as an operator gave them; a list is not to be changed meanwhile
 * @throws {@link InvalidInputError} `INVALID_RULE`, from any step
 */
export function* bookInSteps(given: Rules): Generator<void, RuleBook | undefined> {
  if (typeof given !== 'string' && !Array.isArray(given))
    throw new InvalidInputError('INVALID_RULE', given, 'a list of rules, or the text of a rule file');
  const rules: CheckedRule[] = [];
  for (const some of typeof given === 'string' ? linesOf(given) : checkedSome(given)) {
    for (const rule of some) rules.push(rule);
    yield;
  }
  if (rules.length > MAX_NUMBERS)
    throw new InvalidInputError('INVALID_RULE', rules.length, `at most ${MAX_NUMBERS} rules`);
  return rules.length === 0 ? undefined : yield* RuleBook.of(rules);
}

function* checkedSome(given: readonly Rule[]): Generator<CheckedRule[], void> {
  for (let from = 0; from < given.length; from += AT_A_TIME) {
    const some = given.slice(from, from + AT_A_TIME);
    yield some.map((rule, index) => checkRule(rule, `rule ${from + index + 1}`));
  }
}

/** The rules of a ruling, for people. */
export function textOfRuling({ rules }: Ruling): string {
  return rules.map(({ text }) => text).join(', ');
}
