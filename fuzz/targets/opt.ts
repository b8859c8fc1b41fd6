import { type AnswerInfo, readAnswer } from '../../src/wire/answer.js';
import { KEEPALIVE, PADDING } from '../../src/wire/edns-options.js';
import type { QueryInfo } from '../../src/wire/message.js';
import { addEdns, type Shape, stripEdns } from '../../src/wire/opt.js';
import { Input, measured, octetsOf } from '../input.js';
import { decodedRecords, decodes, queryInfo } from '../oracles.js';
import { must, mustEqual, sameOctets } from '../promise.js';
import { optOf, type ReadOption, readMessage, readOptions } from '../reference.js';
import type { Target } from '../target.js';

const MAX_MESSAGE = 65_535;
const BLOCK = 128;

/** How many octets a query lacks to the longest there can be: with room for our OPT and padding, for less, for none. */
const SHORT_OF_LIMIT: readonly number[] = [0, 4, 14, 15, 18, 19, 60, 126, 127];

/** The shape, by how many octets the query is made longer, a query behind its length, and an answer. */
export const opt: Target = {
  promise: 'a query is dressed and its answer undressed without loss; what decoded before decodes after',
  maxLength: 4_096,
  run(octets) {
    const input = new Input(octets);
    const shape = input.pick<Shape>(['padded', 'unpadded', 'bare']);
    const more = input.u16();
    const query = lengthened(input.take(input.u16()), more);
    const answer = input.rest();
    const info = queryInfo(query);
    if (info === undefined) return;
    const dressed = dressAndCheck(query, shape, info);
    undressEcho(query, dressed, info);
    undressAndCheck(answer, query, dressed, info);
  },
  seeds: (captures) => [
    ...captures.map(({ query, answer }) => octetsOf(0, 0, 0, measured(query), answer)),
    ...captures
      .slice(0, 3)
      .flatMap(({ query, answer }) => SHORT_OF_LIMIT.map((short) => nearLimit(query, answer, short))),
    ...captures
      .slice(0, 3)
      .flatMap(({ query }) => [
        octetsOf(0, 0, 0, measured(query), answerWithTail(query)),
        octetsOf(0, 0, 0, measured(query), answerWithOptInside(query)),
      ]),
  ],
};

function nearLimit(query: Uint8Array, answer: Uint8Array, short: number): Uint8Array {
  const more = MAX_MESSAGE - query.length - short;
  return octetsOf(0, more >> 8, more & 0xff, measured(query), answer);
}

