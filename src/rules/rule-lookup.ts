import { BoundedMap } from '../common/bounded-map.js';
import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import { WORDS } from '../state/address/words.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { NameTable } from './name-table.js';
import { parseInSteps } from './parse-rules.js';
import { PrefixTable } from './prefix-table.js';
import {
  type CheckedRule,
  checkRule,
  RULE_ACTIONS,
  type Rule,
  type RuleAction,
  RuleFault,
  type Ruling,
  type Selector,
} from './rule.js';
import { AUTHENTICATES, type RuleTable } from './rule-table.js';
import { MAX_NUMBERS } from './static-index.js';

/** Rules as an operator gives them: a list, or the text of a rule file. */
export type Rules = readonly Rule[] | string;

/** How many proofs that were put together from an address or a name are kept; a cache, no policy. */
const MAX_PROOFS = 1_024;
/** How much more room is made than the first rules of many let expect. */
const SPARE = 1.1;
/** Rules after which it is foreseen how many there will be of each kind: moving 32,000 of them takes 10 ms. */
const FORESEEN_AFTER = 2_048;
/** How much of a text is read to expect how many lines it has, in characters. */
const FIRST_LINES = 65_536;
/** Rules of a list that are checked at a time. */
const AT_A_TIME = 256;
/** Rules at most: what a table numbers, less the last step. */
const MAX_RULES: number = MAX_NUMBERS - AT_A_TIME;
/** The place of no action at all. */
const NONE = -1;

/** Whether the action at a place, as {@link RuleLookup.action} tells it, leaves the choice to the policy. */
export function isFree(action: number): boolean {
  return action === NONE || RULE_ACTIONS[action] === 'opportunistic';
}

/**
 * Which rule applies to a contact: the most specific.
 *
 * A rule for the very address goes before all others. Of prefixes the longest counts, of zones and of name server names the
 * one with the most labels. These three kinds are about different things (where, whom, what), so that none is more specific
 * than another: of theirs the strictest holds. So it does where one thing has several rules; where two of those ask for
 * proofs, both have to be given.
 */
