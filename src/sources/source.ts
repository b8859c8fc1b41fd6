import type { Clock } from '../common/clock.js';
import type { Claim } from '../contact/claim.js';
import type { Demand } from '../contact/contact.js';
import type { Guard } from '../contact/guard.js';
import type { Prober } from '../probe/prober.js';
import { InvalidInputError } from '../state/invalid-input.js';
import type { Failure } from '../state/model.js';
import type { Exchange } from '../transport/exchange.js';

/** A contact as a source sees it. */
export interface SourceContact {
  /** The canonical IP address, perhaps with a scope id. */
  readonly address: string;
  /** Its family. */
  readonly family: 4 | 6;
  /** The Do53 port. */
  readonly port: number;
  /** Our own address, where the host names one. */
  readonly localAddress: string | undefined;
  /** The zone, or the name that is asked for where the host names none; lower case with a final dot. */
  readonly zone: string | undefined;
  /** The name server name that led there, lower case with a final dot. */
  readonly nameserver: string | undefined;
  /** What the caller demands. */
  readonly demand: Demand;
  /** On the monotonic clock. */
  readonly now: number;
  /** Whether this counts as a contact; else a caller only wants to know, and nothing is to be looked up. */
  readonly counts: boolean;
}

/** How an attempt at an endpoint ended that a claim had named. */
export interface SourceOutcome {
  /** The claim. */
  readonly claim: Claim;
  /** How it failed; `undefined` where it has answered. */
  readonly failure: Failure | undefined;
}

/** What a source may use of its selector. */
export interface SourceHost {
  /** Where to read time and set timers. */
  readonly clock: Clock;
  /** Says where we never connect of our own accord. */
  readonly guard: Guard;
  /** Asks in clear text. */
  readonly do53: Exchange;
  /** Looks at an endpoint. */
  readonly prober: Prober;
  /** Random numbers in [0,1), never for ids or ports. */
  readonly random: () => number;
}

/**
 * A way to learn of endpoints other than by probing: configuration, SVCB, DDR. It answers at once from what it knows, and
 * finds out more in the background. What it throws does no harm and is counted.
 *
 * @example
 * ```ts
 * const source: Source = {
 *   name: 'lab',
 *   claims: ({ address, now }) =>
 *     address === '192.0.2.53'
 *       ? [{ source: 'lab', scope: { type: 'address', address }, evidence: 'operator', onFailure: 'open',
 *            endpoints: [{ transport: 'dot', port: 8853 }], validUntil: now + 3_600_000 }]
 *       : [],
 * };
 * ```
 */
export interface Source {
  /** Its name, for people; each source of a selector has another. */
  readonly name: string;
  /** The addresses that the operator names in it, which the guard admits. Read once. */
  readonly addresses?: readonly string[] | undefined;
  /**
   * Its claims about a contact: synchronously, from what it knows.
   *
   * @param contact - the contact
   */
  claims(contact: SourceContact): readonly Claim[];
  /** Begins; called once. */
  open?(host: SourceHost): void;
  /** Is told whether a query to an endpoint that it had named was answered. */
  observe?(outcome: SourceOutcome): void;
  /** The host is on another network: claims that were learned on the old one end. */
  networkChanged?(id: string | undefined): void;
  /** All its claims now, for people. */
  inspect?(): readonly Claim[];
  /** Ends it. */
  close?(): void | Promise<void>;
}

/** The answer of a look-up. */
export interface LookupAnswer {
  /** The data of each record as on the wire, names in it uncompressed; empty where there is none (NODATA, NXDOMAIN). */
  readonly records: readonly Uint8Array[];
  /** How long that holds, in seconds. */
  readonly ttl: number;
  /** Whether DNSSEC validation found it secure. */
  readonly secure: boolean;
}

/**
 * Looks up records with the host's own resolver, aliases (CNAME) followed, in class IN. It rejects where it gets no answer:
 * SERVFAIL, bogus data, a timeout.
 *
 * It is called in the background, for the servers' own names. The queries that the resolver sends for it are contacts like
 * any other, and wait for nothing here, so that no look-up waits for itself.
 */
export type Lookup = (
  name: string,
  type: 'SVCB' | 'A' | 'AAAA',
  options: { readonly signal: AbortSignal },
) => Promise<LookupAnswer>;

const MAX_PORTS = 64;

/**
 * The ports to which claims of others may lead us (RFC 9461 section 7.1).
 *
 * @param ports - as an operator gave them
 * @throws `InvalidInputError` `INVALID_SOURCE`
 */
export function checkPorts(ports: readonly number[]): readonly number[] {
  const isPort = (port: unknown) => Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535;
  // Port 53 speaks clear text, never DoT.
  const isSound =
    Array.isArray(ports) && ports.length <= MAX_PORTS && ports.every((port) => isPort(port) && port !== 53);
  if (isSound) return [...ports];
  throw invalid(ports, `ports: at most ${MAX_PORTS}, from 1 to 65535, not 53`);
}

/** The error for a value of an operator's that a source cannot use. */
export function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_SOURCE', value, expected);
}
