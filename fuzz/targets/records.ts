import { followAliases, recordsOf } from '../../src/resolver/follow-aliases.js';
import { anyRecords, NODE_TYPES, nodeRecords } from '../../src/resolver/node-records.js';
import { type ReadAnswer, readAnswer } from '../../src/resolver/read-answer.js';
import type { ResourceRecord } from '../../src/resolver/record-data.js';
import { typeName } from '../../src/resolver/types.js';
import { readName } from '../../src/wire/names.js';
import { must, mustEqual } from '../promise.js';
import { type ReadRecord, readMessage } from '../reference.js';
import type { Target } from '../target.js';

const OPT = 41;

/** An answer, whose records are read for people, and shaped as Node's are. */
export const records: Target = {
  promise:
    'records of an answer are read all or none, by type, time and owner; names and texts are printable; Node has a shape for each',
  maxLength: 2_048,
  run(octets) {
    const message = Buffer.from(octets);
    const read = readOrRefused(message);
    if (read === undefined) return;
    const reference = readMessage(message);
    must(reference?.whole === true, 'what is read is whole');
    const stands = (reference?.records ?? []).filter(({ type }) => type !== OPT);
    const { answers, authorities, additionals } = read;
    const found = [...answers.map(({ record }) => record), ...authorities, ...additionals];
    mustEqual(found.map(headOf), stands.map(headThere), 'the records are those that are there');
    for (const [index, { name }] of found.entries()) {
      must(/^[ -~]+$/.test(name), 'a name is printable', name);
      const { start } = stands[index] as ReadRecord;
      const canonical = readName(message, start);
      if (index < answers.length && canonical !== undefined)
        mustEqual(answers[index]?.owner, canonical, 'an owner has one spelling');
    }
    shaped(read);
  },
  seeds: (captures) => captures.map(({ answer }) => answer),
};

/** Whatever it throws is one refusal to who asked. */
function readOrRefused(message: Buffer): ReadAnswer | undefined {
  try {
    return readAnswer(message);
  } catch (error) {
    must(error instanceof Error, 'a refusal is an error');
    return undefined;
  }
}

function headOf({ type, ttl }: ResourceRecord): string {
  return `${type} ${ttl}`;
}

function headThere({ type, ttl }: ReadRecord): string {
  return `${typeName(type)} ${ttl.readUInt32BE()}`;
}

function shaped({ answers }: ReadAnswer): void {
  for (const { owner } of answers) {
    const { records: ends, aliases } = followAliases(answers, owner);
    must(aliases.length <= 16, 'aliases are bounded', aliases.length);
    const own = recordsOf(answers, owner);
    must(anyRecords(own).length <= own.length, 'a record has one shape at most');
    for (const type of NODE_TYPES)
      must(
        nodeRecords(ends, type).every((shape) => shape !== undefined),
        'each has a shape',
        type,
      );
  }
}
