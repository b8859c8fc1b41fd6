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
  /** What whoever asks wants. */
  readonly demand: Demand;
  /** On the monotonic clock. */
  readonly now: number;
  /** Whether this counts as a contact; else somebody only wants to know, and nothing is to be looked up for that. */
  readonly counts: boolean;
}

/** What became of an attempt at an endpoint that a claim had named. */
export interface SourceOutcome {
  /** The claim. */
  readonly claim: Claim;
  /** How it failed; `undefined` where it has answered. */
  readonly failure: Failure | undefined;
}

/** What a source may ask of its selector. */
export interface SourceHost {
  /** Where to read time and set timers. */
  readonly clock: Clock;
  /** Where we never connect of our own accord. */
  readonly guard: Guard;
  /** Asks in clear text. */
  readonly do53: Exchange;
  /** Looks at an endpoint. */
  readonly prober: Prober;
  /** Random numbers in [0,1), never for ids or ports. */
  readonly random: () => number;
}

/**
 * A way to learn of endpoints other than probing whatever is met: configuration, SVCB, DDR. It answers at once from what it
 * knows, and finds out more behind the queries' back. What it throws harms nothing and is counted.
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
  /** What it is called, for people; each source of a selector has another. */
  readonly name: string;
  /** The addresses that the operator names in it, which the guard admits. Read once. */
  readonly addresses?: readonly string[] | undefined;
  /**
   * What it says of a contact: synchronously, from what it knows.
   *
   * @param contact - which
   */
  claims(contact: SourceContact): readonly Claim[];
  /** Begins; called once. */
  open?(host: SourceHost): void;
  /** A query to an endpoint that it had named was answered there, or was not. */
  observe?(outcome: SourceOutcome): void;
  /** The host is on another network: what was learned on the old one holds no more. */
  networkChanged?(id: string | undefined): void;
  /** All that it says now, for people. */
  inspect?(): readonly Claim[];
  /** Ends whatever it does. */
  close?(): void | Promise<void>;
}

/** What a look-up has found. */
export interface LookupAnswer {
  /** The data of each record as it is on the wire, names in it uncompressed; empty where there is none (NODATA, NXDOMAIN). */
  readonly records: readonly Uint8Array[];
  /** How long that holds, in seconds. */
  readonly ttl: number;
  /** Whether it was validated by DNSSEC, and found secure. */
  readonly secure: boolean;
}

/**
 * Looks up records with the host's own resolver, aliases (CNAME) followed, in class IN. It rejects where there is no answer
 * to be had: SERVFAIL, bogus data, a timeout.
 *
 * It is called behind the queries' back, for the servers' own names: what the resolver asks for that is a contact like any
 * other, which waits for nothing here, so that it cannot bite its own tail.
 */
export type Lookup = (
  name: string,
  type: 'SVCB' | 'A' | 'AAAA',
  options: { readonly signal: AbortSignal },
) => Promise<LookupAnswer>;

const MAX_PORTS = 64;

/**
 * The ports that what others say may lead us to (RFC 9461 section 7.1).
 *
 * @param ports - as an operator gave them
 * @throws `InvalidInputError` `INVALID_SOURCE`
 */
export function checkPorts(ports: readonly number[]): readonly number[] {
  const isPort = (port: unknown) => Number.isInteger(port) && Number(port) >= 1 && Number(port) <= 65_535;
  // Where clear text is spoken no DoT is.
  const isSound =
    Array.isArray(ports) && ports.length <= MAX_PORTS && ports.every((port) => isPort(port) && port !== 53);
  if (isSound) return [...ports];
  throw invalid(ports, `ports: at most ${MAX_PORTS}, from 1 to 65535, not 53`);
}

/** What an operator has given a source, or a selector for one, and it cannot use. */
export function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_SOURCE', value, expected);
}
