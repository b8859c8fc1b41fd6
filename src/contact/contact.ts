import { InvalidInputError } from '../state/invalid-input.js';
import { type Names, requireNames, requireWord } from '../state/known-names.js';
import { canonicalZone } from '../wire/names.js';
import { checkNameserver, type ResolvedServer, type ServerRef } from './server.js';

/**
 * What the caller wants of the transport, beside what the operator's rules demand; the stricter of the two holds.
 *
 * - `none`: nothing; the policy decides, as where nothing is said.
 * - `prefer`: encryption rather than speed: Do53 is asked only when DoT has failed, never because it is slow.
 * - `require`: encrypted or not at all, as under a rule `require`.
 */
export type Demand = 'none' | 'prefer' | 'require';

/** The demands, from the least to the most. */
export const DEMANDS: readonly Demand[] = ['none', 'prefer', 'require'];

/** What a contact is about, beyond the server. */
export interface DecisionContext<S = ServerRef> {
  /** The zone that is asked about, in presentation format; overrides the server reference's own. */
  readonly zone?: string | undefined;
  /** The name server name that led to the server, in presentation format. */
  readonly nameserver?: string | undefined;
  /** What the host knows of a server's round trip, in milliseconds; `undefined` for unknown. Used by `rank`. */
  readonly rtt?: ((server: S) => number | undefined) | undefined;
  /** What is wanted of the transport; default `none`. */
  readonly demand?: Demand | undefined;
}

/** What a contact is about, checked and in canonical form. */
export interface ContactFacts {
  /** The zone, lower case with a final dot. */
  readonly zone: string | undefined;
  /** The name server name. */
  readonly nameserver: string | undefined;
  /** What is wanted of the transport. */
  readonly demand: Demand;
}

const NAMES: Names<DecisionContext> = { zone: true, nameserver: true, rtt: true, demand: true };

/** The facts of a contact of which nothing was said. */
export const NO_FACTS: ContactFacts = { zone: undefined, nameserver: undefined, demand: 'none' };

/**
 * What a context says of a contact.
 *
 * @param context - as a host gave it
 * @throws `InvalidInputError` `INVALID_ZONE` or `INVALID_OPTION`
 */
export function factsOf<S>(context: DecisionContext<S> | undefined): ContactFacts {
  if (context === undefined) return NO_FACTS;
  requireNames('INVALID_OPTION', context, NAMES, 'context: ');
  const { zone, nameserver, rtt, demand = 'none' } = context;
  if (rtt !== undefined && typeof rtt !== 'function') throw new InvalidInputError('INVALID_OPTION', rtt, 'a function');
  checkNameserver('INVALID_OPTION', nameserver);
  requireWord('INVALID_OPTION', demand, DEMANDS, 'demand: ');
  if (zone === undefined && nameserver === undefined && demand === 'none') return NO_FACTS;
  return { zone: zone === undefined ? undefined : canonicalZone(zone), nameserver, demand };
}

/**
 * A server with a contact's own zone and name server name in the place of the reference's.
 *
 * @param server - the server
 * @param facts - what the contact is about
 */
export function withFacts(server: ResolvedServer, { zone, nameserver }: ContactFacts): ResolvedServer {
  if (zone === undefined && nameserver === undefined) return server;
  return { ...server, zone: zone ?? server.zone, nameserver: nameserver ?? server.nameserver };
}
