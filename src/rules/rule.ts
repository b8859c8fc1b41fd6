import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import { parsePrefix } from '../contact/guard.js';
import { wordsOf } from '../state/address/address.js';
import { ipv4Word, isIpv4, MAPPED, readWords, textOfWords, WORDS } from '../state/address/words.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { oneOf } from '../state/known-names.js';
import { canonicalZone, wildcardBase } from '../wire/names.js';

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
   * where there is a question; the stricter of the rules for the two applies.
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
/** IPv4 addresses stand as their IPv4-mapped ones, which 96 bits make. */
export const MAPPED_BITS = 96;
const ADDRESS_BITS = 128;
const DOT = 46;
/** Characters of a label, and of a name with or without its final dot that is surely no longer than 255 octets. */
const MAX_LABEL = 63;
const MAX_PLAIN = 253;

/** A prefix in words, as signed numbers: these are no objects. */
export interface Prefix {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  /** Its length; an IPv4 prefix's counts the 96 bits that make it an IPv4-mapped one. */
  readonly bits: number;
}

/** A rule that was checked. */
export interface CheckedRule {
  readonly action: RuleAction;
  readonly selector: Selector;
  /** A name in its one spelling without the final dot; empty for the root, and where it selects by address or prefix. */
  readonly name: string;
  /** Where it selects by address or prefix. */
  readonly prefix: Prefix | undefined;
  readonly authentication?: Authentication | undefined;
}

/** What applies to a contact: one rule, or several that are equally specific and equally strict. */
export interface Ruling {
  readonly action: RuleAction;
  readonly rules: readonly CheckedRule[];
}

/** A rule in the words of a rule file, as far as it says of whom. */
export function textOfRule({ action, selector, name, prefix }: CheckedRule): string {
  if (prefix === undefined) return `${action} ${selector} ${name}.`;
  const [w0, w1, w2, w3] = [prefix.w0 >>> 0, prefix.w1 >>> 0, prefix.w2 >>> 0, prefix.w3 >>> 0] as const;
  const address = textOfWords(w0, w1, w2, w3);
  if (selector === 'address') return `${action} ${selector} ${address}`;
  return `${action} ${selector} ${address}/${isIpv4(w0, w1, w2) ? prefix.bits - MAPPED_BITS : prefix.bits}`;
}

/** Thrown where a rule is wrong, until somebody says which rule it is. */
export class RuleFault {
  readonly given: unknown;
  readonly expected: string;

  /**
   * @param given - what is wrong
   * @param expected - what would have been right
   */
  constructor(given: unknown, expected: string) {
    this.given = given;
    this.expected = expected;
  }

  /** The error that a caller gets for what was thrown. */
  static told(thrown: unknown, where: string): unknown {
    if (!(thrown instanceof RuleFault)) return thrown;
    return new InvalidInputError('INVALID_RULE', thrown.given, `${where}: ${thrown.expected}`);
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

/**
 * Checks a rule.
 *
 * @param rule - as an operator gave it
 * @throws a {@link RuleFault}
 */
export function checkRule(rule: Rule): CheckedRule {
  if (typeof rule !== 'object' || rule === null) throw new RuleFault(rule, 'an object with an action');
  for (const name of Object.keys(rule)) {
    if (!KNOWN.has(name)) throw new RuleFault(name, oneOf(name, [...KNOWN]));
  }
  const { action, authentication } = rule;
  if (!ACTIONS.has(action)) throw new RuleFault(action, oneOf(action, RULE_ACTIONS));
  let selector: Selector | undefined;
  let count = 0;
  for (const one of SELECTORS) {
    if (rule[one] === undefined) continue;
    selector = one;
    count++;
  }
  if (selector === undefined || count > 1) throw new RuleFault(rule, `one of ${SELECTORS.join(', ')}`);
  return checkedRule(action, selector, rule[selector], authentication);
}

/**
 * The same of a rule whose action and selector are known to be some.
 *
 * @throws a {@link RuleFault}
 */
export function checkedRule(
  action: RuleAction,
  selector: Selector,
  value: unknown,
  authentication: Authentication | undefined,
): CheckedRule {
  const proof = authentication === undefined ? undefined : proofOf(action, authentication);
  if (selector === 'address') return { action, selector, name: '', prefix: readAddress(value), authentication: proof };
  if (selector === 'prefix') return { action, selector, name: '', prefix: readPrefix(value), authentication: proof };
  if (selector === 'zone' && action === 'require-and-authenticate' && proof === undefined)
    throw new RuleFault(value, 'how to authenticate, where a rule selects by zone');
  return { action, selector, name: readName(value, selector, action), prefix: undefined, authentication: proof };
}

function proofOf(action: RuleAction, authentication: Authentication): Authentication {
  if (action !== 'require-and-authenticate')
    throw new RuleFault(action, 'require-and-authenticate, where it is said how');
  return within(authentication, () => canonicalAuthentication(authentication));
}

/** What a part of a rule was refused for. */
function within<T>(value: unknown, read: () => T, hint = ''): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidInputError ? new RuleFault(value, `${error.expected}${hint}`) : error;
  }
}

