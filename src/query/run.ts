import { InvalidInputError, TransportError } from '../common/errors.js';
import type { Authentication } from '../contact/authentication.js';
import type { Decision } from '../contact/decision.js';
import type { QueryError, QueryFailure } from '../contact/query-error.js';
import { Permission } from '../rules/permission.js';
import type { RulesInForce } from '../rules/rules-in-force.js';
import type { Endpoint, Transport } from '../state/model.js';
import { settleWithin } from '../transport/attempt.js';
import { failureOf } from '../transport/failure.js';
import { answerRank, rcodeOf } from '../wire/message.js';
import { HEADER_LENGTH } from '../wire/octets.js';
import { noAnswer, type QueryEndDeps, tellEnd } from './query-end.js';
import type { Reports } from './reports.js';

/** One attempt that a host's own client is to make. */
export interface RunAttempt {
  /** Over what: `dot`, or `do53` in clear text. */
  readonly transport: Transport;
  /** Where to. */
  readonly endpoint: Endpoint;
  /** How the server has to prove who it is before anything is sent to it; absent: not at all. */
  readonly authentication?: Authentication | undefined;
  /** Aborts when the attempt's time is over, or the selector is closed: the attempt is to reject then. */
  readonly signal: AbortSignal;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Makes one attempt. What it resolves with is the answer. */
export type RunFunction<T> = (attempt: RunAttempt) => Promise<T> | T;

/** What running a host's own client needs. */
export interface RunDeps extends QueryEndDeps {
  readonly rules: RulesInForce;
  readonly reports: Reports;
  /** How long all attempts may take, in milliseconds. */
  readonly timeoutMs: number;
  /** Aborts with the reason when the selector is closed. */
  readonly closing: AbortSignal;
  /** The error of a query that may not be sent. */
  refusalOf(decision: Decision): QueryError;
}

/** How much of the time DoT has, where Do53 may follow. */
const DOT_SHARE = 1 / 2;

/** What Do53 has at least of its share, in milliseconds, where the loop stood still or the client has not settled in DoT's. */
const LEAST_CLEAR_MS = 1_000;

/**
 * Has a host's own client ask as it was decided, and over Do53 where DoT fails and that may follow, or answers a response code that
 * Do53 may better. Reports what comes of it.
 *
 * @param deps - what it needs
 * @param decision - how it was decided
 * @param attempt - the host's
 * @returns what the attempt resolved with
 */
export async function run<T>(deps: RunDeps, decision: Decision, attempt: RunFunction<T>): Promise<T> {
  const { clock, reports, events, timeoutMs, closing } = deps;
  const { server, authentication, fallback, reason } = decision;
  if (typeof attempt !== 'function') throw new InvalidInputError('INVALID_OPTION', attempt, 'attempt: a function');
  closing.throwIfAborted();
  if (decision.action === 'refuse') throw deps.refusalOf(decision);
  if (reason === 'lame-zone') deps.counters.clearToGood.add(reason);
  const startedAt = clock.now();
  const permission = new Permission(deps.rules, decision);
  const failures: QueryFailure[] = [];
  const query = { startedAt, failures };
  let cause: unknown;
  let doubtful: { readonly answer: T; readonly rcode: number } | undefined;
  for (const endpoint of fallback ? [...decision.endpoints, server.clear] : decision.endpoints) {
    if (endpoint === undefined) break;
    const isDot = endpoint.transport === 'dot';
    const transport = isDot ? 'dot' : 'do53';
    if (!(isDot ? permission.encrypted(authentication) : permission.clear())) break;
    if (failures.length > 0) deps.counters.clearToGood.add('fallback');
    else if (doubtful !== undefined) deps.counters.clearToGood.add('compare');
    const leftMs = startedAt + timeoutMs - clock.now();
    const shareMs = timeoutMs * DOT_SHARE;
    const limitMs =
      isDot && fallback ? Math.min(decision.timeoutMs, shareMs) : Math.max(leftMs, Math.min(shareMs, LEAST_CLEAR_MS));
    const task = (signal: AbortSignal) => attempt({ transport, endpoint, authentication, signal, timeoutMs: limitMs });
    try {
      const answer = await settleWithin(task, { clock, timeoutMs: limitMs, part: transport, signal: closing });
      const rcode = rcodeIn(answer);
      reports.report(decision, { transport, ok: true, rcode });
      if (isDot && fallback && permission.clear() && reports.mayCompare(decision, rcode)) {
        doubtful = { answer, rcode };
        continue;
      }
      if (doubtful !== undefined && answerRank(rcode) <= answerRank(doubtful.rcode)) break;
      tellEnd(deps, decision, query, transport, !isDot && decision.transport === 'dot');
      return answer;
    } catch (error) {
      closing.throwIfAborted();
      // Who says what has failed says whose fault it is.
      const failure = failureOf(error, undefined, error instanceof TransportError ? undefined : transport);
      events.hostErrors.heard(failure.part, error, transport);
      reports.report(decision, { transport, ok: false, ...failure });
      failures.push({ ...failure, transport, endpoint });
      cause = error;
    }
  }
  tellEnd(deps, decision, query, doubtful && 'dot', false);
  if (doubtful !== undefined) return doubtful.answer;
  const tried = failures.map(({ endpoint }) => endpoint);
  throw noAnswer('NO_ANSWER', decision, `(limit ${timeoutMs} ms)`, failures, { tried, cause });
}

/** The response code, where the answer is a message. Of anything else the host itself says that it is an answer. */
function rcodeIn(answer: unknown): number {
  return answer instanceof Uint8Array && answer.length >= HEADER_LENGTH ? rcodeOf(answer) : 0;
}
