import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../src/common/errors.js';
import type { Rule, RuleAction } from '../../src/rules/rule.js';
import { RULE_ACTIONS } from '../../src/rules/rule.js';
import { lookupOf, type Rules } from '../../src/rules/rule-lookup.js';
import { ruleFor, type Subject, termsOf } from '../../src/rules/terms.js';

const PIN = `${'A'.repeat(42)}A=`;

function holds(rules: Rules, subject: Subject): string | undefined {
  const lookup = lookupOf(rules);
  return lookup === undefined ? undefined : ruleFor(lookup, subject);
}

function refusal(rules: unknown): string {
  try {
    lookupOf(rules as Rules);
  } catch (error) {
    if (error instanceof InvalidInputError) return `${error.code} ${error.value} ${error.expected}`;
    throw error;
  }
  return 'accepted';
}

describe('a rule file', () => {
  test('says the same as a list', () => {
    const text = `
      # comment
      never          address     192.0.2.53   # trailing
      opportunistic  prefix      2001:db8::/32
      require        zone        Example.ORG.\r
      require        nameserver  .
      require-and-authenticate nameserver example.net
      require-and-authenticate zone example.com by name ns.example.com and pin ${PIN} or tlsa ns.example.com 3 1 1 ${'ab'.repeat(32)}
      require-and-authenticate address ::1 by address ::1 or tlsa 3 1 1 ${'AB'.repeat(32)}`;
    const lookup = lookupOf(text);
    const demanded = (subject: Subject) => lookup && termsOf(lookup, subject);
    expect(demanded({ address: '192.0.2.53' })?.reason).toBe('rule-never');
    expect(demanded({ address: '2001:db8::1' })).toBeUndefined();
    expect(demanded({ address: '192.0.2.1', zone: 'a.example.org.' })?.reason).toBe('rule-require');
    expect(demanded({ address: '192.0.2.1', zone: 'notexample.org.' })).toBeUndefined();
    expect(demanded({ address: '192.0.2.1', nameserver: 'ns.elsewhere.test' })?.reason).toBe('rule-require');
    expect(demanded({ address: '192.0.2.1', nameserver: 'NS1.Example.Net' })).toEqual({
      reason: 'rule-authenticate',
      authentication: { type: 'pkix', name: 'ns1.example.net' },
    });
    const record = { usage: 3, selector: 1, matchingType: 1, data: 'ab'.repeat(32) };
    expect(demanded({ address: '192.0.2.1', zone: 'example.com.' })?.authentication).toEqual({
      type: 'any-of',
      of: [
        {
          type: 'all-of',
          of: [
            { type: 'pkix', name: 'ns.example.com' },
            { type: 'spki', pins: [PIN] },
          ],
        },
        { type: 'tlsa', records: [record], name: 'ns.example.com' },
      ],
    });
    expect(demanded({ address: '::1' })?.authentication).toMatchObject({ type: 'any-of' });
    expect(lookupOf('')).toBeUndefined();
    expect(lookupOf([])).toBeUndefined();
  });

  test.each([
    ['require zone', '"require zone" line 1: an action, a selector and a value'],
    ['\n\nrequire zone a..b', '"a..b" line 3: labels of 1 to 63 octets'],
    ['insist zone a', '"insist" line 1: one of never, opportunistic, require, require-and-authenticate'],
    ['require domain a', '"domain" line 1: one of action, authentication, address'],
    ['require address 192.0.2.300', '"192.0.2.300" line 1: an IPv4 or IPv6 address'],
    ['require address fe80::1%eth0', 'without a scope id'],
    ['require prefix 192.0.2.0/33', '"192.0.2.0/33" line 1: an address, or an address, a slash'],
    ['require prefix 192.0.2.0/+24', '"192.0.2.0/+24" line 1: an address, or an address, a slash'],
    ['require zone a with name b', '"with" line 1: nothing, or by and how to authenticate'],
    ['require zone a by name b', '"require" line 1: require-and-authenticate, where it is said how'],
    ['require-and-authenticate zone a', '"a" line 1: how to authenticate, where a rule selects by zone'],
    ['require-and-authenticate zone a by', '"" line 1: name NAME'],
    ['require-and-authenticate zone a by name b or', '"" line 1: name NAME'],
    ['require-and-authenticate zone a by name *', 'line 1: a host name, or an IP address'],
    ['require-and-authenticate zone a by pin x', 'line 1: a pin: the Base64 of a SHA-256'],
    ['require-and-authenticate zone a by tlsa 2 1 1 abcd', 'line 1: a record of usage 3'],
    ['require-and-authenticate zone a by magic', '"magic" line 1: name NAME, address ADDRESS, pin BASE64'],
  ])('%j is refused: line, value, expectation', (text, expected) => {
    expect(refusal(text)).toMatch(/^INVALID_RULE /);
    expect(refusal(text)).toContain(expected);
  });

  test.each([
    [7, 'a list of rules, or the text of a rule file'],
    [[null], 'rule 1: an object with an action'],
    [[{ action: 'never', zone: 'a' }, { action: 'never' }], 'rule 2: one of address, prefix, zone, nameserver'],
    [[{ action: 'never', zone: 'a', address: '::1' }], 'rule 1: one of address'],
    [[{ action: 'never', zone: 'a', ports: [53] }], '"ports" rule 1: one of action'],
    [[{ action: 'never', zone: 4 }], 'rule 1: a domain name'],
    [[{ action: 'never', address: 4 }], 'rule 1: an IPv4 or IPv6 address'],
  ])('the list %j is refused', (rules, expected) => {
    expect(refusal(rules)).toContain(expected);
  });
});