/** An answer with records behind its OPT, the last of them owned by a name that stands in the one before. */
function answerWithTail(query: Uint8Array): Uint8Array {
  const question = query.subarray(12, readMessage(query)?.questions[0]?.end);
  const opt = [0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 6, 0, 11, 0, 2, 0, 100];
  const named = 12 + question.length + opt.length;
  const first = [1, 0x78, 0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 2, 1, 0x79];
  const second = [0xc0, named, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
  const head = [query[0] ?? 0, query[1] ?? 0, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 3];
  return Uint8Array.from([...head, ...question, ...opt, ...first, ...second]);
}

/** An answer with an OPT, which extends its rcode, in its answer section, and no additional section. */
function answerWithOptInside(query: Uint8Array): Uint8Array {
  const question = query.subarray(12, readMessage(query)?.questions[0]?.end);
  const head = [query[0] ?? 0, query[1] ?? 0, 0x84, 0, 0, 1, 0, 1, 0, 0, 0, 0];
  return Uint8Array.from([...head, ...question, 0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0]);
}

/** A record before all others of the additional section, so that sizes near the limit are reached by short inputs. */
function lengthened(query: Uint8Array, more: number): Uint8Array {
  const end = readMessage(query)?.questions[0]?.end;
  if (end === undefined || more < 11 || query.length + more > MAX_MESSAGE) return query;
  const rdata = more - 11;
  // The root as owner, and a type for private use (RFC 6895 section 3.1).
  const record = octetsOf(0, 0xff, 0, 0, 1, 0, 0, 0, 0, rdata >> 8, rdata & 0xff, new Uint8Array(rdata));
  const longer = octetsOf(query.subarray(0, end), record, query.subarray(end));
  const additionals = ((query[10] ?? 0) << 8) + (query[11] ?? 0) + 1;
  longer[10] = additionals >> 8;
  longer[11] = additionals & 0xff;
  return longer;
}

function dressAndCheck(query: Uint8Array, shape: Shape, info: QueryInfo): Uint8Array {
  const before = query.slice();
  const dressed = addEdns(query, shape, info);
  must(sameOctets(query, before), 'leaves the query as it is');
  must(dressed.length <= MAX_MESSAGE, 'is no longer than a message can be', dressed.length);
  const again = queryInfo(dressed);
  must(again !== undefined, 'what is dressed is a query', dressed);
  mustEqual([again.id, again.questionEnd, again.qtype], [info.id, info.questionEnd, info.qtype], 'keeps the question');
  must(sameOctets(dressed.subarray(12, info.questionEnd), query.subarray(12, info.questionEnd)), 'octet by octet');
  must(sameOctets(addEdns(dressed, shape, again), dressed), 'dressing what is dressed changes nothing', dressed);
  if (decodes(query)) must(decodes(dressed), 'what dns-packet decodes it decodes when dressed', query, dressed);
  const untouched = shape === 'bare' || info.signed || (info.opt !== undefined && !info.optIsLast);
  if (untouched) must(dressed === query, 'signed, bare and odd queries go as they are');
  else if (dressed !== query) checkOptions(query, dressed, shape);
  else must(query.length + 15 > MAX_MESSAGE, 'only what has no room goes undressed', query.length);
  return dressed;
}

function checkOptions(query: Uint8Array, dressed: Uint8Array, shape: Shape): void {
  const [given = [], found = []] = [query, dressed].map(optionsIn);
  const ours = found.filter(({ code }) => code === KEEPALIVE || code === PADDING);
  const kept = (options: readonly ReadOption[]) => options.filter(({ code }) => code !== KEEPALIVE && code !== PADDING);
  mustEqual(kept(found), kept(given), "keeps the host's options in their order");
  must(
    ours.some(({ code }) => code === KEEPALIVE),
    'asks for keepalive',
  );
  const paddings = found.filter(({ code }) => code === PADDING).length;
  if (shape === 'unpadded') {
    must(paddings === 0, 'no padding where none is wanted', paddings);
    return;
  }
  must(paddings === 1 ? found.at(-1)?.code === PADDING : dressed.length + 4 > MAX_MESSAGE, 'padding is last', paddings);
  const full = dressed.length % BLOCK === 0 || dressed.length + 4 > MAX_MESSAGE || dressed.length === MAX_MESSAGE;
  must(full, 'a multiple of 128, at the limit the limit', dressed.length);
}

function optionsIn(octets: Uint8Array): ReadOption[] {
  const read = readMessage(octets);
  const place = read === undefined ? undefined : optOf(read);
  return place === undefined ? [] : (readOptions(place.rdata) ?? []);
}

/** A server that answers with the query itself: undressed it is the host's query, but for padding it asked for. */
function undressEcho(query: Uint8Array, dressed: Uint8Array, info: QueryInfo): void {
  const echo = asResponse(dressed);
  const found = readAnswer(dressed, info.questionEnd, echo);
  must(typeof found !== 'string', 'an echo is an answer', echo);
  const undressed = stripEdns(echo, info, found);
  if (!info.padded) must(sameOctets(undressed, asResponse(query)), 'an echo undressed is the query', query, undressed);
  else mustEqual(unpadded(undressed), unpadded(asResponse(query)), 'and so it is but for padding asked for');
}

function unpadded(octets: Uint8Array): unknown {
  return [octets.subarray(0, 12).join(), optionsIn(octets).filter(({ code }) => code !== PADDING)];
}

function asResponse(octets: Uint8Array): Uint8Array {
  const response = octets.slice();
  response[2] = (response[2] ?? 0) | 0x80;
  return response;
}

function undressAndCheck(answer: Uint8Array, query: Uint8Array, dressed: Uint8Array, info: QueryInfo): void {
  const found = readAnswer(dressed, info.questionEnd, answer);
  if (typeof found === 'string') return;
  const before = answer.slice();
  const undressed = stripEdns(answer, info, found);
  must(sameOctets(answer, before), 'leaves the answer as it is');
  must(undressed.buffer !== answer.buffer, 'on memory of its own');
  must(undressed.length <= answer.length, 'adds nothing', undressed.length, answer.length);
  mustEqual([undressed[0], undressed[1]], [info.id >> 8, info.id & 0xff], "carries the host's id");
  const questionEnd = readMessage(answer)?.questions[0]?.end ?? 12;
  must(sameOctets(undressed.subarray(12, questionEnd), answer.subarray(12, questionEnd)), 'the question stays');
  const records = decodedRecords(answer);
  if (records === undefined) return;
  const rest = decodedRecords(undressed);
  must(rest !== undefined, 'what decoded before decodes after', answer, undressed);
  const others = (all: typeof records) => all.filter(({ isOpt }) => !isOpt);
  mustEqual(others(rest), others(records), 'all other records stay and mean the same');
  const again = readAnswer(query, info.questionEnd, undressed);
  must(typeof again !== 'string', 'it still answers the query', undressed);
  checkRcode(found, again, info);
}

/** What a header cannot express without its OPT becomes SERVFAIL; every other rcode stays. */
function checkRcode(found: AnswerInfo, again: AnswerInfo, info: QueryInfo): void {
  const cut = info.opt === undefined && found.opt !== undefined && again.opt === undefined;
  mustEqual(again.rcode, cut && found.rcode > 15 ? 2 : found.rcode, 'the rcode stays, or is SERVFAIL');
}