/** A name without its final dot. */
function readName(given: unknown, selector: Selector, action: RuleAction): string {
  const text = given as string;
  const name = isPlainName(text) ? text : within(given, () => canonicalZone(text));
  const base = wildcardBase(name);
  if (base !== undefined) throw wildcard(given, `${action} ${selector}`, base);
  return name.charCodeAt(name.length - 1) === DOT ? name.slice(0, -1) : name;
}

function wildcard(given: unknown, what: string, base: string): RuleFault {
  const meant = base === '.' ? base : base.slice(0, -1);
  return new RuleFault(given, `a name without a wildcard: "${what} ${meant}" covers all below it`);
}

/** Whether a name stands in its one spelling already; the final dot is optional. Most do, and this costs least. */
function isPlainName(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > MAX_PLAIN) return false;
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT) {
      if (length === 0 || length > MAX_LABEL) return false;
      length = 0;
    } else if (isPlain(code)) length++;
    else return false;
  }
  return length <= MAX_LABEL && text.length > 0;
}

/** A letter in lower case, a digit, a hyphen or an underscore. */
function isPlain(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code === 45 || code === 95;
}

function readAddress(given: unknown): Prefix {
  const text = typeof given === 'string' ? given : '';
  if (!readWords(text)) throw new RuleFault(given, `an IPv4 or IPv6 address without a scope id${prefixHint(text)}`);
  return prefixOfWords(ADDRESS_BITS);
}

function readPrefix(given: unknown): Prefix {
  const text = given as string;
  // Its length is checked with all else where it is not as plain as most are.
  const slash = typeof text === 'string' ? text.indexOf('/') : -1;
  const word = slash < 0 ? -1 : ipv4Word(text, 0, slash);
  const length = word < 0 ? -1 : plainNumber(text, slash + 1);
  if (length >= 0 && length <= 32) return { w0: 0, w1: 0, w2: MAPPED, w3: word | 0, bits: MAPPED_BITS + length };
  const hint = typeof text === 'string' ? prefixHint(text) : '';
  const { address, bits } = within(given, () => parsePrefix(text), hint);
  WORDS.set(wordsOf(address));
  return prefixOfWords(address.family === 4 ? bits + MAPPED_BITS : bits);
}

/** A number of one or two digits up to the end of a text; -1 for none. */
function plainNumber(text: string, from: number): number {
  if (from === text.length || text.length - from > 2) return -1;
  const value = Number(text.slice(from));
  return Number.isInteger(value) && value >= 0 ? value : -1;
}

function prefixOfWords(bits: number): Prefix {
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = WORDS;
  return { w0: w0 | 0, w1: w1 | 0, w2: w2 | 0, w3: w3 | 0, bits };
}

/** The prefix that somebody means who writes `192.0.2.*`. */
function prefixHint(text: string): string {
  if (!/^(\d{1,3}\.){1,3}\*$/.test(text)) return '';
  const octets = text.slice(0, -2).split('.');
  const address = [...octets, '0', '0', '0'].slice(0, 4).join('.');
  return `; for all of these "prefix ${address}/${8 * octets.length}"`;
}
