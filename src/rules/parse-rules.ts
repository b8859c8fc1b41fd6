import type { Authentication, TlsaRecord } from '../contact/authentication.js';
import { type CheckedRule, checkedRule, checkRule, isAction, isSelector, type RuleAction, RuleFault } from './rule.js';

/** What stands between a rule and how to authenticate. */
const BY = 'by';

/** Lines that are read at a time. */
const LINES = 256;

/**
 * Reads a rule file: one rule a line, words separated by blanks, `#` begins a comment. It stops after some hundred lines each
 * time, so that its caller can let the event loop turn.
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
 * @param rules - where they are put
 * @throws `InvalidInputError` `INVALID_RULE`, which names the line, the value and what was expected
 */
export function* parseInSteps(text: string, rules: CheckedRule[]): Generator<void, void> {
  let line = 0;
  for (let from = 0; from <= text.length; ) {
    const last = line + LINES;
    try {
      while (line < last && from <= text.length) {
        line++;
        const found = text.indexOf('\n', from);
        const to = found < 0 ? text.length : found;
        const rule = parseLine(text.slice(from, to));
        if (rule !== undefined) rules.push(rule);
        from = to + 1;
      }
    } catch (thrown) {
      throw RuleFault.told(thrown, `line ${line}`);
    }
    yield;
  }
}

function parseLine(line: string): CheckedRule | undefined {
  const text = line.replace(COMMENT, '');
  const [action, selector, value, by, ...how] = text.match(WORDS) ?? [];
  if (action === undefined) return undefined;
  if (selector === undefined || value === undefined)
    throw new RuleFault(text.trim(), 'an action, a selector and a value');
  if (by !== undefined && by !== BY) throw new RuleFault(by, `nothing, or ${BY} and how to authenticate`);
  const authentication = by === undefined ? undefined : parseAlternatives(how);
  if (isAction(action) && isSelector(selector)) return checkedRule(action, selector, value, authentication);
  return checkRule({ action: action as RuleAction, [selector]: value, authentication });
}

const COMMENT = /#.*/s;
const WORDS = /\S+/g;

function parseAlternatives(words: readonly string[]): Authentication {
  const of = split(words, 'or').map((alternative): Authentication => {
    const parts = split(alternative, 'and').map(parseProof);
    return parts.length === 1 ? (parts[0] as Authentication) : { type: 'all-of', of: parts };
  });
  return of.length === 1 ? (of[0] as Authentication) : { type: 'any-of', of };
}

function parseProof([kind, ...rest]: readonly string[]): Authentication {
  const [first = '', ...others] = rest;
  if ((kind === 'name' || kind === 'address') && rest.length === 1) return { type: 'pkix', name: first };
  if (kind === 'pin' && rest.length === 1) return { type: 'spki', pins: [first] };
  if (kind === 'tlsa' && rest.length === 4) return { type: 'tlsa', records: [record(rest)] };
  if (kind === 'tlsa' && rest.length === 5) return { type: 'tlsa', records: [record(others)], name: first };
  throw new RuleFault(
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
