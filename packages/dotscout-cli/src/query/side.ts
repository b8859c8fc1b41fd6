import type { ResourceRecord } from 'dotscout/resolver';
import { rcodeName } from '../../../../src/resolver/rcodes.js';
import { readAnswer } from '../../../../src/resolver/read-answer.js';
import { findOption, PADDING } from '../../../../src/wire/edns-options.js';
import { findOpt } from '../../../../src/wire/message.js';
import { type AnswerWord, appraise, parentLabels, type Worth, wordOf } from '../../../../src/wire/worth.js';

/** How long each phase took, in milliseconds, to the tenth; null where it did not happen. */
export interface SideTimes {
  readonly connectMs: number | null;
  readonly handshakeMs: number | null;
  readonly answerMs: number | null;
}

/** What came over one transport. */
export interface Answered extends SideTimes {
  readonly failure: null;
  readonly rcode: string;
  /** The header's flags that are set, of `aa`, `tc`, `rd`, `ra`, `ad`, `cd`. */
  readonly flags: readonly string[];
  /** How far a resolver believes it. */
  readonly worth: Worth;
  /** Why, in a word. */
  readonly word: AnswerWord;
  /** Of the answer as it came. */
  readonly octets: number;
  /** Octets of padding in it; null where it has no padding option. */
  readonly padding: number | null;
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  readonly additionals: readonly ResourceRecord[];
}

/** Why nothing came. */
export interface Unanswered extends SideTimes {
  /** In which phase, and how: `connect: refused`. */
  readonly failure: string;
}

/** How one transport fared. */
export type Side = Answered | Unanswered;

/** The header's flags (RFC 1035 section 4.1.1, RFC 4035 section 3.2), by their bits in the third and the fourth octet. */
const FLAGS: readonly (readonly [name: string, octet: number, bit: number])[] = [
  ['aa', 2, 0x04],
  ['tc', 2, 0x02],
  ['rd', 2, 0x01],
  ['ra', 3, 0x80],
  ['ad', 3, 0x20],
  ['cd', 3, 0x10],
];

/**
 * Reads an answer.
 *
 * @param query - as it was sent
 * @param answer - matched with it
 * @param times - how long it took
 * @returns a failure where its records cannot be read
 */
export function readSide(query: Uint8Array, answer: Uint8Array, times: SideTimes): Side {
  const message = Buffer.from(answer.buffer, answer.byteOffset, answer.length);
  // There is nothing to ask twice: what the zone's server says of its own zone is taken for proven.
  const known = { zoneLabels: () => parentLabels(query), has: (fact: string) => fact === 'proven' };
  const found = appraise(query, answer, known);
  try {
    const { rcode, answers, authorities, additionals } = readAnswer(message);
    return {
      failure: null,
      rcode: rcodeName(rcode),
      flags: FLAGS.filter(([, octet, bit]) => ((message[octet] ?? 0) & bit) !== 0).map(([name]) => name),
      worth: found.worth,
      word: wordOf(found),
      octets: message.length,
      padding: paddingOf(message),
      ...times,
      answers: answers.map(({ record }) => record),
      authorities,
      additionals,
    };
  } catch {
    return { failure: 'answer: its records cannot be read', ...times };
  }
}

function paddingOf(message: Buffer): number | null {
  const opt = findOpt(message);
  const option = opt === undefined ? undefined : findOption(message, opt, PADDING);
  return option === undefined ? null : option.end - option.start - 4;
}
