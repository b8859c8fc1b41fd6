import type { Authentication } from '../contact/authentication.js';
import type { ResolvedServer } from '../contact/server.js';
import { readAddress } from '../state/address/address.js';
import { tryCanonicalZone } from '../wire/names.js';
import { type Ruling, textOfRule } from './rule.js';
import type { RuleLookup } from './rule-lookup.js';

/** A contact as rules see it. */
export interface Subject {
  /** The canonical address, perhaps with a scope id. */
  readonly address: string;
  /** The zone in canonical form. */
  readonly zone?: string | undefined;
  /** The name server name as the host gave it. */
  readonly nameserver?: string | undefined;
  /** The question's name in canonical form, where there is a question. */
  readonly asked?: string | undefined;
}

/**
 * A server, with what its contact is about, as rules see it.
 *
 * @param server - which
 * @param asked - the question's name in canonical form, where there is a question
 */
export function subjectOf({ address, zone, nameserver }: ResolvedServer, asked?: string): Subject {
  return { address, zone, nameserver, asked };
}

/** What is demanded of a contact, beyond what the policy decides. */
export interface Terms {
  /** Why: of a rule, of a source whose word is as good, or of the caller. */
  readonly reason: 'rule-never' | 'rule-require' | 'rule-authenticate' | 'source-never' | 'source-require' | 'demand';
  /** How the server has to prove who it is; absent under `rule-authenticate` where nobody could. */
  readonly authentication?: Authentication | undefined;
  /** Whether the caller demands encryption as well, beside a rule. */
  readonly demanded?: boolean | undefined;
  /** Nothing may be sent: a rule forbids DoT, and the caller forbids clear text. */
  readonly refuses?: boolean | undefined;
  /** Nothing may be sent: what is demanded leads nowhere that can be used. */
  readonly refusal?: 'guard' | 'authentication' | 'port' | undefined;
}

const NEVER: Terms = { reason: 'rule-never' };
const REQUIRE: Terms = { reason: 'rule-require' };
/** The name server name is none that a certificate could be for. */
const IMPOSSIBLE: Terms = { reason: 'rule-authenticate' };

/**
 * What the rules demand of a contact.
 *
 * @param lookup - the rules
 * @param subject - the contact
 * @returns `undefined` where the policy decides
 */
export function termsOf(lookup: RuleLookup, subject: Subject): Terms | undefined {
  const ruling = rulingOf(lookup, subject);
  if (ruling === undefined || ruling.action === 'opportunistic') return undefined;
  if (ruling.action === 'never') return NEVER;
  if (ruling.action === 'require') return REQUIRE;
  try {
    const authentication = lookup.authentication(ruling, subject.address, tryCanonicalZone(subject.nameserver));
    return { reason: 'rule-authenticate', authentication };
  } catch {
    return IMPOSSIBLE;
  }
}

/** Whether a rule says of a contact that nothing is demanded of it. */
export function isExempt(lookup: RuleLookup, subject: Subject): boolean {
  return rulingOf(lookup, subject)?.action === 'opportunistic';
}

/** Whether a rule forbids DoT to an address, whatever a contact is about. */
export function forbids(lookup: RuleLookup | undefined, address: string): boolean {
  return lookup !== undefined && rulingOf(lookup, { address })?.action === 'never';
}

/** Which rule applies to a contact, for people; `undefined` where none does. */
export function ruleFor(lookup: RuleLookup, subject: Subject): string | undefined {
  return rulingOf(lookup, subject)?.rules.map(textOfRule).join(', ');
}

function rulingOf(lookup: RuleLookup, { address, zone, nameserver, asked }: Subject): Ruling | undefined {
  const name = tryCanonicalZone(nameserver);
  return readAddress(address) ? lookup.find(zone, name, asked) : undefined;
}
