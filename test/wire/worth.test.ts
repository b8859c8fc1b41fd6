import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Appraisal, appraise, appraiseSoa, isWorse, type Known, WORTHS, wordOf } from '../../src/wire/worth.js';
import { type Crafted, crafted, withOpt } from '../support/answers.js';
import { query } from '../transport/support.js';

const asked = query('www.example.org');
const zoned = (labels: number, ...facts: readonly string[]): Known => ({
  zoneLabels: () => labels,
  has: (fact) => facts.includes(fact),
});
const nothing = zoned(2);

/** A query with RD. */
function recursive(message: Uint8Array): Uint8Array {
  const copy = message.slice();
  copy[2] = (copy[2] ?? 0) | 1;
  return copy;
}

const A = [{ type: 'A' }] as const;
const SIGNED = [{ type: 'A' }, { type: 'RRSIG' }] as const;
const SOA = [{ owner: 'example.org', type: 'SOA' }] as const;
const ns = (owner: string) => [{ owner, type: 'NS' }] as const;

describe('what an answer is worth', () => {
  it.each<[string, Crafted, string, string]>([
    ['records with AA', { aa: true, answer: A }, 'sound', 'answer'],
    ['records without AA', { answer: A }, 'doubtful', 'no-aa'],
    ['a referral to the name itself', { authority: ns('www.example.org') }, 'sound', 'referral'],
    ['a referral with AA', { aa: true, authority: ns('WWW.example.ORG') }, 'sound', 'referral'],
    ['a referral to the zone itself', { authority: ns('example.org') }, 'doubtful', 'upward'],
    ['a referral to the root', { authority: ns('.') }, 'doubtful', 'upward'],
    ['a referral to the parent', { aa: true, authority: ns('org') }, 'doubtful', 'upward'],
    ['a referral aside', { authority: ns('a.example.org') }, 'doubtful', 'upward'],
    ['a referral to elsewhere', { authority: ns('a.b.c.test') }, 'doubtful', 'upward'],
    ['a referral below the name', { authority: ns('a.www.example.org') }, 'doubtful', 'upward'],
    ['nothing', { aa: true }, 'doubtful', 'empty'],
    ['nothing, without AA', {}, 'doubtful', 'empty'],
    ['an SOA without AA', { authority: SOA }, 'doubtful', 'empty'],
    ['NODATA', { aa: true, authority: SOA }, 'doubtful', 'nodata'],
    ['NXDOMAIN', { rcode: 3, aa: true }, 'doubtful', 'nxdomain'],
    ['NXDOMAIN without AA', { rcode: 3 }, 'doubtful', 'nxdomain-no-aa'],
    ['cut short', { aa: true, tc: true, answer: A }, 'doubtful', 'truncated'],
    ['SERVFAIL', { rcode: 2 }, 'rcode', 'servfail'],
    ['REFUSED, cut short', { rcode: 5, tc: true }, 'rcode', 'refused'],
    ['NOTIMP', { rcode: 4, aa: true }, 'rcode', 'rcode'],
  ])('%s', (_, says, worth, kind) => {
    expect(appraise(asked, crafted(asked, says), nothing)).toMatchObject({ worth, kind });
  });

  it('a negative answer is sound once the zone has been answered positively', () => {
    for (const says of [
      { rcode: 3, aa: true },
      { aa: true, authority: SOA },
    ])
      expect(appraise(asked, crafted(asked, says), zoned(2, 'proven')).worth).toBe('sound');
    expect(appraise(asked, crafted(asked, { rcode: 3 }), zoned(2, 'proven')).worth).toBe('doubtful');
    expect(appraise(asked, crafted(asked, { aa: true }), zoned(2, 'proven')).worth).toBe('doubtful');
  });

  it('a referral leads down from the zone that is asked, by however many labels', () => {
    const deep = query('a.b.c.example.org');
    const found = (owner: string, labels: number) =>
      appraise(deep, crafted(deep, { authority: ns(owner) }), zoned(labels)).kind;
    expect([0, 1, 2, 3].map((labels) => found('c.example.org', labels))).toEqual([
      'referral',
      'referral',
      'referral',
      'upward',
    ]);
    expect(found('org', 0)).toBe('referral');
  });

  it('P16 a forwarder has no AA: no sign of anything', () => {
    const from = recursive(asked);
    const of = (says: Crafted, ...facts: string[]) =>
      appraise(from, crafted(from, { ...says, ra: true }), zoned(2, ...facts)).worth;
    expect(of({ answer: A })).toBe('sound');
    expect(of({ rcode: 3 }, 'proven')).toBe('sound');
    expect(of({ authority: SOA }, 'proven')).toBe('sound');
    expect(of({}, 'proven')).toBe('sound');
    // RA=1 alone is no forwarder's, nor is RD=1 without it.
    expect(appraise(asked, crafted(asked, { answer: A, ra: true }), nothing).worth).toBe('doubtful');
    expect(appraise(from, crafted(from, { answer: A }), nothing).worth).toBe('doubtful');
  });

  it('what the query asks for by its OPT must be there, unless Do53 has none either', () => {
    const [plain, dnssec] = [withOpt(asked, false), withOpt(asked, true)];
    const of = (question: Uint8Array, says: Crafted, ...facts: string[]) =>
      wordOf(appraise(question, crafted(question, { aa: true, ...says }), zoned(2, ...facts)));
    expect(of(plain, { answer: A })).toBe('no-opt');
    expect(of(plain, { answer: A }, 'no-edns')).toBe('answer');
    expect(of(plain, { answer: A, opt: 0 })).toBe('answer');
    expect(of(dnssec, { answer: A, opt: 0 })).toBe('no-rrsig');
    expect(of(dnssec, { answer: A, opt: 0 }, 'unsigned')).toBe('answer');
    expect(of(dnssec, { answer: SIGNED, opt: 0 })).toBe('answer');
    expect(of(dnssec, { authority: [...SOA, { type: 'RRSIG' }], opt: 0 }, 'proven')).toBe('nodata');
    expect(of(dnssec, { answer: SIGNED })).toBe('no-opt');
  });

  it('Q40 BADVERS reads as NOERROR in the header and is no sound answer', () => {
    const plain = withOpt(asked, false);
    const found = appraise(plain, crafted(plain, { aa: true, answer: A, opt: 1 }), zoned(2, 'proven'));
    expect(found).toMatchObject({ worth: 'rcode', kind: 'rcode' });
  });

  it('P15 to a probe, sound is the zone’s own SOA with AA and nothing else', () => {
    const probe = query('example.org', 1, 6);
    const of = (says: Crafted) => appraiseSoa(probe, crafted(probe, says)).worth;
    expect(of({ aa: true, answer: [{ type: 'SOA' }] })).toBe('sound');
    expect(of({ answer: [{ type: 'SOA' }] })).toBe('doubtful');
    expect(of({ aa: true, answer: [{ owner: 'org', type: 'SOA' }] })).toBe('doubtful');
    expect(of({ aa: true, answer: A })).toBe('doubtful');
    expect(of({ aa: true, authority: SOA })).toBe('doubtful');
    expect(of({ rcode: 3, aa: true, authority: SOA })).toBe('doubtful');
    expect(of({ authority: ns('.') })).toBe('doubtful');
    expect(of({ rcode: 5 })).toBe('rcode');
    expect(of({ aa: true, answer: [{ type: 'SOA' }], opt: 1 })).toBe('rcode');
  });
});

