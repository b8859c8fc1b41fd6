import { QueryError } from '../contact/query-error.js';
import type { DnsErrorCode } from './dns-error.js';

/** What a server says in place of an answer. */
const CODES: ReadonlyMap<number, DnsErrorCode> = new Map<number, DnsErrorCode>([
  [1, 'EFORMERR'],
  [2, 'ESERVFAIL'],
  [3, 'ENOTFOUND'],
  [4, 'ENOTIMP'],
  [5, 'EREFUSED'],
]);
/** Of the response codes that have a meaning, Node looks at the above alone; what has none is a failure to it. */
const UNASSIGNED = { from: 12, to: 15 };

/**
 * Node's code for an answer.
 *
 * @param rcode - its response code
 * @returns `undefined` where its records count
 */
export function codeOfRcode(rcode: number): DnsErrorCode | undefined {
  return rcode >= UNASSIGNED.from && rcode <= UNASSIGNED.to ? 'ESERVFAIL' : CODES.get(rcode);
}

/**
 * Node's code for what the servers have met.
 *
 * @param error - whatever `queryServers` rejects with
 */
export function codeOfFailure(error: unknown): DnsErrorCode {
  if (!(error instanceof QueryError)) return 'ECONNREFUSED';
  if (error.code === 'TIMEOUT') return 'ETIMEOUT';
  if (error.code === 'CLOSED') return 'EDESTRUCTION';
  const last = error.failures.at(-1);
  if (last?.kind === 'malformed') return 'EBADRESP';
  // What was sent has no answer, whether the server was silent or our own event loop did not hear it.
  const isUnheard = last?.kind === 'silent' || (last?.kind === 'local' && last.phase === 'answer');
  return isUnheard ? 'ETIMEOUT' : 'ECONNREFUSED';
}
