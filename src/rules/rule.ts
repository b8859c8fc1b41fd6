import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import { parsePrefix } from '../contact/guard.js';
import { wordsOf } from '../state/address/address.js';
import { ipv4Word, isIpv4, MAPPED, readWords, textOfWords, WORDS } from '../state/address/words.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { oneOf } from '../state/known-names.js';
import { canonicalZone, tryCanonicalZone, wildcardBase } from '../wire/names.js';

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
const KNOWN: readonly string[] = ['action', 'authentication', ...SELECTORS];
/** IPv4 addresses stand as their IPv4-mapped ones, which 96 bits make. */
export const MAPPED_BITS = 96;
const ADDRESS_BITS = 128;
const PLAIN_LENGTH = /^\d\d?$/;

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
  const { w0, w1, w2, w3, bits } = prefix;
  const text = `${action} ${selector} ${textOfWords(w0, w1, w2, w3)}`;
  return selector === 'address' ? text : `${text}/${isIpv4(w0, w1, w2) ? bits - MAPPED_BITS : bits}`;
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
  return RULE_ACTIONS.includes(word as RuleAction);
}

/** Whether a word says by what a rule selects. */
export function isSelector(word: string): word is Selector {
  return SELECTORS.includes(word as Selector);
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
    if (!KNOWN.includes(name)) throw new RuleFault(name, oneOf(name, KNOWN));
  }
  const { action, authentication } = rule;
  if (!isAction(action)) throw new RuleFault(action, oneOf(action, RULE_ACTIONS));
  const [selector, ...others] = SELECTORS.filter((one) => rule[one] !== undefined);
  if (selector === undefined || others.length > 0) throw new RuleFault(rule, `one of ${SELECTORS.join(', ')}`);
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
  if (selector === 'zone' && action === 'require-and-authenticate' && proof === undefined)
    throw new RuleFault(value, 'how to authenticate, where a rule selects by zone');
  let name = '';
  let prefix: Prefix | undefined;
  if (selector === 'address') prefix = readAddress(value);
  else if (selector === 'prefix') prefix = readPrefix(value);
  else name = readName(value, selector, action);
  return { action, selector, name, prefix, authentication: proof };
}

function proofOf(action: RuleAction, authentication: Authentication): Authentication {
  if (action !== 'require-and-authenticate')
    throw new RuleFault(action, 'require-and-authenticate, where it is said how');
  return within(authentication, () => canonicalAuthentication(authentication));
}

/** What a part of a rule was refused for. */
function within<T>(value: unknown, read: () => T, hint?: (value: unknown) => string): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidInputError ? new RuleFault(value, `${error.expected}${hint?.(value) ?? ''}`) : error;
  }
}

/** A name without its final dot. */
function readName(given: unknown, selector: Selector, action: RuleAction): string {
  // Most are well-formed: no function is made for the error of those.
  const name = tryCanonicalZone(given) ?? within(given, () => canonicalZone(given as string));
  const base = wildcardBase(name);
  if (base === undefined) return name.slice(0, -1);
  const meant = base === '.' ? base : base.slice(0, -1);
  throw new RuleFault(given, `a name without a wildcard: "${action} ${selector} ${meant}" covers all below it`);
}

function readAddress(given: unknown): Prefix {
  if (typeof given === 'string' && readWords(given)) return prefixOf(WORDS, ADDRESS_BITS);
  throw new RuleFault(given, `an IPv4 or IPv6 address without a scope id${prefixHint(given)}`);
}

function readPrefix(given: unknown): Prefix {
  // Most are of IPv4, and lists of them are long: no object is made for these on the way.
  const text = typeof given === 'string' ? given : '';
  const slash = text.indexOf('/');
  const word = slash < 0 ? -1 : ipv4Word(text, 0, slash);
  const length = text.slice(slash + 1);
  if (word >= 0 && PLAIN_LENGTH.test(length) && Number(length) <= 32)
    return { w0: 0, w1: 0, w2: MAPPED, w3: word | 0, bits: MAPPED_BITS + Number(length) };
  const { address, bits } = within(given, () => parsePrefix(given as string), prefixHint);
  return prefixOf(wordsOf(address), address.family === 4 ? bits + MAPPED_BITS : bits);
}

function prefixOf(words: Iterable<number>, bits: number): Prefix {
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
  return { w0: w0 | 0, w1: w1 | 0, w2: w2 | 0, w3: w3 | 0, bits };
}

/** The prefix that somebody means who writes `192.0.2.*`. */
function prefixHint(given: unknown): string {
  if (typeof given !== 'string' || !/^(\d{1,3}\.){1,3}\*$/.test(given)) return '';
  const octets = given.slice(0, -2).split('.');
  const address = [...octets, '0', '0', '0'].slice(0, 4).join('.');
  return `; for all of these "prefix ${address}/${8 * octets.length}"`;
}