describe('which of two answers is the better', () => {
  const dnssec = withOpt(asked, true);
  const of = (says: Crafted, known = nothing) => appraise(dnssec, crafted(dnssec, { opt: 0, ...says }), known);
  const [answer, nodata, nxdomain] = [
    { aa: true, answer: A },
    { aa: true, authority: SOA },
    { aa: true, rcode: 3 },
  ];

  it.each<[string, Crafted, Crafted, boolean]>([
    ['NXDOMAIN for all', nxdomain, answer, true],
    ['NXDOMAIN where the name is there', nxdomain, nodata, true],
    ['NXDOMAIN over both', nxdomain, nxdomain, false],
    ['NODATA, and records without AA over Do53', nodata, { answer: A }, true],
    ['records without AA', { answer: A }, answer, true],
    ['records without AA over both', { answer: A }, { answer: A }, false],
    ['an upward referral', { authority: ns('.') }, answer, true],
    ['an upward referral, NXDOMAIN over Do53', { authority: ns('.') }, nxdomain, true],
    ['nothing over both', {}, {}, false],
    ['cut short', { aa: true, tc: true }, answer, true],
    ['cut short over both', { aa: true, tc: true }, { aa: true, tc: true }, false],
    ['SERVFAIL, and cut short over Do53', { rcode: 2 }, { aa: true, tc: true }, false],
    ['SERVFAIL, REFUSED over Do53', { rcode: 2 }, { rcode: 5 }, false],
    ['SERVFAIL, nothing over Do53', { rcode: 2 }, {}, true],
    ['nothing, SERVFAIL over Do53', {}, { rcode: 2 }, false],
    ['no signatures', answer, { aa: true, answer: SIGNED }, true],
    ['no signatures over both', answer, answer, false],
    ['no signatures, NODATA over Do53 without any', answer, nodata, false],
  ])('%s', (_, dot, clear, worse) => {
    expect(isWorse(of(dot), of(clear))).toBe(worse);
  });
});

