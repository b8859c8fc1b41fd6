import { InvalidInputError } from '../state/invalid-input.js';
import { type Names, oneOf, requireNames } from '../state/known-names.js';
import type { ClearFault, Fault, FaultSettings } from './faults.js';

const FAULTS: Readonly<Record<Fault, true>> = {
  good: true,
  closed: true,
  'black-hole': true,
  'tcp-mute': true,
  'tcp-close': true,
  'tcp-reset': true,
  'plain-dns': true,
  http: true,
  smtp: true,
  tls12: true,
  'no-alpn': true,
  'expired-cert': true,
  'self-signed': true,
  'wrong-name': true,
  'alpn-alert': true,
  tls10: true,
  'dhe-8192': true,
  'hrr-ffdhe8192': true,
  'ticket-flood': true,
  'key-update-flood': true,
  'empty-records': true,
  'tls-mute': true,
  'tls-close': true,
  'tls-close-query': true,
  'tls-reset': true,
  'tls-reset-query': true,
  'one-shot': true,
  'close-after': true,
  'random-close': true,
  reverse: true,
  renegotiate: true,
  'renegotiate-at-once': true,
  'zero-length': true,
  'length-stall': true,
  'byte-at-a-time': true,
  dribble: true,
  'wrong-question': true,
  'wrong-id': true,
  'not-a-response': true,
  oversized: true,
  garbage: true,
  'count-bomb': true,
  refused: true,
  servfail: true,
  formerr: true,
  notimp: true,
  'refused-bare': true,
  'servfail-bare': true,
  'formerr-bare': true,
  'notimp-bare': true,
  'formerr-padded': true,
  'formerr-edns': true,
  'keepalive-zero': true,
  'keepalive-short': true,
  'different-answers': true,
  'answer-flood': true,
  'answer-then-flood': true,
  'unasked-flood': true,
  'never-reads': true,
  'slow-window': true,
  'half-frame-timeout': true,
  deaf: true,
  lost: true,
};

const CLEAR_FAULTS: Readonly<Record<ClearFault, true>> = {
  good: true,
  silent: true,
  refused: true,
  servfail: true,
  nxdomain: true,
  truncate: true,
  forge: true,
  'forge-only': true,
  closed: true,
};

/** The names of the numbers that shape a fault. */
export const SETTING_NAMES: Names<FaultSettings> = {
  delayMs: true,
  rttMs: true,
  batch: true,
  seed: true,
  probability: true,
  answers: true,
  byteMs: true,
  copies: true,
  keepaliveMs: true,
  unasked: true,
  afterQueries: true,
  windowMs: true,
  frameMs: true,
};

/**
 * Checks the word for a fault of DoT: a server would take one that it does not know for none.
 *
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkFault(fault: Fault): Fault {
  return checkWord(fault, Object.keys(FAULTS) as Fault[], 'fault: ');
}

/**
 * The same of Do53.
 *
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkClearFault(clear: ClearFault): ClearFault {
  return checkWord(clear, Object.keys(CLEAR_FAULTS) as ClearFault[], 'clear: ');
}

/**
 * Checks the numbers that shape a fault.
 *
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkSettings(settings: FaultSettings): FaultSettings {
  requireNames('INVALID_OPTION', settings, SETTING_NAMES);
  return settings;
}

/**
 * Checks a word.
 *
 * @param word - as a test gave it
 * @param known - the words that there are
 * @param what - what it is
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkWord<T>(word: T, known: readonly T[], what: string): T {
  if (known.includes(word)) return word;
  throw new InvalidInputError('INVALID_OPTION', word, `${what}${oneOf(word, known.map(String))}`);
}
