import { QueryError } from '../common/errors.js';
import type { DnsErrorCode } from './dns-error.js';

/** What a server says in place of an answer; other response codes are no data, as in Node. */
const CODES: ReadonlyMap<number, DnsErrorCode> = new Map<number, DnsErrorCode>([
  [1, 'EFORMERR'],
  [2, 'ESERVFAIL'],
  [3, 'ENOTFOUND'],
  [4, 'ENOTIMP'],
  [5, 'EREFUSED'],
]);

/**
 * Node's code for an answer without records.
 *
 * @param rcode - its response code
 * @returns `undefined` for NOERROR
 */
export function codeOfRcode(rcode: number): DnsErrorCode | undefined {
  return rcode === 0 ? undefined : (CODES.get(rcode) ?? 'ENODATA');
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
  const kind = error.failures.at(-1)?.kind;
  if (kind === 'malformed') return 'EBADRESP';
  return kind === 'silent' ? 'ETIMEOUT' : 'ECONNREFUSED';
}