describe('Q41 wildcards', () => {
  test.each([
    ['require zone *.example.org', 'require zone example.org'],
    ['never nameserver *.*.example.net', 'never nameserver example.net'],
    ['require zone ns*.example.org.', 'require zone example.org'],
    ['require zone *', 'require zone .'],
    ['require prefix 192.0.2.*', 'prefix 192.0.2.0/24'],
    ['require address 10.1.*', 'prefix 10.1.0.0/16'],
  ])('Q41 %j is refused with the rule that is meant', (text, meant) => {
    expect(refusal(text)).toMatch(/^INVALID_RULE .* line 1: /);
    expect(refusal(text)).toContain(`"${meant}"`);
    const [action, selector, value] = text.split(' ');
    expect(refusal([{ action, [selector ?? '']: value }])).toContain(`"${meant}"`);
  });
});

describe('which rule holds', () => {
  const RULES = `
    require        address    192.0.2.1
    never          prefix     192.0.2.0/24
    opportunistic  prefix     192.0.2.128/25
    require        prefix     2001:db8::/32
    never          zone       org
    require        zone       example.org
    opportunistic  zone       open.example.org
    never          nameserver example.net
    require        nameserver a.example.net`;

  test.each<[Subject, string | undefined]>([
    [{ address: '192.0.2.1' }, 'require address 192.0.2.1'],
    [{ address: '::ffff:192.0.2.1' }, 'require address 192.0.2.1'],
    [{ address: '192.0.2.2' }, 'never prefix 192.0.2.0/24'],
    [{ address: '192.0.2.200' }, 'opportunistic prefix 192.0.2.128/25'],
    [{ address: '198.51.100.1' }, undefined],
    [{ address: '2001:db8::7' }, 'require prefix 2001:db8::/32'],
    [{ address: 'fe80::1%eth0' }, undefined],
    [{ address: '198.51.100.1', zone: 'org.' }, 'never zone org.'],
    [{ address: '198.51.100.1', zone: 'a.b.example.org.' }, 'require zone example.org.'],
    [{ address: '198.51.100.1', zone: 'x.open.example.org.' }, 'opportunistic zone open.example.org.'],
    [{ address: '198.51.100.1', nameserver: 'ns.b.example.net' }, 'never nameserver example.net.'],
    [{ address: '198.51.100.1', nameserver: 'NS.A.example.net.' }, 'require nameserver a.example.net.'],
    [{ address: '198.51.100.1', nameserver: 'not a name' }, undefined],
    // The exact address goes before all; else the strictest of the kinds.
    [{ address: '192.0.2.1', zone: 'org.' }, 'require address 192.0.2.1'],
    [{ address: '192.0.2.2', zone: 'example.org.' }, 'require zone example.org.'],
    [{ address: '192.0.2.200', zone: 'org.' }, 'opportunistic prefix 192.0.2.128/25'],
    [{ address: '192.0.2.2', zone: 'open.example.org.' }, 'opportunistic zone open.example.org.'],
    [{ address: '192.0.2.2', zone: 'org.', nameserver: 'a.example.net' }, 'require nameserver a.example.net.'],
  ])('of %j', (subject, rule) => {
    expect(holds(RULES, subject)).toBe(rule);
  });

  test('of two for one thing the stricter, in either order', () => {
    const two: Rule[] = [
      { action: 'never', zone: 'a.test' },
      { action: 'require', zone: 'A.test.' },
    ];
    for (const rules of [two, two.toReversed()])
      expect(holds(rules, { address: '::1', zone: 'a.test.' })).toBe('require zone a.test.');
  });

  test('of two that ask for proofs, both have to be given', () => {
    const lookup = lookupOf([
      { action: 'require-and-authenticate', zone: 'a.test', authentication: { type: 'spki', pins: [PIN] } },
      { action: 'require-and-authenticate', nameserver: 'b.test' },
      { action: 'require-and-authenticate', prefix: '192.0.2.0/24' },
    ]);
    const subject = { address: '192.0.2.1', zone: 'a.test.', nameserver: 'ns.b.test' };
    const terms = lookup && termsOf(lookup, subject);
    expect(terms?.authentication).toEqual({
      type: 'all-of',
      of: [
        { type: 'pkix', name: '192.0.2.1' },
        { type: 'pkix', name: 'ns.b.test' },
        { type: 'spki', pins: [PIN] },
      ],
    });
    expect(lookup && termsOf(lookup, subject)?.authentication).toBe(terms?.authentication);
  });

  test('no certificate can be for a name server name that is none of a host: nothing can be tried', () => {
    const lookup = lookupOf([{ action: 'require-and-authenticate', nameserver: '.' }]);
    const terms = (nameserver: string) => lookup && termsOf(lookup, { address: '::1', nameserver });
    expect(terms('*.b.test')).toEqual({ reason: 'rule-authenticate' });
    expect(terms('.')).toEqual({ reason: 'rule-authenticate' });
  });

  test('an IPv6 prefix covers no IPv4 address', () => {
    expect(holds('never prefix ::/0', { address: '192.0.2.1' })).toBeUndefined();
    expect(holds('never prefix ::/0', { address: '2001:db8::1' })).toBe('never prefix ::/0');
    expect(holds('never prefix 0.0.0.0/0', { address: '192.0.2.1' })).toBe('never prefix 0.0.0.0/0');
    expect(holds('never prefix 0.0.0.0/0', { address: '::1' })).toBeUndefined();
  });
});

