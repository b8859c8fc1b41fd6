import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../src/common/errors.js';
import { readAnswer } from '../../src/wire/answer.js';
import { findOption, KEEPALIVE, optionsOf, PADDING } from '../../src/wire/edns-options.js';
import {
  answerRank,
  checkQuery,
  findOpt,
  isTruncated,
  matchAnswer,
  type QueryInfo,
  rcodeOf,
  soaQuery,
  zoneOfQuestion,
} from '../../src/wire/message.js';
import { addEdns, stripEdns as undressFound } from '../../src/wire/opt.js';
import { idOf, nameOf, opt, query, withAdditional } from '../transport/support.js';

const A_RECORD = [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
const TSIG = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2];
const SIG0 = [0, 0, 24, 0, 255, 0, 0, 0, 0, 0, 2, 0, 0];
const COOKIE = [0, 10, 0, 2, 7, 7];
const PADDED = [0, 12, 0, 3, 0, 0, 0];
const KEPT_ALIVE = [0, 11, 0, 2, 1, 44];

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return error instanceof InvalidInputError ? error.code : String(error);
  }
  return 'accepted';
}

function changed(message: Uint8Array, changes: Record<number, number>): Uint8Array {
  const copy = new Uint8Array(message);
  for (const [at, octet] of Object.entries(changes)) copy[Number(at)] = octet;
  return copy;
}

/** The answer to a query without OPT: QR, an A record, and more records after it. */
function answerTo(asked: Uint8Array, rcode = 0, ...additional: readonly (readonly number[])[]): Uint8Array {
  const end = checkQuery(asked).questionEnd;
  const head = changed(asked.subarray(0, end), { 2: 0x84, 3: rcode, 7: 1, 11: additional.length });
  return Uint8Array.from([...head, ...A_RECORD, ...additional.flat()]);
}

const plain = query('www.Example.test');

/** What is left of an answer to a query; of what answers no query, nothing. */
function undress(answer: Uint8Array, info: QueryInfo, asked = plain): Uint8Array {
  const found = readAnswer(asked, checkQuery(asked).questionEnd, answer);
  return typeof found === 'string' ? new Uint8Array(2) : undressFound(answer, info, found);
}

describe('messages from the host', () => {
  test.each<[string, Uint8Array, string]>([
    ['a plain query', plain, 'accepted'],
    ['with OPT', withAdditional(plain, opt(COOKIE)), 'accepted'],
    ['with OPT and TSIG', withAdditional(plain, opt(), TSIG), 'accepted'],
    ['the root', query('.'), 'accepted'],
    ['empty', new Uint8Array(0), 'INVALID_MESSAGE'],
    ['eleven octets', plain.subarray(0, 11), 'INVALID_MESSAGE'],
    ['a header alone', plain.subarray(0, 12), 'INVALID_MESSAGE'],
    ['a cut question', plain.subarray(0, plain.length - 1), 'INVALID_MESSAGE'],
    ['too long', new Uint8Array(65_536), 'INVALID_MESSAGE'],
    ['a response', changed(plain, { 2: 0x80 }), 'INVALID_MESSAGE'],
    ['no question', changed(plain, { 5: 0 }), 'INVALID_MESSAGE'],
    ['two questions', changed(plain, { 5: 2 }), 'INVALID_MESSAGE'],
    ['an answer', answerTo(plain), 'INVALID_MESSAGE'],
    ['an answer in a query', changed(answerTo(plain), { 2: 0 }), 'INVALID_MESSAGE'],
    ['an authority section', changed(withAdditional(plain, A_RECORD), { 9: 1, 11: 0 }), 'INVALID_MESSAGE'],
    ['a pointer in the question', changed(plain, { 12: 0xc0 }), 'INVALID_MESSAGE'],
    ['a label of 64', changed(plain, { 12: 64 }), 'INVALID_MESSAGE'],
    ['octets after it', Uint8Array.from([...plain, 0]), 'INVALID_MESSAGE'],
    ['counts without records', changed(plain, { 11: 1 }), 'INVALID_MESSAGE'],
    ['a cut record', withAdditional(plain, A_RECORD.slice(0, 15)), 'INVALID_MESSAGE'],
    ['two OPTs', withAdditional(plain, opt(), opt()), 'INVALID_MESSAGE'],
    ['a broken option', withAdditional(plain, opt([0, 10, 0, 9, 1])), 'INVALID_MESSAGE'],
    ['an OPT with an owner', withAdditional(plain, [1, 97, ...opt()]), 'INVALID_MESSAGE'],
    ['a name of 256 octets', query(Array(43).fill('abcde').join('.')), 'INVALID_MESSAGE'],
    ['NOTIFY', changed(plain, { 2: 4 << 3 }), 'UNSUPPORTED_MESSAGE'],
    ['UPDATE', changed(plain, { 2: 5 << 3 }), 'UNSUPPORTED_MESSAGE'],
    ['AXFR', query('example.test', 1, 252), 'UNSUPPORTED_MESSAGE'],
    ['IXFR', changed(withAdditional(query('example.test', 1, 251), A_RECORD), { 9: 1, 11: 0 }), 'UNSUPPORTED_MESSAGE'],
  ])('Q17 %s', (_what, message, code) => {
    expect(codeOf(() => checkQuery(message))).toBe(code);
  });

  test('Q17 what is no Uint8Array', () => {
    expect(codeOf(() => checkQuery('query' as unknown as Uint8Array))).toBe('INVALID_MESSAGE');
  });

  test('what it finds', () => {
    const info = checkQuery(withAdditional(plain, opt([...PADDED, 0, 11, 0, 0]), TSIG));
    expect(info).toMatchObject({ id: 0x1234, qtype: 1, optIsLast: false, signed: true, padded: true, keepalive: true });
    expect(checkQuery(withAdditional(plain, SIG0)).signed).toBe(true);
    expect(checkQuery(plain)).toMatchObject({ opt: undefined, signed: false, padded: false, keepalive: false });
  });
});

