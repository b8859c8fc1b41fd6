import type { Transport } from '../state/model.js';
import type { Authentication } from './authentication.js';

/**
 * Whose word a claim is, from the weakest to the strongest.
 *
 * - `signalled-unsigned`: somebody says so, and anybody on the path could have said it. The endpoint is probed at once.
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
   * which only DNSSEC and the operator may say: else anybody on the path could switch encryption off.
   */
  readonly endpoints: readonly ClaimedEndpoint[];
  /** Whether Do53 may follow a failure. Of several claims about one contact the strictest holds. */
  readonly onFailure: 'open' | 'closed';
  /** Until when it holds, on the monotonic clock. */
  readonly validUntil: number;
  /** For how many of a hundred contacts it holds, drawn each time it is looked at; default 100. */
  readonly share?: number | undefined;
}
