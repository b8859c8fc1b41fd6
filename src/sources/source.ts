import type { Clock } from '../clock.js';
import type { Demand } from '../contact-facts.js';
import type { Guard } from '../guard.js';
import type { Prober } from '../probe/prober.js';
import type { Failure, Transport } from '../state/model.js';
import type { Authentication } from '../transport/authentication.js';
import type { Exchange } from '../transport/exchange.js';

/**
 * Whose word a claim is, from the weakest to the strongest.
 *
 * - `signalled-unsigned`: somebody says so, and whoever sits between could have said it. The endpoint is probed at once.
 * - `signalled-dnssec`: the same, validated by DNSSEC. It is probed as well: who owns a name need not own the address.
 * - `probed`: the source has seen it with its own eyes. It is used at once.
 * - `operator`: configured. It is used at once.
 */
export type ClaimEvidence = 'signalled-unsigned' | 'signalled-dnssec' | 'probed' | 'operator';

/** The kinds of evidence, from the weakest to the strongest. */
export const CLAIM_EVIDENCE: readonly ClaimEvidence[] = [
  'signalled-unsigned',
  'signalled-dnssec',
  'probed',
  'operator',
];

/** Which contacts a claim is about; the selector looks at it again, whatever a source thinks it was asked. */
export type ClaimScope =
  | { readonly type: 'address'; readonly address: string }
  /** Servers to which this very name server name led. */
  | { readonly type: 'nameserver'; readonly name: string }
  /** What is asked about this zone, or below it. */
  | { readonly type: 'zone'; readonly zone: string }
  | { readonly type: 'global' };

/** Where a server can be asked. */
export interface ClaimedEndpoint {
  /** What is spoken there. What the selector does not speak is passed over. */
  readonly transport: Transport;
  /** Its IP address; absent: the server's own. */
  readonly address?: string | undefined;
  /**
   * Its port, 1 to 65,535, not 53; absent: the transport's own, 853 for DoT, and nothing at the server's own address where its
   * Do53 port is not 53: there may be another server.
   */
  readonly port?: number | undefined;
  /** How it has to prove who it is before it is asked; absent: not at all. */
  readonly authentication?: Authentication | undefined;
}

/** What a source says of a server. A source gives the same object for as long as it says the same. */
export interface Claim {
  /** Whose it is: the source's name. */
  readonly source: string;
  /** Which contacts it is about. */
  readonly scope: ClaimScope;
  /** Whose word it is. */
  readonly evidence: ClaimEvidence;
  /**
   * Where the server can be asked in encryption, best first; at most 16 are looked at. Empty: it is known that it cannot,
   * which only DNSSEC and the operator may say: else whoever sits between could switch encryption off.
   */
  readonly endpoints: readonly ClaimedEndpoint[];
  /** Whether Do53 may follow a failure. Of several claims about one contact the strictest holds. */
  readonly onFailure: 'open' | 'closed';
  /** Until when it holds, on the monotonic clock. */
  readonly validUntil: number;
  /** For how many of a hundred contacts it holds, drawn each time it is looked at; default 100. */
  readonly share?: number | undefined;
}

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