describe('whatever comes', () => {
  const says = fc.record({
    ...{ rcode: fc.nat({ max: 15 }), aa: fc.boolean(), tc: fc.boolean(), ra: fc.boolean() },
    answer: fc.subarray([...SIGNED]),
    authority: fc.array(
      fc.record({
        owner: fc.constantFrom('.', 'org', 'example.org', 'www.example.org', 'x.test'),
        type: fc.constantFrom('NS' as const, 'SOA' as const, 'RRSIG' as const),
      }),
      { maxLength: 4 },
    ),
    opt: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
  });
  const questions = fc.constantFrom(asked, recursive(asked), withOpt(asked, false), recursive(withOpt(asked, true)));
  const facts = fc.subarray(['proven', 'unsigned', 'no-edns']);
  const octets = fc.uint8Array({ minLength: 12, maxLength: 120 });

  it('it has a worth, nothing throws, and the same has the same', () => {
    const answers = fc.oneof(
      says.map((one) => crafted(asked, one)),
      octets,
    );
    fc.assert(
      fc.property(questions, answers, facts, fc.nat({ max: 4 }), (question, message, known, labels) => {
        const before = message.slice();
        const found = appraise(question, message, zoned(labels, ...known));
        expect(WORTHS.slice(0, 3)).toContain(found.worth);
        expect(appraise(question, message, zoned(labels, ...known))).toBe(found);
        expect(message).toEqual(before);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of two answers one at most is worse; none is worse than itself; what is sound is never worse than a code', () => {
    const found = fc.tuple(questions, says, says, facts);
    fc.assert(
      fc.property(found, ([question, one, other, known]) => {
        const of = (what: Crafted): Appraisal => appraise(question, crafted(question, what), zoned(2, ...known));
        const [dot, clear] = [of(one), of(other)];
        expect(isWorse(dot, dot)).toBe(false);
        if (dot.worth === 'sound' && clear.worth === 'rcode') expect(isWorse(dot, clear)).toBe(false);
        if (dot.worth === 'rcode' && clear.worth === 'sound') expect(isWorse(dot, clear)).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('the more is known, the more is sound', () => {
    const order = (worth: Appraisal['worth']) => WORTHS.indexOf(worth);
    fc.assert(
      fc.property(questions, says, facts, (question, what, known) => {
        const message = crafted(question, what);
        const [less, more] = [nothing, zoned(2, ...known)].map((all) => appraise(question, message, all).worth);
        expect(order(more ?? 'none')).toBeLessThanOrEqual(order(less ?? 'none'));
      }),
      { numRuns: 1_000 },
    );
  });
});
