/** Why a question has no answer, in the codes of `node:dns`. */
export type DnsErrorCode =
  | 'EBADNAME'
  | 'EBADRESP'
  | 'ECANCELLED'
  | 'ECONNREFUSED'
  | 'EDESTRUCTION'
  | 'EFORMERR'
  | 'EINVAL'
  | 'ENODATA'
  | 'ENOTFOUND'
  | 'ENOTIMP'
  | 'EREFUSED'
  | 'ESERVFAIL'
  | 'ETIMEOUT';

/**
 * A question has no answer. Shaped as the errors of `node:dns`: `code`, `syscall` and `hostname`, and a message of the three.
 *
 * @example
 * ```ts
 * await resolver.resolve4('nowhere.example').catch((error) => console.log(error.code)); // ENOTFOUND
 * ```
 */
export class DnsError extends Error {
  /** Always `undefined`, as Node's. */
  readonly errno: undefined;
  /** What happened, for programs. */
  readonly code: DnsErrorCode;
  /** What was asked: `queryA`, `queryMx`, `getHostByAddr` and so on. */
  readonly syscall: string;
  /** The name or address that was asked about. */
  readonly hostname: string;

  /**
   * @param code - what happened
   * @param syscall - what was asked
   * @param hostname - the name or address, as the caller gave it
   * @param options - the cause, where there is one: what the servers have met
   */
  constructor(code: DnsErrorCode, syscall: string, hostname: string, options?: { cause?: unknown }) {
    super(hostname === '' ? `${syscall} ${code}` : `${syscall} ${code} ${hostname}`, options);
    this.code = code;
    this.syscall = syscall;
    this.hostname = hostname;
  }
}

/**
 * What Node calls a question for records of a type: `queryAaaa`.
 *
 * @param type - its mnemonic
 */
export function syscallOf(type: string): string {
  return `query${type.slice(0, 1).toUpperCase()}${type.slice(1).toLowerCase()}`;
}
