import { type Names, requireWord } from '../state/known-names.js';
import { BEHAVIOURS } from './answer-faults.js';
import type { ClearFault, Fault, FaultSettings, FlowFault, TlsFault } from './faults.js';
import { REACTIONS } from './tcp-faults.js';

const TLS_FAULTS: Readonly<Record<TlsFault, true>> = {
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
};

const FLOW_FAULTS: Readonly<Record<FlowFault, true>> = {
  'never-reads': true,
  'slow-window': true,
  'half-frame-timeout': true,
  deaf: true,
  lost: true,
};

/** The compiler misses one that is in none of these. */
const FAULTS: Readonly<Record<Fault, unknown>> = {
  good: true,
  ...REACTIONS,
  ...TLS_FAULTS,
  ...BEHAVIOURS,
  ...FLOW_FAULTS,
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
 * @throws `InvalidInputError` `INVALID_OPTION`
 */
export function checkFault(fault: Fault): void {
  requireWord('INVALID_OPTION', fault, Object.keys(FAULTS), 'fault: ');
}

/**
 * The same of Do53.
 *
 * @throws `InvalidInputError` `INVALID_OPTION`
 */
export function checkClearFault(clear: ClearFault): void {
  requireWord('INVALID_OPTION', clear, Object.keys(CLEAR_FAULTS), 'clear: ');
}
