import { isIP, isIPv6 } from 'node:net';
import { parsePrefix } from '../../src/contact/guard.js';
import {
  type Address,
  addressOfWords,
  canonicalText,
  compareAddresses,
  parseAddress,
  prefixKey,
  tryParseAddress,
  wordsOf,
} from '../../src/state/address/address.js';
import { readWords, textOfWords } from '../../src/state/address/words.js';
import { Input } from '../input.js';
import { acceptedOr } from '../oracles.js';
import { must, mustEqual } from '../promise.js';
import type { Target } from '../target.js';

/** A scope id as interfaces are named: at most 15 characters (IFNAMSIZ). */
const SCOPE = /^[A-Za-z0-9_.-]{1,15}$/;

/** The text of an address, or of a prefix. */
export const address: Target = {
  promise: 'what is an address is what Node and the URL standard take for one, in the one canonical form',
  maxLength: 80,
  run(octets) {
    const text = new Input(octets).text(octets.length);
    const parsed = tryParseAddress(text);
    mustEqual(canonicalText(text), parsed?.text, 'both readers of addresses agree');
    must((parsed !== undefined) === isAddress(text), 'an address is what node:net takes for one', text);
    mustEqual(
      acceptedOr(['INVALID_ADDRESS'], () => parseAddress(text)),
      parsed,
      'and what throws agrees',
    );
    checkPrefix(text);
    if (parsed !== undefined) checkAddress(text, parsed);
  },
  seeds: () => SEEDS.map((text) => Buffer.from(text)),
};

/** By node:net, but for scope ids, which it does not check, and which an IPv4-mapped address has not. */
function isAddress(text: string): boolean {
  const [head = '', ...scope] = text.split('%');
  if (scope.length === 0) return isIP(text) !== 0;
  return isIPv6(head) && SCOPE.test(scope.join('%')) && !isMapped(head);
}

function isMapped(text: string): boolean {
  return /^\[::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}\]$/.test(whatwg(text));
}

/** The canonical form of an IPv6 address in brackets, by the URL standard: RFC 5952, never with an IPv4 tail. */
function whatwg(text: string): string {
  return new URL(`http://[${text}]/`).hostname;
}

function checkAddress(text: string, parsed: Address): void {
  const { text: canonical, family, groups, scope } = parsed;
  must(isIP(canonical.split('%')[0] ?? '') === family, 'the canonical form has its family', canonical);
  mustEqual(parseAddress(canonical), parsed, 'the canonical form is its own');
  must(canonicalText(canonical) === canonical, 'for both readers', canonical);
  const [head = ''] = text.split('%');
  const ofHead = scope === undefined ? canonical : canonical.slice(0, -1 - scope.length);
  if (family === 6) must(whatwg(head) === `[${ofHead}]`, 'the form of the URL standard', head, ofHead);
  else if (!text.includes(':')) must(canonical === text, 'dotted decimal has one spelling', text);
  else must(whatwg(head) === whatwg(`::ffff:${canonical}`), 'a mapped address is that IPv4 address', text, canonical);
  const words = wordsOf(parsed);
  must(textOfWords(...words) === ofHead, 'its words are its text', words);
  mustEqual(addressOfWords(Uint32Array.from(words), scope), parsed, 'and make it again');
  must(readWords(text) === (scope === undefined), 'words are read where there is no scope id');
  must(groups.length === (family === 4 ? 2 : 8), 'as many groups as its family has', groups);
  must(compareAddresses(parsed, parsed) === 0, 'it equals itself');
  must(prefixKey(parsed, 24) === prefixKey(parseAddress(canonical), 24), 'it has one prefix');
}

function checkPrefix(text: string): void {
  const prefix = acceptedOr(['INVALID_PREFIX'], () => parsePrefix(text));
  if (prefix === undefined) return;
  const most = prefix.address.family === 4 ? 32 : 128;
  must(prefix.bits >= 0 && prefix.bits <= most, 'a prefix is no longer than an address', text, prefix.bits);
  const again = parsePrefix(`${prefix.address.text}/${prefix.bits}`);
  mustEqual(again, prefix, 'a prefix in canonical form is the same');
}

const SEEDS: readonly string[] = [
  ...[
    '192.0.2.1',
    '0.0.0.0',
    '255.255.255.255',
    '192.0.2.256',
    '192.0.02.1',
    '1.2.3',
    '::',
    '::1',
    '1::',
    '2001:db8::1',
  ],
  ...[
    '2001:DB8:0:0:1::1',
    '::ffff:192.0.2.1',
    '::ffff:c000:201',
    '64:ff9b::192.0.2.33',
    '1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7::',
  ],
  ...[
    'fe80::1%eth0',
    'fe80::1%',
    '::ffff:192.0.2.1%eth0',
    '1::2::3',
    ':::',
    '1:2:3:4:5:6:1.2.3.4',
    '::1.2.3.4',
    '12345::',
  ],
  ...[
    '192.0.2.0/24',
    '::ffff:192.0.2.0/120',
    '2001:db8::/32',
    '::/0',
    '192.0.2.0/33',
    '192.0.2.0/',
    '0.0.0.0/0/0',
    'fe80::1%a/64',
  ],
];
