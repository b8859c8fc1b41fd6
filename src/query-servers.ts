import { InvalidInputError } from './common/errors.js';
import type { DecisionContext } from './contact/contact.js';
import type { Decision } from './contact/decision.js';
import { QueryError } from './contact/query-error.js';
import type { ServerRef } from './contact/server.js';
import type { QueryOptions } from './options.js';
import type { QueryResult } from './query/query.js';
import type { TransportSelector } from './selector.js';
import { type Names, requireNames } from './state/known-names.js';
import { rcodeOf } from './wire/message.js';

/** How {@link queryServers} is to go about it. */
export interface QueryServersOptions<S extends ServerRef = ServerRef> extends Omit<QueryOptions, 'context'> {
  /** What the query is about. */
  readonly context?: DecisionContext<S> | undefined;
  /**
   * Whether an answer will do, or the next server is to be asked: what a host makes of lame servers. Default: NOERROR and
   * NXDOMAIN will.
   */
  readonly isUsable?: ((answer: Uint8Array) => boolean) | undefined;
}

/**
 * Asks a zone's servers, or a stub's, one after the other until one of them answers: `rank` gives the order, `query` asks.
 * This is what resolvers have in common; a host that does more in between calls the two itself.
 *
 * @example
 * ```ts
 * const { message, transport } = await queryServers(selector, ['192.0.2.53', '2001:db8::53'], query, {
 *   context: { zone: 'example.org' },
 *   timeoutMs: 2_000,
 * });
 * ```
 *
 * @param selector - which
 * @param servers - in the host's order
 * @param message - a DNS query in wire format; the host may use the buffer again at once
 * @param options - signal, context, what will do; `timeoutMs` is for each of the servers
 * @returns the first answer that will do; if none does, the first that came
 * @throws `InvalidInputError` for no or a malformed server, a malformed message or option; `QueryError` if none answered, with
 *   the last server's code, what each has met in its message, and each server's own error in `errors`; or with `CLOSED`; or
 *   `signal.reason`
 */
export async function queryServers<S extends ServerRef>(
  selector: TransportSelector,
  servers: readonly S[],
  message: Uint8Array,
  options: QueryServersOptions<S> = {},
): Promise<QueryResult> {
  requireNames('INVALID_OPTION', options, NAMES);
  const { context, isUsable = isAnswer, ...limits } = options;
  // Both may be the host's to change again while the first servers are asked.
  const kept = message instanceof Uint8Array ? new Uint8Array(message) : message;
  const each: QueryOptions = { ...limits, context: withoutRtt(context) };
  const met: Met[] = [];
  let unusable: QueryResult | undefined;
  for (const decision of selector.rank(servers, context)) {
    try {
      const result = await ask(selector, decision, kept, each);
      if (isUsable(result.message)) return result;
      unusable ??= result;
    } catch (error) {
      if (!(error instanceof QueryError) || error.code === 'CLOSED') throw error;
      met.push({ address: decision.server.address, error });
    }
  }
  if (unusable !== undefined) return unusable;
  throw noAnswer(met) ?? new InvalidInputError('INVALID_SERVER', servers, 'at least one server');
}

const NAMES: Names<QueryServersOptions> = { signal: true, timeoutMs: true, context: true, isUsable: true };

/** What a server has met. */
interface Met {
  readonly address: string;
  readonly error: QueryError;
}

/** The error of all servers; `undefined` where there was none. */
function noAnswer(met: readonly Met[]): QueryError | undefined {
  const last = met.at(-1)?.error;
  if (last === undefined || met.length === 1) return last;
  const told = met.map(({ address, error: { code, message } }) => `${address}: ${code}, ${message}`).join('; ');
  const errors = met.map(({ error }) => error);
  const failures = errors.flatMap((error) => error.failures);
  const tried = errors.flatMap((error) => error.tried);
  const cause = new AggregateError(errors, told);
  return new QueryError(last.code, `no server answers: ${told}`, failures, {
    cause,
    tried,
    errors,
    decision: last.decision,
  });
}

/** What a query is about: all of it but what only a ranking needs, so that nothing new is forgotten here. */
function withoutRtt<S>(context: DecisionContext<S> | undefined): Omit<DecisionContext, 'rtt'> | undefined {
  if (context === undefined) return undefined;
  const { rtt: _, ...about } = context;
  return about;
}

/** A decision is good for 10 s and one network; those before it may have taken longer. */
async function ask(
  selector: TransportSelector,
  decision: Decision,
  message: Uint8Array,
  options: QueryOptions,
): Promise<QueryResult> {
  try {
    return await selector.query(decision, message, options);
  } catch (error) {
    if (!(error instanceof QueryError) || error.code !== 'STALE_DECISION') throw error;
    return selector.query(decision.ref, message, options);
  }
}

const NOERROR = 0;
const NXDOMAIN = 3;

/** The response code with its extension: BADVERS is no NOERROR (RFC 6891 section 6.1.3). */
function isAnswer(message: Uint8Array): boolean {
  const rcode = rcodeOf(message);
  return rcode === NOERROR || rcode === NXDOMAIN;
}
