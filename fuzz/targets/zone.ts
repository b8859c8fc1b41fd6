import dnsPacket from 'dns-packet';
import { soaQuery } from '../../src/wire/message.js';
import { canonicalZone } from '../../src/wire/names.js';
import { Input } from '../input.js';
import { acceptedOr, queryInfo } from '../oracles.js';
import { must, mustEqual, sameOctets } from '../promise.js';
import { folded } from '../reference.js';
import type { Target } from '../target.js';

const ID = 0x1234;

/** A zone's name, as hosts give it. */
export const zone: Target = {
  promise: 'a zone is refused by INVALID_ZONE, or it has one spelling and a query for its SOA',
  maxLength: 1_100,
  run(octets) {
    const text = new Input(octets).text(octets.length);
    const asked = acceptedOr(['INVALID_ZONE'], () => soaQuery(text, ID));
    const canonical = acceptedOr(['INVALID_ZONE'], () => canonicalZone(text));
    must((asked === undefined) === (canonical === undefined), 'both readers accept the same names', text);
    if (asked === undefined || canonical === undefined) return;
    must(queryInfo(asked)?.id === ID, 'the query is sound', asked);
    mustEqual(canonicalZone(canonical), canonical, 'the canonical spelling is its own');
    must(/^(?:\.|(?:(?:[a-z0-9_*/-]|\\\d{3})+\.)+)$/.test(canonical), 'the canonical spelling is plain', canonical);
    must(sameOctets(soaQuery(canonical, ID).subarray(12), folded(asked.subarray(12))), 'and means the same', text);
    // dns-packet knows no escapes, strips a dot before a name and writes what is not ASCII in UTF-8.
    if (!/^(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}\.?$/.test(text)) return;
    const theirs = dnsPacket.encode({ type: 'query', id: ID, questions: [{ type: 'SOA', name: text }] });
    must(sameOctets(asked, theirs), 'dns-packet makes the same query', asked, theirs);
  },
  seeds: () => SEEDS.map((text) => Buffer.from(text)),
};

const LONG = 'abcdefghi.'.repeat(25);

const SEEDS: readonly string[] = [
  ...['.', '', '..', 'test', 'Example.TEST.', 'example.test', '_dns.ns1.example.test.', '0/25.2.0.192.in-addr.arpa'],
  ...[
    'a\\.b.test',
    'a\\032b.test',
    '\\195\\164.test',
    'ä.test',
    'a b.test',
    '\\256.test',
    '*.test',
    '\\\\.test',
    'a..b',
  ],
  ...[`${LONG}abc`, `${LONG}abcd`, `${'a'.repeat(63)}.test`, `${'a'.repeat(64)}.test`, `${'\\001'.repeat(63)}.\\000`],
];
