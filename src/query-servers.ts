import { InvalidInputError, QueryError } from './common/errors.js';
import type { DecisionContext } from './contact/contact.js';
import type { Decision } from './contact/decision.js';
import type { ServerRef } from './contact/server.js';
import type { QueryOptions } from './options.js';
import type { QueryResult } from './query/query.js';
import type { TransportSelector } from './selector.js';

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
 * This is what resolvers have in common; whoever does more in between calls the two himself.
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
 * @param message - a DNS query in wire format
 * @param options - signal, context, what will do; `timeoutMs` is for each of the servers
 * @returns the first answer that will do; if none does, the first that came
 * @throws `InvalidInputError` for no or a malformed server, a malformed message or option; `QueryError` of the last server
 *   if none answered, or with `CLOSED`; or `signal.reason`
 */
export async function queryServers<S extends ServerRef>(
  selector: TransportSelector,
  servers: readonly S[],
  message: Uint8Array,
  options: QueryServersOptions<S> = {},
): Promise<QueryResult> {
  const { context, isUsable = isAnswer, ...limits } = options;
  let unusable: QueryResult | undefined;
  let failure: QueryError | undefined;
  for (const decision of selector.rank(servers, context)) {
    try {
      const result = await ask(selector, decision, message, { ...limits, context: factsAlone(context) });
      if (isUsable(result.message)) return result;
      unusable ??= result;
    } catch (error) {
      if (!(error instanceof QueryError) || error.code === 'CLOSED') throw error;
      failure = error;
    }
  }
  if (unusable !== undefined) return unusable;
  throw failure ?? new InvalidInputError('INVALID_SERVER', servers, 'at least one server');
}

/** What a query is about, without what only a ranking needs. */
function factsAlone<S>(context: DecisionContext<S> | undefined): DecisionContext | undefined {
  return context === undefined ? undefined : { zone: context.zone, nameserver: context.nameserver };
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

const RCODE = 0x0f;
const NXDOMAIN = 3;

function isAnswer(message: Uint8Array): boolean {
  const rcode = (message[3] ?? 0) & RCODE;
  return rcode === 0 || rcode === NXDOMAIN;
}
