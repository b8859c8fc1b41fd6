import type { Clock } from '../common/clock.js';
import type { Decision } from '../contact/decision.js';
import { QueryError, type QueryErrorDetails, type QueryFailure, wordsOf } from '../contact/query-error.js';
import type { Events } from '../observe/events.js';
import type { SelectorCounters } from '../observe/metrics.js';
import type { Endpoint, Failure } from '../state/model.js';

/** Where the end of a query is told. */
export interface QueryEndDeps {
  readonly clock: Clock;
  readonly counters: SelectorCounters;
  readonly events: Events;
}

/** A query that has ended. */
export interface EndedQuery {
  /** When it began, on the monotonic clock. */
  readonly startedAt: number;
  /** What each failed attempt met. */
  readonly failures: readonly Failure[];
}

/**
 * Tells those who count and listen how a query has ended.
 *
 * @param deps - where
 * @param decision - how it was decided
 * @param query - the query; its failures are only read where somebody listens
 * @param achieved - what has answered; `undefined` for nothing
 * @param fellBack - whether DoT was tried and Do53 has answered
 */
export function tellEnd(
  { clock, counters, events }: QueryEndDeps,
  decision: Decision,
  query: EndedQuery,
  achieved: 'dot' | 'do53' | undefined,
  fellBack: boolean,
): void {
  const end = achieved ?? 'failed';
  counters.queries.add(end);
  counters.queryTimes[end].add(clock.now() - query.startedAt);
  if (fellBack) counters.queries.add('fellBack');
  // Before the information: it would be a closure for each query.
  if (!events.isHeard('query')) return;
  const { server, transport: asked } = decision;
  const endpoint = asked === 'dot' ? server.dot : server.clear;
  const { failures } = query;
  if (endpoint !== undefined) events.emit('query', () => ({ endpoint, asked, achieved, fellBack, failures }));
}

/**
 * The error of a query that got no answer.
 *
 * @param code - what happened, for programs
 * @param decision - how it was decided
 * @param limit - within what time, in words
 * @param failures - what each attempt met
 * @param details - whom it was sent to, and the error beneath where there is one
 */
export function noAnswer(
  code: 'TIMEOUT' | 'NO_ANSWER',
  decision: Decision,
  limit: string,
  failures: readonly QueryFailure[],
  details: QueryErrorDetails & { readonly tried: readonly Endpoint[] },
): QueryError {
  const message = `no answer from ${decision.server.address} ${limit}: ${wordsOf(failures, details.tried)}`;
  return new QueryError(code, message, failures, { ...details, decision });
}
