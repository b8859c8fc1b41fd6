import type { Authentication, TlsaRecord } from '../contact/authentication.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { type CheckedRule, checkRule, type Rule, type RuleAction, type Selector } from './rule.js';

/** What stands between a rule and how to authenticate. */
const BY = 'by';

/**
 * Reads a rule file: one rule a line, words separated by blanks, `#` begins a comment.
 *
 * ```text
 * # action                  selector    value            how to authenticate
 * never                     address     192.0.2.53
 * opportunistic             prefix      198.51.100.0/24
 * require                   zone        example.org
 * require-and-authenticate  nameserver  example.net
 * require-and-authenticate  zone        example.com      by name ns1.example.com or pin q83v…M0=
 * ```
 *
 * After `by`: `name` and a domain name, `address` and an IP address, `pin` and a Base64 SHA-256, `tlsa` and a record's usage,
 * selector, matching type and data in hexadecimal, before them the base domain where it is to be sent as SNI. Several are
 * joined by `and` and `or`; `and` binds closer.
 *
 * @param text - the file
 * @throws {@link InvalidInputError} `INVALID_RULE`, which names the line, the value and what was expected
 */
export function parseRules(text: string): CheckedRule[] {
  const rules: CheckedRule[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const [words = ''] = line.split('#');
    const [action, selector, value, by, ...how] = words.split(/\s+/).filter((word) => word !== '');
    if (action === undefined) continue;
    const where = `line ${index + 1}`;
    const invalid = (given: unknown, expected: string) =>
      new InvalidInputError('INVALID_RULE', given, `${where}: ${expected}`);
    if (selector === undefined || value === undefined) throw invalid(words.trim(), 'an action, a selector and a value');
    if (by !== undefined && by !== BY) throw invalid(by, `nothing, or ${BY} and how to authenticate`);
    const authentication = by === undefined ? undefined : parseAlternatives(how, invalid);
    const given: Rule = { action: action as RuleAction, [selector as Selector]: value, authentication };
    rules.push(checkRule(given, where));
  }
  return rules;
}

type Invalid = (given: unknown, expected: string) => Error;

function parseAlternatives(words: readonly string[], invalid: Invalid): Authentication {
  const of = split(words, 'or').map((alternative): Authentication => {
    const parts = split(alternative, 'and').map((part) => parseProof(part, invalid));
    return parts.length === 1 ? (parts[0] as Authentication) : { type: 'all-of', of: parts };
  });
  return of.length === 1 ? (of[0] as Authentication) : { type: 'any-of', of };
}

function parseProof([kind, ...rest]: readonly string[], invalid: Invalid): Authentication {
  const [first = '', ...others] = rest;
  if ((kind === 'name' || kind === 'address') && rest.length === 1) return { type: 'pkix', name: first };
  if (kind === 'pin' && rest.length === 1) return { type: 'spki', pins: [first] };
  if (kind === 'tlsa' && rest.length === 4) return { type: 'tlsa', records: [record(rest)] };
  if (kind === 'tlsa' && rest.length === 5) return { type: 'tlsa', records: [record(others)], name: first };
  throw invalid(
    [kind, ...rest].join(' '),
    'name NAME, address ADDRESS, pin BASE64, or tlsa [NAME] 3 SELECTOR TYPE HEX',
  );
}

function record([usage, selector, matchingType, data = '']: readonly string[]): TlsaRecord {
  return { usage: Number(usage), selector: Number(selector), matchingType: Number(matchingType), data };
}

function split(words: readonly string[], at: string): string[][] {
  const parts: string[][] = [[]];
  for (const word of words) {
    if (word === at) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}
