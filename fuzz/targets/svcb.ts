import { readSvcb, type SvcbRecord } from '../../src/sources/index.js';
import { offersOf } from '../../src/sources/svcb-find.js';
import { recordsOf } from '../../src/wire/records.js';
import { Input, measured, octetsOf } from '../input.js';
import { expectedOf, queryInfo } from '../oracles.js';
import { must, mustEqual } from '../promise.js';
import { readMessage } from '../reference.js';
import type { Target } from '../target.js';

const SVCB = 64;

/** A query behind its length, an answer with records of a type, and what is asked of each of them. */
export const svcb: Target = {
  promise: 'a SVCB record says what its octets say or is malformed; records come from the answer to the question alone',
  maxLength: 2_048,
  run(octets) {
    const input = new Input(octets);
    const query = input.take(input.u16());
    const rest = input.rest();
    read(rest);
    const info = queryInfo(query);
    if (info === undefined) return;
    const found = recordsOf(query, rest, info.qtype);
    if (found === undefined) return;
    must(expectedOf(query, rest) !== 'mismatch', 'records come from an answer to this question');
    const { records = [] } = readMessage(rest) ?? {};
    const there = records.filter(({ type, section }) => type === info.qtype && section === 'answer');
    for (const data of found.records) {
      must(
        there.some(({ rdata }) => rdata.equals(data)),
        'every record stands in the answer section',
        data,
      );
      read(data);
    }
    must(found.ttlMs >= 0, 'a TTL is none of the past', found.ttlMs);
  },
  seeds: (captures) => [
    ...captures.slice(0, 12).map(({ query, answer }) => octetsOf(measured(query), answer)),
    ...RECORDS.map((record) => octetsOf(0, 0, Buffer.from(record, 'hex'))),
    ...captures
      .slice(0, 2)
      .flatMap(({ query }) => RECORDS.map((record) => answering(query, Buffer.from(record, 'hex')))),
  ],
};

function read(data: Uint8Array): void {
  const record = readSvcb(data);
  if (record === undefined) return;
  const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  mustEqual(record.priority, view.readUInt16BE(0), 'the priority is the first two octets');
  must(/^(?:\.|(?:(?:[a-z0-9_*/-]|\\\d{3})+\.)+)$/.test(record.target), 'the target has one spelling', record.target);
  must(
    record.keys.every((key, index) => key > (record.keys[index - 1] ?? -1)),
    'keys ascend',
    record.keys,
  );
  must(
    record.mandatory.every((key) => key !== 0 && record.keys.includes(key)),
    'what is mandatory is there',
    record.mandatory,
  );
  if (record.priority === 0) must(record.keys.length === 0, 'an alias has no parameters');
  else mustEqual(keysBehind(view), [...record.keys], 'the keys are those of the octets');
  offered(record);
}

function offered(record: SvcbRecord): void {
  const offers = offersOf([record], [853], () => 0);
  const fits = record.priority > 0 && record.alpn?.includes('dot') === true && (record.port ?? 853) === 853;
  must(offers.length === 0 || fits, 'an offer is of DoT at a port that is allowed', record.alpn, record.port);
}

/** The keys, read from the end of the name on. */
function keysBehind(data: Buffer): number[] {
  let at = 2;
  while ((data[at] ?? 0) > 0) at += (data[at] ?? 0) + 1;
  const keys: number[] = [];
  for (at += 1; at < data.length; at += 4 + data.readUInt16BE(at + 2)) keys.push(data.readUInt16BE(at));
  return keys;
}

/** Data of records: those of RFC 9460 appendix D.2 that say most, and a few that say too little. */
const RECORDS: readonly string[] = [
  '000003666f6f076578616d706c6503636f6d00',
  '000100',
  '001003666f6f076578616d706c6503636f6d00000300020035',
  '001003666f6f076578616d706c65036f726700000000040001000400010009026832056833' + '2d31390004' + '0004c0000201',
  '0001000001000403646f740003000203550006001020010db8000000000000000000000001',
  '000100000100040364',
  '0001c00c',
];

/** An answer whose question's type is SVCB, with one record of that data. */
function answering(query: Uint8Array, data: Uint8Array): Uint8Array {
  const end = readMessage(query)?.questions[0]?.end ?? 12;
  const question = query.slice(0, end);
  question[end - 4] = 0;
  question[end - 3] = SVCB;
  question.set([0, 0, 0, 0, 0, 0], 6);
  const answer = question.slice();
  answer[2] = 0x84;
  answer[3] = 0;
  answer[7] = 1;
  const head = [0xc0, 12, 0, SVCB, 0, 1, 0, 0, 1, 44, data.length >> 8, data.length & 0xff];
  return octetsOf(measured(question), answer, Uint8Array.from(head), data);
}