describe('answers', () => {
  test.each<[string, Uint8Array, string]>([
    ['the answer', answerTo(plain), 'match'],
    ['its name in another case', answerTo(query('WWW.example.TEST')), 'match'],
    ['another id', changed(answerTo(plain), { 0: 0 }), 'mismatch'],
    ['another name', answerTo(query('wwx.Example.test')), 'mismatch'],
    ['another type', answerTo(query('www.Example.test', 0x1234, 28)), 'mismatch'],
    ['a shorter question', answerTo(query('.')), 'mismatch'],
    ['QR=0', changed(answerTo(plain), { 2: 0 }), 'malformed'],
    ['another opcode', changed(answerTo(plain), { 2: 0xa0 }), 'malformed'],
    ['short', answerTo(plain).subarray(0, 11), 'malformed'],
    ['two questions', changed(answerTo(plain), { 5: 2 }), 'malformed'],
    ['a cut record', answerTo(plain).subarray(0, -1), 'malformed'],
    ['a record that runs over', changed(answerTo(plain), { [plain.length + 11]: 5 }), 'malformed'],
    ['counts of 65,535', changed(answerTo(plain), { 6: 255, 7: 255 }), 'malformed'],
    ['a bare header, REFUSED', Uint8Array.from([0x12, 0x34, 0x80, 5, 0, 0, 0, 0, 0, 0, 0, 0]), 'match'],
    ['a bare header, NOERROR', Uint8Array.from([0x12, 0x34, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 'malformed'],
    ['a bare header, NXDOMAIN', Uint8Array.from([0x12, 0x34, 0x80, 3, 0, 0, 0, 0, 0, 0, 0, 0]), 'malformed'],
    ['truncated inside a record', changed(answerTo(plain, 0).subarray(0, -3), { 2: 0x86 }), 'match'],
  ])('R36 %s', (_what, answer, match) => {
    expect(matchAnswer(plain, answer)).toBe(match);
  });

  test('rcode, extended by OPT, truncation and rank', () => {
    expect(rcodeOf(answerTo(plain, 5))).toBe(5);
    expect(rcodeOf(answerTo(plain, 0, opt([], 1)))).toBe(16);
    expect(rcodeOf(changed(answerTo(plain), { 10: 255 }))).toBe(0);
    expect([isTruncated(plain), isTruncated(changed(plain, { 2: 2 }))]).toEqual([false, true]);
    expect([0, 3, 1, 2, 5, 16, undefined].map(answerRank)).toEqual([2, 2, 1, 1, 1, 1, 0]);
  });
});

describe('zones', () => {
  test.each([
    ['www.Example.test', 'example.test.'],
    ['test', '.'],
    ['.', '.'],
    ['x.a b.test', 'a\\032b.test.'],
    ['x.ä.test', '\\195\\164.test.'],
  ])('the zone of %s is %s', (name, zone) => {
    expect(zoneOfQuestion(query(name))).toBe(zone);
  });

  test('the zone of what is malformed is the root', () => {
    expect(zoneOfQuestion(new Uint8Array(3))).toBe('.');
  });

  test('P11 the probe asks for the SOA of the apex, without RD', () => {
    const message = soaQuery('Example.test.', 0xabcd);
    expect([...message.subarray(0, 12)]).toEqual([0xab, 0xcd, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect([nameOf(message), checkQuery(message).qtype]).toEqual(['Example.test', 6]);
    expect(soaQuery('.', 1).length).toBe(17);
    expect(nameOf(soaQuery('a\\.b\\046c', 1))).toBe('a.b.c');
  });

  test.each([
    '',
    '..',
    'a..b',
    '.a',
    'a b',
    'ä.test',
    'a\\256.',
    'a\\25',
    'x'.repeat(64),
    'abcde.'.repeat(43),
    'a.'.repeat(600),
  ])('an invalid zone: %j', (zone) => {
    expect(codeOf(() => soaQuery(zone, 1))).toBe('INVALID_ZONE');
  });

  test('a zone is the same name again', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(label, { maxLength: 8 }), (labels) => {
        const octets = [[1, 120], ...labels.map((each) => [each.length, ...each])].flat();
        const message = Uint8Array.from([...plain.subarray(0, 12), ...octets, 0, 0, 1, 0, 1]);
        const zone = zoneOfQuestion(message);
        const again = soaQuery(zone, 0);
        expect(zoneOfQuestion(Uint8Array.from([...plain.subarray(0, 12), 1, 120, ...again.subarray(12)]))).toBe(zone);
      }),
    );
    expect(() => soaQuery(undefined as unknown as string, 0)).toThrow(InvalidInputError);
  });
});

describe('what DoT adds', () => {
  test('R33 a query without OPT gets one, with keepalive, and padding last, to 128', () => {
    const dressed = addEdns(plain, 'padded');
    const info = checkQuery(dressed);
    expect(dressed.length).toBe(128);
    expect(info.opt !== undefined && optionsOf(dressed, info.opt).map(({ code }) => code)).toEqual([
      KEEPALIVE,
      PADDING,
    ]);
  });

  test('an exact multiple gets an empty padding option', () => {
    const asked = query(`${'a'.repeat(50)}.${'b'.repeat(40)}`);
    // OPT 11, keepalive 4, padding 4.
    expect(asked.length + 19).toBe(128);
    expect(addEdns(asked, 'padded').length).toBe(128);
  });

  test('at the size limit it is padded to the limit, and beyond not at all', () => {
    const large = (size: number) =>
      withAdditional(plain, opt([0xff, 0, size >> 8, size & 255, ...new Uint8Array(size)]));
    const room = 65_535 - plain.length - 11 - 4;
    expect(addEdns(large(room - 10), 'padded').length).toBe(65_535);
    expect(addEdns(large(room - 8), 'padded').length).toBe(65_535);
    expect(addEdns(large(room - 5), 'padded').length).toBe(65_534);
    const full = large(room);
    expect(addEdns(full, 'padded')).toBe(full);
  });

  test('the host’s OPT is kept, its padding replaced', () => {
    const asked = withAdditional(plain, opt([...PADDED, ...COOKIE, 0, 11, 0, 0]));
    const dressed = addEdns(asked, 'padded');
    const { opt: place } = checkQuery(dressed);
    expect(dressed.length % 128).toBe(0);
    expect(place && optionsOf(dressed, place).map(({ code }) => code)).toEqual([10, KEEPALIVE, PADDING]);
    const unpadded = addEdns(asked, 'unpadded');
    const { opt: again } = checkQuery(unpadded);
    expect(again && optionsOf(unpadded, again).map(({ code }) => code)).toEqual([10, KEEPALIVE]);
    expect(addEdns(asked, 'bare')).toBe(asked);
  });

  test.each([
    ['TSIG', withAdditional(plain, opt(), TSIG)],
    ['SIG(0)', withAdditional(plain, SIG0)],
    ['records after the OPT', withAdditional(plain, opt(), A_RECORD)],
  ])('Q24 %s: goes as it is', (_what, message) => {
    expect(addEdns(message, 'padded')).toBe(message);
  });

  test('Q24 query without OPT: the answer has none, and the caller’s id', () => {
    const dressed = answerTo(changed(plain, { 0: 9 }), 0, opt(KEPT_ALIVE));
    expect(undress(dressed, checkQuery(plain))).toEqual(answerTo(plain));
  });

  test('Q24 query with OPT: the answer keeps it, without what the host had not asked for', () => {
    const asked = withAdditional(plain, opt(COOKIE));
    const answer = answerTo(plain, 0, opt([...KEPT_ALIVE, ...COOKIE, ...PADDED]));
    expect(undress(answer, checkQuery(asked))).toEqual(answerTo(plain, 0, opt(COOKIE)));
    const padded = withAdditional(plain, opt(PADDED));
    expect(undress(answer, checkQuery(padded))).toEqual(answerTo(plain, 0, opt([...COOKIE, ...PADDED])));
    const keepalive = withAdditional(plain, opt([0, 11, 0, 0]));
    expect(undress(answer, checkQuery(keepalive))).toEqual(answerTo(plain, 0, opt([...KEPT_ALIVE, ...COOKIE])));
    expect(undress(answerTo(plain), checkQuery(asked))).toEqual(answerTo(plain));
    const broken = answerTo(plain, 0, opt([...PADDED, 0, 1]));
    expect(undress(broken, checkQuery(asked))).toEqual(broken);
  });

  test('an OPT before other records goes, unless they may point behind it', () => {
    const cut = undress(answerTo(plain, 0, opt(PADDED), A_RECORD), checkQuery(plain));
    expect(cut).toEqual(answerTo(plain, 0, A_RECORD));
    const at = answerTo(plain).length;
    const pointing = answerTo(plain, 0, opt(PADDED), [0xc0, at + 30, ...A_RECORD.slice(2)]);
    expect(undress(pointing, checkQuery(plain))).toEqual(pointing);
    const inData = answerTo(plain, 0, opt(PADDED), [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, at + 30]);
    expect(undress(inData, checkQuery(plain))).toEqual(inData);
  });

  test('an rcode that only the OPT could say becomes SERVFAIL', () => {
    expect(rcodeOf(undress(answerTo(plain, 0, opt([], 1)), checkQuery(plain)))).toBe(2);
  });

  test('Q24 a signed answer keeps all but its id', () => {
    const answer = answerTo(changed(plain, { 0: 9 }), 0, opt(PADDED), TSIG);
    expect(undress(answer, checkQuery(plain))).toEqual(changed(answer, { 0: 0x12 }));
    const signed = withAdditional(plain, TSIG);
    expect(undress(answerTo(plain, 0, opt()), checkQuery(signed))).toEqual(answerTo(plain, 0, opt()));
  });
});

describe('whatever comes', () => {
  const octets = fc.uint8Array({ maxLength: 600 });
  const answerlike = fc
    .tuple(octets, fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }))
    .map(([tail, changes]) => {
      const base = Uint8Array.from([...answerTo(plain, 0, opt([...KEPT_ALIVE, ...PADDED]), A_RECORD), ...tail]);
      return changed(base, Object.fromEntries(changes));
    });

  test('P3 no octets make anything throw', () => {
    const infos = [plain, withAdditional(plain, opt(COOKIE)), withAdditional(plain, TSIG)].map(checkQuery);
    let looked = 0;
    fc.assert(
      fc.property(fc.oneof(octets, answerlike), (message) => {
        matchAnswer(plain, message);
        const place = findOpt(message);
        if (place !== undefined) findOption(message, place, PADDING);
        rcodeOf(message);
        isTruncated(message);
        zoneOfQuestion(message);
        for (const info of infos) undress(message, info);
        const code = codeOf(() => checkQuery(message));
        expect(['accepted', 'INVALID_MESSAGE', 'UNSUPPORTED_MESSAGE']).toContain(code);
        looked++;
      }),
      { numRuns: 3000 },
    );
    expect(looked).toBe(3000);
  });

  test('Q24 what was added is taken off again', () => {
    const labels = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { minLength: 1, maxLength: 9 });
    const options = fc.option(
      fc.array(fc.tuple(fc.integer({ min: 100, max: 200 }), fc.uint8Array({ maxLength: 90 })), { maxLength: 5 }),
    );
    fc.assert(
      fc.property(labels, options, fc.constantFrom('padded', 'unpadded', 'bare'), (names, list, shape) => {
        const asked = query(names.join('.'));
        const own = list?.flatMap(([code, data]) => [0, code, 0, data.length, ...data]);
        const message = own === undefined ? asked : withAdditional(asked, opt(own));
        const info = checkQuery(message);
        const dressed = addEdns(message, shape, info);
        if (shape === 'padded') expect(dressed.length % 128).toBe(0);
        // A server that echoes everything.
        const echo = changed(dressed, { 0: 1, 2: 0x80 });
        expect(matchAnswer(changed(dressed, { 0: 1 }), echo)).toBe('match');
        expect(undress(echo, info, message)).toEqual(changed(message, { 2: 0x80 }));
        expect(idOf(undress(echo, info, message))).toBe(0x1234);
      }),
    );
    expect.hasAssertions();
  });
});
