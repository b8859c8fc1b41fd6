import { randomInt } from 'node:crypto';
import { domainToASCII } from 'node:url';
import { InvalidInputError } from '../common/errors.js';
import { type Names, requireNames } from '../state/known-names.js';
import { encodeName, encodeQuestion } from '../wire/names.js';
import { putU16, TYPE } from '../wire/octets.js';
import { type QuestionType, typeNumber } from './types.js';

/** What is asked: a name's records of one type. */
export interface Question {
  /** A domain name in presentation format, or in Unicode. */
  readonly name: string;
  /** Of what type; default `A`. In any case of letters. */
  readonly type?: QuestionType | undefined;
  /** Whether signatures are wanted too (DO, RFC 3225); default false. */
  readonly dnssec?: boolean | undefined;
}

const NAMES: Names<Question> = { name: true, type: true, dnssec: true };
/** RD: the server may be a resolver. One that is none does not mind. */
const FLAGS = 0x0100;
/** An OPT record (RFC 6891 section 6.1.2): the root, type 41, 1,232 octets at most, DO, no options. */
const OPT_WITH_DO = Buffer.from([0, 0, 41, 0x04, 0xd0, 0, 0, 0x80, 0, 0, 0]);

/**
 * The query for a question.
 *
 * @param question - as a caller gave it
 * @throws `InvalidInputError` `INVALID_QUESTION`
 */
export function queryFor(question: Question): Buffer {
  requireNames('INVALID_QUESTION', question, NAMES);
  const { name, type = 'A', dnssec = false } = question;
  if (typeof dnssec !== 'boolean') throw invalid({ dnssec }, 'dnssec: true or false');
  const number = typeof type === 'string' ? typeNumber(type) : undefined;
  // An OPT is part of a message, never a question (RFC 6891 section 6.1.1); type 0 is reserved.
  if (number === undefined || number === 0 || number === TYPE.OPT) {
    throw invalid({ type }, 'type: a mnemonic as "AAAA" or "HTTPS", a number as "TYPE65", or "ANY"');
  }
  return encodeQuery(octetsOf(name), number, dnssec);
}

/**
 * A query in wire format.
 *
 * @param name - its name's octets
 * @param type - its type's number
 * @param dnssec - whether signatures are wanted
 */
export function encodeQuery(name: readonly number[], type: number, dnssec: boolean): Buffer {
  const query = encodeQuestion(name, type, randomInt(0x1_0000));
  putU16(query, 2, FLAGS);
  if (dnssec) putU16(query, 10, 1);
  return Buffer.concat(dnssec ? [query, OPT_WITH_DO] : [query]);
}

function octetsOf(name: unknown): number[] {
  const ascii = typeof name === 'string' ? toAscii(name) : undefined;
  if (ascii === undefined) throw invalid({ name }, 'name: a domain name');
  try {
    return encodeName(ascii);
  } catch (error) {
    throw invalid({ name }, `name: ${error instanceof InvalidInputError ? error.expected : 'a domain name'}`);
  }
}

/** What parts labels from each other, in Unicode too (UTS 46 section 2.3). */
const DOTS = /[.\u3002\uff0e\uff61]/u;

/**
 * A name with its labels in Unicode as DNS has them (IDNA). Labels in ASCII stay as they are: also those that no host may have.
 *
 * @param name - any text
 * @returns `undefined` where a label cannot be written so
 */
export function toAscii(name: string): string | undefined {
  const isAscii = (text: string): boolean => /^[\0-\x7f]*$/.test(text);
  if (isAscii(name)) return name;
  let isWhole = true;
  const labels = name.split(DOTS).map((label) => {
    if (isAscii(label)) return label;
    const ascii = domainToASCII(label);
    // Digits in Unicode would be read as an address, and come out as four labels.
    if (ascii === '' || ascii.includes('.')) isWhole = false;
    return ascii;
  });
  return isWhole ? labels.join('.') : undefined;
}

function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_QUESTION', value, expected);
}