export class RuleLookup {
  readonly #addresses = new PrefixTable('address');
  readonly #prefixes = new PrefixTable('prefix');
  readonly #nameservers = new NameTable('nameserver');
  readonly #zones = new NameTable('zone');
  readonly #tables: Readonly<Record<Selector, RuleTable>> = {
    address: this.#addresses,
    prefix: this.#prefixes,
    nameserver: this.#nameservers,
    zone: this.#zones,
  };
  readonly #proofs = new BoundedMap<string, Authentication>(MAX_PROOFS);

  /** How many rules it holds, of what has several but one. */
  get size(): number {
    return Object.values(this.#tables).reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether rules select by zone, for which the question's name may have to be read. */
  get hasZones(): boolean {
    return this.#zones.size > 0;
  }

  /** Adds a rule that was checked; not once it is in force. */
  add(rule: CheckedRule): void {
    this.#tables[rule.selector].add(rule);
  }

  /**
   * Makes room for many more of the kinds that there are, a kind at a time.
   *
   * @param times - how many times as many there will be, about
   */
  *reserve(times: number): Generator<void, void> {
    for (const table of Object.values(this.#tables)) {
      table.reserve(Math.ceil(SPARE * times * table.size));
      yield;
    }
  }

  /**
   * What is demanded of a contact with the address that was read into `WORDS` last; a scope id makes no difference. Makes no
   * garbage: it is asked at every decision.
   *
   * @param zone - the zone in canonical form
   * @param nameserver - the name server name in canonical form
   * @param asked - the question's name in canonical form, where there is a question: the stricter of zone and question holds
   * @returns the place of the action in `RULE_ACTIONS`; -1 where no rule holds
   */
  action(zone: string | undefined, nameserver: string | undefined, asked: string | undefined): number {
    const w0 = WORDS[0] as number;
    const w1 = WORDS[1] as number;
    const w2 = WORDS[2] as number;
    const w3 = WORDS[3] as number;
    const exact = this.#addresses.find(w0, w1, w2, w3);
    if (exact >= 0) return this.#addresses.actionAt(exact);
    let action = this.#prefixes.actionAt(this.#prefixes.find(w0, w1, w2, w3));
    if (nameserver !== undefined)
      action = Math.max(action, this.#nameservers.actionAt(this.#nameservers.find(nameserver)));
    if (zone !== undefined) action = Math.max(action, this.#zones.actionAt(this.#zones.find(zone)));
    if (asked !== undefined && asked !== zone) action = Math.max(action, this.#zones.actionAt(this.#zones.find(asked)));
    return action;
  }

  /** The same with the rules that say so. */
  find(zone: string | undefined, nameserver: string | undefined, asked: string | undefined): Ruling | undefined {
    const strictest = this.action(zone, nameserver, asked);
    if (strictest === NONE) return undefined;
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = WORDS;
    const exact = this.#addresses.find(w0, w1, w2, w3);
    const action = RULE_ACTIONS[strictest] as RuleAction;
    if (exact >= 0) return { action, rules: this.#addresses.rulesAt(exact) };
    const found: readonly (readonly [RuleTable, number])[] = [
      [this.#prefixes, this.#prefixes.find(w0, w1, w2, w3)],
      [this.#nameservers, nameserver === undefined ? NONE : this.#nameservers.find(nameserver)],
      [this.#zones, zone === undefined ? NONE : this.#zones.find(zone)],
      [this.#zones, asked === undefined ? NONE : this.#zones.find(asked)],
    ];
    const rules = found
      .filter(([table, number]) => table.actionAt(number) === strictest)
      .flatMap(([table, number]) => table.rulesAt(number));
    // Where several ask for proofs, all have to be given; the zone's and the question's may be one.
    return { action, rules: strictest === AUTHENTICATES ? [...new Set(rules)] : rules.slice(0, 1) };
  }

  /** Whether a rule names this very address as one to connect to. */
  names(w0: number, w1: number, w2: number, w3: number): boolean {
    const action = this.#addresses.actionAt(this.#addresses.find(w0, w1, w2, w3));
    return action !== NONE && RULE_ACTIONS[action] !== 'never';
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

/**
 * Checks rules, all of them before any is in force.
 *
 * @param given - as an operator gave them
 * @returns what looks them up; `undefined` for no rules at all
 * @throws {@link InvalidInputError} `INVALID_RULE`
 */
export function lookupOf(given: Rules): RuleLookup | undefined {
  const work = lookupInSteps(given);
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
export function* lookupInSteps(given: Rules): Generator<void, RuleLookup | undefined> {
  if (typeof given !== 'string' && !Array.isArray(given))
    throw new InvalidInputError('INVALID_RULE', given, 'a list of rules, or the text of a rule file');
  const lookup = new RuleLookup();
  const checked: CheckedRule[] = [];
  let read = 0;
  let isForeseen = false;
  const work = typeof given === 'string' ? parseInSteps(given, checked) : checkInSteps(given, checked);
  for (let step = work.next(); step.done !== true; step = work.next()) {
    for (const rule of checked) lookup.add(rule);
    read += checked.length;
    if (lookup.size > MAX_RULES) throw new InvalidInputError('INVALID_RULE', lookup.size, `at most ${MAX_RULES} rules`);
    checked.length = 0;
    if (!isForeseen && read >= FORESEEN_AFTER) {
      isForeseen = true;
      yield* lookup.reserve(Math.min(aboutHowMany(given), MAX_RULES) / read);
    }
    yield;
  }
  return lookup.size === 0 ? undefined : lookup;
}

function aboutHowMany(given: Rules): number {
  if (typeof given !== 'string') return given.length;
  const lines = given.slice(0, FIRST_LINES).split('\n').length;
  return (lines * given.length) / Math.min(given.length, FIRST_LINES);
}

function* checkInSteps(given: readonly Rule[], rules: CheckedRule[]): Generator<void, void> {
  for (let number = 0; number < given.length; ) {
    try {
      for (const end = Math.min(number + AT_A_TIME, given.length); number < end; )
        rules.push(checkRule(given[number++] as Rule));
    } catch (thrown) {
      throw RuleFault.told(thrown, `rule ${number}`);
    }
    yield;
  }
}
