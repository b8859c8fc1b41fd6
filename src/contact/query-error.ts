import { DotscoutError, type ErrorCode } from '../common/errors.js';
import type { Endpoint, Failure, Transport } from '../state/model.js';
import { type Decision, whole } from './decision.js';

/** What one attempt met, and where. */
export interface QueryFailure extends Failure {
  /** Over what. */
  readonly transport: Transport;
  /** Where to. */
  readonly endpoint: Endpoint;
}

/** What a {@link QueryError} tells beside code, message and failures. */
export interface QueryErrorDetails {
  /** The error beneath. */
  readonly cause?: unknown;
  /** What was decided. */
  readonly decision?: Decision | undefined;
  /** Whom the query was sent to. */
  readonly tried?: readonly Endpoint[] | undefined;
  /** Each server's own error, where several were asked. */
  readonly errors?: readonly QueryError[] | undefined;
}

/**
 * No answer came: the deadline passed, or every allowed transport failed. The message says of which server, within which limit,
 * and what each attempt met; the properties say the same to programs. `cause` is what a part of the host's own has thrown, as it
 * was; where none has, the last attempt's own error.
 *
 * @example
 * ```ts
 * selector.query(server, message).catch((error: QueryError) => {
 *   for (const { transport, endpoint, phase, kind } of error.failures) console.error(transport, endpoint.port, phase, kind);
 * });
 * ```
 */
export class QueryError extends DotscoutError {
  /** The class's name. */
  override readonly name: string = 'QueryError';
  /** What each attempt met, in the order in which they ended. */
  readonly failures: readonly QueryFailure[];
  /** Whom the query was sent to, those included that had not answered yet; each endpoint has its transport. */
  readonly tried: readonly Endpoint[];
  /** What was decided, with the reason; `undefined` where nothing was. */
  readonly decision: Decision | undefined;
  /** Each server's own error, in the order in which they were asked, where `queryServers` asked several; empty elsewhere. */
  readonly errors: readonly QueryError[];

  /**
   * @param code - what happened, for programs
   * @param message - what happened, for people
   * @param failures - what each attempt met
   * @param details - what else is known, where anything is
   */
  constructor(
    code: ErrorCode,
    message: string,
    failures: readonly QueryFailure[] = [],
    details: QueryErrorDetails = {},
  ) {
    super(code, message, details);
    this.failures = failures;
    this.tried = details.tried ?? [];
    this.decision = details.decision;
    this.errors = details.errors ?? [];
  }
}

/**
 * What a query met, in words: `dot to 192.0.2.1:853 connect refused, do53 to 192.0.2.1:53 not answered yet`.
 *
 * @param failures - what has failed
 * @param tried - whom it was sent to
 */
export function wordsOf(failures: readonly QueryFailure[], tried: readonly Endpoint[]): string {
  const failed = failures.map(({ endpoint, phase, kind }) => `${placeOf(endpoint)} ${phase} ${kind}`);
  const open = tried.filter(({ key }) => !failures.some(({ endpoint }) => endpoint.key === key));
  return [...failed, ...open.map((endpoint) => `${placeOf(endpoint)} not answered yet`)].join(', ');
}

function placeOf({ address, port, transport }: Endpoint): string {
  return `${transport} to ${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** How old a decision may be when a query uses it, in milliseconds. */
const DECISION_MS = 10_000;

/**
 * Checks that a decision may still be used.
 *
 * @param decision - as a host gave it
 * @param now - the monotonic time
 * @param epoch - the network that the host is on
 * @throws `QueryError` `STALE_DECISION`
 */
export function checkFresh(decision: Decision, now: number, epoch: number): Decision {
  const age = now - decision.at;
  const stale = (why: string) => new QueryError('STALE_DECISION', `the decision is ${why}`, [], { decision });
  if (decision.epoch !== epoch) throw stale('of another network');
  if (!(age >= 0 && age <= DECISION_MS)) throw stale(`${age} ms old`);
  return whole(decision);
}

/**
 * The error of a query that may not be sent.
 *
 * @param decision - one whose action is `refuse`
 * @param because - what the guard has thrown, where it has; the cause where it was the guard that refused
 */
export function refusal(decision: Decision, because: { cause?: unknown } = {}): QueryError {
  const { reason, server } = decision;
  const { address } = server;
  const refused = (code: ErrorCode, message: string, details: QueryErrorDetails = {}) =>
    new QueryError(code, message, [], { ...details, decision });
  if (reason === 'guard') return refused('REFUSED_BY_GUARD', `the guard forbids ${address}`, because);
  if (reason === 'port') return refused('NO_ENDPOINT', `no DoT port is known of ${address}`);
  if (reason === 'closed') return closedError();
  const why = reason === 'authentication' ? 'nothing here can check what it has to prove' : 'a rule forbids DoT';
  return refused('REFUSED_BY_RULE', `${address} must be encrypted, and ${why}`);
}

/** The error of a query to a selector that is closed. */
export function closedError(): QueryError {
  return new QueryError('CLOSED', 'the selector is closed');
}
