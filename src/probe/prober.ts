import type { Authentication } from '../contact/authentication.js';
import type { Endpoint, Evidence, HostPart, Times } from '../state/model.js';
import type { WarmSession } from '../transport/exchange.js';
import type { TlsFacts } from '../transport/tls/tls-facts.js';
import type { AnswerWord } from '../wire/worth.js';

export type { TlsFacts } from '../transport/tls/tls-facts.js';
export type { AnswerWord } from '../wire/worth.js';

/** What a prober is asked to look at. */
export interface ProbeTarget {
  /** Where encrypted DNS may be spoken. */
  readonly endpoint: Endpoint;
  /** The same server's Do53, for the comparison and the control query; absent where no clear text may be sent. */
  readonly clear?: Endpoint | undefined;
  /**
   * The zone whose apex is asked for, as a domain name in presentation format with a final dot; `.` when the host
   * named none. Never a user's name.
   */
  readonly zone: string;
  /**
   * Whether any failure counts in full only if the server answers over Do53 meanwhile, as silence does: it was Good, and may be
   * away altogether; default false.
   */
  readonly needsControl?: boolean | undefined;
  /**
   * How the server has to prove who it is before the probe's query is sent; absent: not at all. Only given to a prober that
   * {@link Prober.authenticates}.
   */
  readonly authentication?: Authentication | undefined;
}

/** How a probe is to run. */
export interface ProbeOptions {
  /** Aborts when the selector has given the probe up; the prober then closes what it opened. */
  readonly signal: AbortSignal;
  /** The time for connect, handshake and answer together, in milliseconds; at most 1,000 more for a comparison. */
  readonly timeoutMs: number;
  /**
   * Whether the process must not end before the probe does; default true, as for any call that is awaited. A scheduler
   * whose probes nobody awaits says false.
   */
  readonly keepAlive?: boolean | undefined;
}

/** What a probe has found. */
export interface ProbeResult {
  /** What it showed about the endpoint. */
  readonly evidence: Evidence;
  /** What the system or the peer said of a failure, for people; at most 200 characters. */
  readonly detail?: string | undefined;
  /** Which part of the host's own broke, where one did: the prober, its `connect`, its guard, or the exchange for its Do53. */
  readonly part?: HostPart | undefined;
  /** What that part threw, as it was. */
  readonly cause?: unknown;
  /** The response code over DoT, where an answer came. */
  readonly rcode?: number | undefined;
  /** How long each phase took. */
  readonly times: Times;
  /** What the handshake showed, where there was one. */
  readonly tls?: TlsFacts | undefined;
  /** What the answer over DoT was, in a word: `answer` is the zone's SOA with AA, which alone needs no comparison. */
  readonly answer?: AnswerWord | undefined;
  /** The comparison with Do53, where there was one: the rcode over Do53, or `undefined` for no answer; and the same word. */
  readonly comparison?: { readonly rcode: number | undefined; readonly answer?: AnswerWord | undefined } | undefined;
  /** The session, still open, for the next query. The one who gets the result owns it. */
  readonly session?: WarmSession | undefined;
}

/**
 * A way to find out whether an endpoint speaks encrypted DNS. `DotProber` is ours; a host may bring its own.
 *
 * A prober that throws, rejects, never settles or settles late harms nothing: its probe ends inconclusive, at the state's own
 * deadline at the latest, and a session that comes after it is closed. What it throws is told by the event `hostError`.
 */
export interface Prober {
  /**
   * Looks at one endpoint.
   *
   * @param target - what to look at
   * @param options - signal and time
   */
  probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult>;
  /** Whether it heeds {@link ProbeTarget.authentication}; where that is demanded, no other prober is used. */
  readonly authenticates?: boolean | undefined;
}
