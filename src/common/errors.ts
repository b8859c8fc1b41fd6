import type { Failure } from '../state/model.js';

export { InvalidInputError } from '../state/invalid-input.js';

/**
 * Why a query or a probe gave no answer. Codes are stable: hosts may switch on them.
 *
 * - `TIMEOUT`: the caller's deadline passed.
 * - `NO_ANSWER`: every transport that was allowed has failed.
 * - `REFUSED_BY_GUARD`: the guard forbids the address.
 * - `REFUSED_BY_RULE`: rules or demands leave nothing that may be tried: a rule says `never`, and clear text is not allowed
 *   either; or a proof is demanded that the exchange or prober cannot check.
 * - `NO_ENDPOINT`: nothing there can be asked over DoT (a Do53 port of its own and no DoT port).
 * - `BUDGET`: a probe was asked for and there was no room for it among those remembered or waiting. A spent rate makes it
 *   wait (`force` does not).
 * - `STALE_DECISION`: a decision older than 10 s or of another network.
 * - `STORE`: what was learned could not be stored.
 * - `CLOSED`: the selector or exchange was closed.
 * - `TRANSPORT`: one attempt on one transport failed; see {@link TransportError.failure}.
 */
export type ErrorCode =
  | 'TIMEOUT'
  | 'NO_ANSWER'
  | 'REFUSED_BY_GUARD'
  | 'REFUSED_BY_RULE'
  | 'NO_ENDPOINT'
  | 'BUDGET'
  | 'STALE_DECISION'
  | 'STORE'
  | 'CLOSED'
  | 'TRANSPORT';

/** The base of all errors on which a caller can act at run time: a message for people and a `code` for programs. */
export class DotscoutError extends Error {
  /** The class's name. */
  override readonly name: string = 'DotscoutError';
  /** What happened, for programs. */
  readonly code: ErrorCode;

  /**
   * @param code - what happened, for programs
   * @param message - what happened, for people
   * @param options - the cause, where there is one
   */
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/**
 * One attempt on one transport failed. An {@link Exchange} rejects with this; any other rejection is taken for a fault
 * of the host's own code, which demotes nobody.
 */
export class TransportError extends DotscoutError {
  /** The class's name. */
  override readonly name: string = 'TransportError';
  /** In which phase, and how. */
  readonly failure: Failure;
  /**
   * True when this failure is no evidence of its own: the same session already failed another query the same way, for the
   * fault of one session is evidence once, however many queries it carried; or it had answered queries before, so that only
   * a fresh session could show that the server is at fault.
   */
  readonly repeated: boolean;

  /**
   * @param failure - in which phase, and how
   * @param options - `repeated`: see the property; `cause`: the underlying error
   */
  constructor(failure: Failure, options: { cause?: unknown; repeated?: boolean } = {}) {
    const detail = failure.detail === undefined ? '' : `: ${failure.detail}`;
    super('TRANSPORT', `${failure.phase} ${failure.kind}${detail}`, options);
    this.failure = failure;
    this.repeated = options.repeated ?? false;
  }
}

/**
 * The error of a call to something that was closed, and of those who wait for it.
 *
 * @param what - for people: `the selector`
 */
export function closedError(what: string): DotscoutError {
  return new DotscoutError('CLOSED', `${what} is closed`);
}

/** The message of whatever was thrown, for people. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs something whose failure does no harm: a call to a host's own part, or to a peer that is given up.
 *
 * @param run - may throw, or return a promise that rejects
 * @param failed - is told of either; default nobody
 * @returns what it returned; `undefined` where it threw
 */
export function quietly<T>(run: () => T, failed: (error: unknown) => void = ignore): T | undefined {
  try {
    const result = run();
    ignoreRejection(result, failed);
    return result;
  } catch (error) {
    failed(error);
    return undefined;
  }
}

function ignore(): void {}

/**
 * What an asynchronous function gives where none may be one: what it rejects with would end the process.
 *
 * @param given - whatever a host's own function returned
 * @param failed - is told of it; default nobody
 */
export function ignoreRejection(given: unknown, failed: (error: unknown) => void = ignore): void {
  if (given instanceof Promise) given.catch(failed);
}
