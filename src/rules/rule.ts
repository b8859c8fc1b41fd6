import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import { parsePrefix } from '../contact/guard.js';
import { wordsOf } from '../state/address/address.js';
import { isIpv4, readWords, textOfWords, WORDS } from '../state/address/words.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { canonicalZone, wildcardBase } from '../wire/names.js';
import { MAPPED_BITS, type Prefix } from './prefix-table.js';

/**
 * What an operator demands, from the least strict to the most.
 *
 * - `never`: Do53, and no packet to the DoT port, a probe's included.
 * - `opportunistic`: as if there were no rule: an exemption from others, and a way to admit an address that the guard forbids.
 * - `require`: DoT and nothing else, whatever is known of the server; not one packet over Do53, a probe's included.
 * - `require-and-authenticate`: the same, and no DNS message before the server has proven who it is.
 */
export type RuleAction = 'never' | 'opportunistic' | 'require' | 'require-and-authenticate';

/** The actions, from the least strict to the most. */
export const RULE_ACTIONS: readonly RuleAction[] = ['never', 'opportunistic', 'require', 'require-and-authenticate'];

/**
 * One demand of the operator's, and of whom. Exactly one of `address`, `prefix`, `zone` and `nameserver` is given.
 *
 * @example
 * ```ts
 * const rules: Rule[] = [
 *   { action: 'require', zone: 'example.org' },
 *   { action: 'never', address: '192.0.2.53' },
 *   { action: 'require-and-authenticate', nameserver: 'example.net' },
 * ];
 * ```
 */
export interface Rule {
  /** What is demanded. */
  readonly action: RuleAction;
  /** One server's address. The guard admits it, unless the action is `never`. */
  readonly address?: string | undefined;
  /** The servers in a prefix: `192.0.2.0/24`. The guard stays as it is. */
  readonly prefix?: string | undefined;
  /**
   * What is asked about, this name and all below it: the zone that the host names with the contact, and the question's name
   * where there is a question; the stricter of what holds of the two.
   */
  readonly zone?: string | undefined;
  /** Servers to which a name server name led, this one or below it; the host names it with the contact. */
  readonly nameserver?: string | undefined;
  /**
   * How the server has to prove who it is, with `require-and-authenticate` alone. By default a certificate (`pkix`) for the
   * server's address, where the rule selects by address or prefix, or for its name server name, where it selects by that. A
   * rule that selects by zone has to say it: name servers' names come from strangers.
   */
  readonly authentication?: Authentication | undefined;
}

/** By what a rule selects. */
export type Selector = 'address' | 'prefix' | 'zone' | 'nameserver';

const SELECTORS: readonly Selector[] = ['address', 'prefix', 'zone', 'nameserver'];
const ACTIONS: ReadonlySet<string> = new Set(RULE_ACTIONS);
const KNOWN: ReadonlySet<string> = new Set(['action', 'authentication', ...SELECTORS]);
const ADDRESS_BITS = 128;

/** What holds of a contact: one rule, or several that are equally specific and equally strict. */
export interface Ruling {
  readonly action: RuleAction;
  readonly rules: readonly CheckedRule[];
}

/** A rule that was checked: as it is read it takes its address from `WORDS`, if it selects by one. */
export class CheckedRule implements Ruling, Prefix {
  readonly action: RuleAction;
  readonly selector: Selector;
  /** A name in lower case without its final dot; empty for the root, and where it selects by address or prefix. */
  readonly name: string;
  readonly authentication: Authentication | undefined;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly bits: number;

  constructor(
    action: RuleAction,
    selector: Selector,
    name: string,
    bits: number,
    authentication: Authentication | undefined,
  ) {
    this.action = action;
    this.selector = selector;
    this.name = name;
    this.authentication = authentication;
    this.bits = bits;
    // Signed words are small integers, which are no objects.
    this.w0 = bits < 0 ? 0 : (WORDS[0] as number) | 0;
    this.w1 = bits < 0 ? 0 : (WORDS[1] as number) | 0;
    this.w2 = bits < 0 ? 0 : (WORDS[2] as number) | 0;
    this.w3 = bits < 0 ? 0 : (WORDS[3] as number) | 0;
  }

  /** {@inheritDoc Ruling.rules} */
  get rules(): readonly CheckedRule[] {
    return [this];
  }

  /** In the words of a rule file, as far as it says of whom. */
  get text(): string {
    return `${this.action} ${this.selector} ${this.#selected()}`;
  }

  #selected(): string {
    if (this.bits < 0) return `${this.name}.`;
    const [w0, w1, w2, w3] = [this.w0 >>> 0, this.w1 >>> 0, this.w2 >>> 0, this.w3 >>> 0] as const;
    const address = textOfWords(w0, w1, w2, w3);
    if (this.selector === 'address') return address;
    return `${address}/${isIpv4(w0, w1, w2) ? this.bits - MAPPED_BITS : this.bits}`;
  }
}

