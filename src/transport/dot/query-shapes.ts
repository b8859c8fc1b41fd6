import { BoundedMap } from '../../common/bounded-map.js';
import type { QueryInfo } from '../../wire/message.js';
import type { Shape } from '../../wire/opt.js';

/** How long a shape other than the usual is remembered, in milliseconds. */
const REMEMBERED_MS = 7 * 24 * 3_600_000;

/** Endpoints that a shape is remembered of. */
const MAX_ENDPOINTS = 4096;

/** The rcode of a server that could not read the query (RFC 1035 section 4.1.1); EDNS is what it usually means. */
const FORMERR = 1;

/**
 * The shape to try after an answer, where what we had added may be at fault.
 *
 * @param shape - the query's shape
 * @param rcode - what it was answered
 * @param query - the host's query
 * @returns `undefined` where the answer stands
 */
export function nextShape(shape: Shape, rcode: number, query: QueryInfo): Shape | undefined {
  const ourOpt = query.opt === undefined;
  // An rcode above 15 exists only in an OPT, and the host asked for none.
  if (rcode !== FORMERR && !(ourOpt && rcode > 15)) return undefined;
  if (query.signed || shape === 'bare' || !(ourOpt || query.optIsLast)) return undefined;
  if (shape === 'padded') return 'unpadded';
  return ourOpt ? 'bare' : undefined;
}

/** Which servers want their queries in another shape than `padded`. */
export class QueryShapes {
  readonly #known = new BoundedMap<string, { readonly shape: Shape; readonly until: number }>(MAX_ENDPOINTS);

  /**
   * The shape of a query to an endpoint.
   *
   * @param key - the endpoint's key
   * @param now - on the monotonic clock
   */
  of(key: string, now: number): Shape {
    const known = this.#known.get(key);
    return known === undefined || known.until <= now ? 'padded' : known.shape;
  }

  /**
   * Remembers what has worked.
   *
   * @param key - the endpoint's key
   * @param shape - the shape that got another answer than FORMERR
   * @param now - on the monotonic clock
   */
  learn(key: string, shape: Shape, now: number): void {
    if (shape === 'padded') this.#known.delete(key);
    else this.#known.set(key, { shape, until: now + REMEMBERED_MS });
  }
}
