import { type Authentication, canonicalAuthentication } from '../contact/authentication.js';
import { parsePrefix } from '../contact/guard.js';
import { type Address, tryParseAddress } from '../state/address/address.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { canonicalZone } from '../wire/names.js';

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
   * What is asked about: the zone that the host names with the contact, or the question's name where it names none, is this
   * one or below it.
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
const KNOWN: ReadonlySet<string> = new Set(['action', 'authentication', ...SELECTORS]);

/** A rule that was checked. */
export interface CheckedRule {
  readonly action: RuleAction;
  readonly selector: Selector;
  /** What it selects, in its one spelling: a prefix with its length, or a name in lower case with a final dot. */
  readonly value: string;
  /** The prefix, where it selects by address or prefix. */
  readonly prefix?: { readonly address: Address; readonly bits: number } | undefined;
  readonly authentication: Authentication | undefined;
}

/**
 * Checks a rule.
 *
 * @param rule - as an operator gave it
 * @param where - which it is, for the error: `rule 3`, `line 12`
 * @throws {@link InvalidInputError} `INVALID_RULE`
 */
export function checkRule(rule: Rule, where: string): CheckedRule {
  const invalid = (value: unknown, expected: string) =>
    new InvalidInputError('INVALID_RULE', value, `${where}: ${expected}`);
  if (typeof rule !== 'object' || rule === null) throw invalid(rule, 'an object with an action');
  for (const name of Object.keys(rule)) {
    if (!KNOWN.has(name)) throw invalid(name, `one of ${[...KNOWN].join(', ')}`);
  }
  const { action, authentication } = rule;
  if (!RULE_ACTIONS.includes(action)) throw invalid(action, `one of ${RULE_ACTIONS.join(', ')}`);
  const [selector, ...others] = SELECTORS.filter((name) => rule[name] !== undefined);
  if (selector === undefined || others.length > 0) throw invalid(rule, `one of ${SELECTORS.join(', ')}`);
  const authenticates = action === 'require-and-authenticate';
  if (authentication !== undefined && !authenticates)
    throw invalid(action, 'require-and-authenticate, where it is said how');
  if (authenticates && authentication === undefined && selector === 'zone')
    throw invalid(rule.zone, 'how to authenticate, where a rule selects by zone');
  const selected = within(invalid, rule[selector], () => select(selector, rule[selector] as string));
  const proof = authentication && within(invalid, authentication, () => canonicalAuthentication(authentication));
  return { action, selector, ...selected, authentication: proof };
}

/** What a part of a rule was refused for, told of the rule. */
function within<T>(invalid: (value: unknown, expected: string) => Error, value: unknown, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidInputError ? invalid(value, error.expected) : error;
  }
}

function select(selector: Selector, given: string): Pick<CheckedRule, 'value' | 'prefix'> {
  if (selector === 'zone' || selector === 'nameserver') return { value: canonicalZone(given) };
  const prefix = selector === 'prefix' ? parsePrefix(given) : addressOf(given);
  return { value: `${prefix.address.text}/${prefix.bits}`, prefix };
}

function addressOf(given: string): NonNullable<CheckedRule['prefix']> {
  const address = tryParseAddress(given);
  if (address === undefined || address.scope !== undefined)
    throw new InvalidInputError('INVALID_RULE', given, 'an IPv4 or IPv6 address without a scope id');
  return { address, bits: address.family === 4 ? 32 : 128 };
}

/** A rule in the words of a rule file, as far as it says of whom. */
export function textOfRule({ action, selector, value, prefix }: CheckedRule): string {
  return `${action} ${selector} ${selector === 'address' ? (prefix?.address.text ?? value) : value}`;
}