const octet = fc.constantFrom(0, 1, 2, 128, 192, 255);
const ipv4 = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join('.'));
const ipv6 = fc
  .array(fc.constantFrom(0, 1, 0x8000, 0x2001, 0xffff), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.map((group) => group.toString(16)).join(':'));
const prefix = fc.oneof(
  fc.tuple(ipv4, fc.nat({ max: 32 })).map(([text, bits]) => [text, bits, 'ipv4'] as const),
  fc.tuple(ipv6, fc.nat({ max: 128 })).map(([text, bits]) => [text, bits, 'ipv6'] as const),
);

test('the longest of many prefixes is the one that lists of single prefixes say', () => {
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 40 }), fc.oneof(ipv4, ipv6), (prefixes, address) => {
      const family = address.includes(':') ? 'ipv6' : 'ipv4';
      const covering = prefixes.filter(([net, bits, type]) => {
        const list = new BlockList();
        list.addSubnet(net, bits, type);
        return type === family && list.check(address, family);
      });
      const longest = covering.reduce((most, [, bits]) => Math.max(most, bits), -1);
      const rules = prefixes.map(([net, bits]): Rule => ({ action: 'require', prefix: `${net}/${bits}` }));
      const found = holds(rules, { address })?.split('/')[1];
      expect(found).toBe(longest < 0 ? undefined : String(longest));
    }),
  );
});

