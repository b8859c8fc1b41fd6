import { readAnswer } from '../../src/wire/answer.js';
import {
  findOpt,
  isTruncated,
  matchAnswer,
  type QueryInfo,
  rcodeOf,
  soaQuery,
  zoneOfQuestion,
} from '../../src/wire/message.js';
import { canonicalZone } from '../../src/wire/names.js';
import { Input, measured, octetsOf } from '../input.js';
import { expectedOf, isOurQuery, queryInfo } from '../oracles.js';
import { must, mustEqual, sameOctets } from '../promise.js';
import { folded, optOf, readMessage } from '../reference.js';
import type { Target } from '../target.js';

/** A type whose number is that of a letter (RFC 9460): names fold, types do not. */
const HTTPS = 65;

/** A query, behind its length, and an answer. */
export const message: Target = {
  promise:
    'what a query holds and what answers it is found as a second reader finds it; nothing throws but the refusal',
  maxLength: 4_096,
  run(octets) {
    const input = new Input(octets);
    const query = input.take(input.u16());
    const answer = input.rest();
    const given = [query.slice(), answer.slice()];
    const info = queryInfo(query);
    checkQueryInfo(query, info);
    checkAnyMessage(query);
    checkAnyMessage(answer);
    if (info !== undefined) checkAnswer(query, info.questionEnd, answer);
    must(given[0] !== undefined && sameOctets(query, given[0]), 'leaves the query as it is');
    must(given[1] !== undefined && sameOctets(answer, given[1]), 'leaves the answer as it is');
  },
  seeds: (captures) => [
    ...captures.map(({ query, answer }) => octetsOf(measured(query), answer)),
    ...captures
      .slice(0, 2)
      .flatMap(({ query, answer }) => [
        octetsOf(measured(asType(query, HTTPS)), asType(answer, HTTPS)),
        octetsOf(measured(asType(query, HTTPS)), asType(answer, HTTPS ^ 0x20)),
      ]),
  ],
};

/** The same about another type. */
function asType(octets: Uint8Array, type: number): Uint8Array {
  const asked = octets.slice();
  const end = readMessage(octets)?.questions[0]?.end ?? 0;
  asked.set([0, type], end - 4);
  return asked;
}

function checkQueryInfo(query: Uint8Array, info: QueryInfo | undefined): void {
  const read = readMessage(query);
  must((info !== undefined) === isOurQuery(read, query.length), 'accepts what the reference accepts', query);
  if (info === undefined || read === undefined) return;
  const [question] = read.questions;
  const last = read.records.at(-1);
  const opt = optOf(read);
  mustEqual([info.id, info.questionEnd, info.qtype], [read.id, question?.end, question?.type], 'finds the question');
  mustEqual(
    [info.opt?.start, info.opt?.rdata, info.opt?.end],
    [opt?.start, opt?.rdataStart, opt?.end],
    'finds the OPT',
  );
  mustEqual(info.optIsLast, opt !== undefined && opt === last, 'knows whether the OPT is last');
}

/** What is asked of messages that may be anything. */
function checkAnyMessage(octets: Uint8Array): void {
  const rcode = rcodeOf(octets);
  must(Number.isInteger(rcode) && rcode >= 0 && rcode <= 4_095, 'an rcode has twelve bits', rcode);
  const opt = findOpt(octets);
  must(opt === undefined || (opt.rdata <= opt.end && opt.end <= octets.length), 'an OPT lies in its message', opt);
  must(typeof isTruncated(octets) === 'boolean', 'TC is set or not');
  checkZone(octets);
}

/** The zone of a question is a name in its one spelling, and the question's name without its first label. */
function checkZone(octets: Uint8Array): void {
  const zone = zoneOfQuestion(octets);
  must(/^(?:\.|(?:(?:[a-z0-9_*/-]|\\\d{3})+\.)+)$/.test(zone), 'a zone is in canonical presentation format', zone);
  mustEqual(canonicalZone(zone), zone, 'the canonical zone of a canonical zone is itself');
  const asked = soaQuery(zone, 0x0102);
  must(queryInfo(asked)?.id === 0x0102, 'a zone can be asked for its SOA', zone);
  const question = readMessage(octets)?.questions[0];
  if (question?.labels === undefined || question.labels.length === 0) return;
  const [own] = readMessage(asked)?.questions ?? [];
  const labels = question.labels.slice(1).map((label) => folded(label).toString('hex'));
  mustEqual(
    own?.labels?.map((label) => label.toString('hex')),
    labels,
    'a zone is the name without its first label',
  );
}

function checkAnswer(query: Uint8Array, end: number, answer: Uint8Array): void {
  const found = readAnswer(query, end, answer);
  const expected = expectedOf(query, answer);
  if (typeof found === 'string' || typeof expected === 'string') {
    mustEqual(found, expected, 'answers are matched as the reference matches them');
  } else {
    mustEqual([found.rcode, found.signed], [expected.rcode, expected.signed], 'rcode and signature');
    mustEqual([found.opt?.start, found.opt?.end], [expected.opt?.start, expected.opt?.end], 'the OPT of an answer');
    must(rcodeOf(answer) === found.rcode, 'both readings of an rcode are one', rcodeOf(answer), found.rcode);
  }
  const match = typeof expected === 'string' ? expected : 'match';
  const otherId = answer.length >= 12 && (answer[0] !== query[0] || answer[1] !== query[1]);
  mustEqual(matchAnswer(query, answer), otherId ? 'mismatch' : match, 'matchAnswer looks at the id first');
}