/** Whether a word is an action. */
export function isAction(word: string): word is RuleAction {
  return ACTIONS.has(word);
}

/** Whether a word says by what a rule selects. */
export function isSelector(word: string): word is Selector {
  return word === 'zone' || word === 'nameserver' || word === 'address' || word === 'prefix';
}

/** Makes the error of a rule. */
export type InvalidRule = (value: unknown, expected: string) => InvalidInputError;

/**
 * Checks a rule.
 *
 * @param rule - as an operator gave it
 * @param where - which it is, for the error: `rule 3`, `line 12`
 * @throws {@link InvalidInputError} `INVALID_RULE`
 */
export function checkRule(rule: Rule, where: string): CheckedRule {
  const invalid = invalidAt(where);
  if (typeof rule !== 'object' || rule === null) throw invalid(rule, 'an object with an action');
  for (const name of Object.keys(rule)) {
    if (!KNOWN.has(name)) throw invalid(name, `one of ${[...KNOWN].join(', ')}`);
  }
  const { action, authentication } = rule;
  if (!ACTIONS.has(action)) throw invalid(action, `one of ${RULE_ACTIONS.join(', ')}`);
  const [selector, ...others] = SELECTORS.filter((name) => rule[name] !== undefined);
  if (selector === undefined || others.length > 0) throw invalid(rule, `one of ${SELECTORS.join(', ')}`);
  return checkedRule(action, selector, rule[selector] as string, authentication, invalid);
}

/** Says of an error which rule it is about. */
export function invalidAt(where: string): InvalidRule {
  return (value, expected) => new InvalidInputError('INVALID_RULE', value, `${where}: ${expected}`);
}

/**
 * The same of a rule whose action and selector are known to be some.
 *
 * @throws {@link InvalidInputError} as `invalid` makes it
 */
export function checkedRule(
  action: RuleAction,
  selector: Selector,
  value: string,
  authentication: Authentication | undefined,
  invalid: InvalidRule,
): CheckedRule {
  const authenticates = action === 'require-and-authenticate';
  if (authentication !== undefined && !authenticates)
    throw invalid(action, 'require-and-authenticate, where it is said how');
  if (authenticates && authentication === undefined && selector === 'zone')
    throw invalid(value, 'how to authenticate, where a rule selects by zone');
  const proof = authentication && within(invalid, authentication, () => canonicalAuthentication(authentication));
  if (selector === 'zone' || selector === 'nameserver') {
    const name = isPlainName(value) ? value : within(invalid, value, () => nameOf(value, selector, action));
    return new CheckedRule(action, selector, name.endsWith('.') ? name.slice(0, -1) : name, -1, proof);
  }
  const bits = selector === 'prefix' ? within(invalid, value, () => readPrefix(value)) : readAddress(value, invalid);
  return new CheckedRule(action, selector, '', bits, proof);
}

/** What a part of a rule was refused for, told of the rule. */
function within<T>(invalid: InvalidRule, value: unknown, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidInputError ? invalid(value, error.expected) : error;
  }
}

/** Whether a name stands in its one spelling already; the final dot is optional. Most do, and this costs least. */
function isPlainName(text: string): boolean {
  if (typeof text !== 'string' || text.length > 253) return false;
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (length === 0 || length > 63) return false;
      length = 0;
    } else if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95) length++;
    else return false;
  }
  return length <= 63 && (length > 0 || text.length > 0);
}

function nameOf(given: string, selector: Selector, action: RuleAction): string {
  // As some files of other programs have it.
  const text = typeof given === 'string' && /^\.[^.]/.test(given) ? `*${given}` : given;
  const name = canonicalZone(text);
  const base = wildcardBase(name);
  if (base === undefined) return name;
  const meant = `${action} ${selector} ${base === '.' ? base : base.slice(0, -1)}`;
  throw new InvalidInputError('INVALID_RULE', given, `a name without a wildcard: "${meant}" covers all below it`);
}

/** Reads an address into `WORDS`. */
function readAddress(given: string, invalid: InvalidRule): number {
  if (typeof given === 'string' && readWords(given)) return ADDRESS_BITS;
  const wildcard = /^(\d{1,3}\.){1,3}\*$/.test(given);
  throw invalid(given, `an IPv4 or IPv6 address without a scope id${wildcard ? '; of many servers, a prefix' : ''}`);
}

/** Reads a prefix's address into `WORDS`; its length. */
function readPrefix(given: string): number {
  const { address, bits } = parsePrefix(given);
  WORDS.set(wordsOf(address));
  return address.family === 4 ? bits + MAPPED_BITS : bits;
}