const label = fc.constantFrom('a', 'b', 'ab', 'ba', 'x-y');
const name = fc.array(label, { maxLength: 5 }).map((labels) => `${labels.join('.')}.`);

test('the longest of many names is the one that comparing label by label says', () => {
  fc.assert(
    fc.property(fc.array(name, { maxLength: 40 }), name, (names, zone) => {
      const covering = names.filter((one) => one === '.' || zone === one || zone.endsWith(`.${one}`));
      const longest = covering.sort((one, other) => other.length - one.length)[0];
      const rules = names.map((one): Rule => ({ action: 'require', zone: one }));
      expect(holds(rules, { address: '::1', zone })).toBe(longest && `require zone ${longest}`);
    }),
  );
});

test('a text never breaks more than its own parsing', () => {
  const words = fc.constantFrom(
    ...RULE_ACTIONS,
    'zone',
    'prefix',
    'by',
    'name',
    'pin',
    'and',
    'or',
    'a',
    '\n',
    '#',
    PIN,
    '::1',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(words).map((list) => list.join(' ')),
      ),
      (text) => {
        expect(refusal(text)).toMatch(/^(accepted|INVALID_RULE )/);
      },
    ),
  );
});

// Room is made by what the first of them let expect, which is wrong where they are sorted.
test.each<[string, (rules: readonly Rule[]) => Rules]>([
  ['a list, all kinds mixed', (rules) => rules],
  ['a list, kind by kind', (rules) => rules.toSorted((one, other) => kindOf(one).localeCompare(kindOf(other)))],
  ['a text', (rules) => rules.map((rule) => `${rule.action} ${kindOf(rule)} ${rule[kindOf(rule)]}`).join('\n')],
])('100,000 rules are found, each its own: %s', (_, given) => {
  const actions: RuleAction[] = ['never', 'require'];
  const rules = Array.from({ length: 100_000 }, (_, i): Rule => {
    const action = actions[i % 2] ?? 'never';
    if (i % 3 === 0) return { action, address: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` };
    return i % 3 === 1 ? { action, zone: `z${i}.test` } : { action, nameserver: `n${i}.test` };
  });
  const lookup = lookupOf(given(rules));
  expect(lookup?.size).toBe(100_000);
  const reason = (subject: Subject) => lookup && termsOf(lookup, subject)?.reason;
  for (let i = 0; i < 100_000; i += 997) {
    const expected = i % 2 === 0 ? 'rule-never' : 'rule-require';
    const address = i % 3 === 0 ? `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}` : '192.0.2.1';
    const subject = { address, zone: `a.z${i}.test.`, nameserver: `n${i}.test` };
    expect(reason(subject)).toBe(expected);
  }
  expect(reason({ address: '192.0.2.1', zone: 'z1.test.test.', nameserver: 'x' })).toBeUndefined();
});

function kindOf({ address, zone }: Rule): 'address' | 'zone' | 'nameserver' {
  if (address !== undefined) return 'address';
  return zone === undefined ? 'nameserver' : 'zone';
}
