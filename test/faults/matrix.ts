import type { Clock } from '../../src/common/clock.js';
import type { ClearFault, Fault, FaultSettings } from '../../src/testing/index.js';
import type { Connect } from '../../src/transport/tls/tls.js';
import type { Act } from './staged-server.js';

/** Where a fault shows, in the order of the page. */
export const GROUPS = ['connect', 'handshake', 'answer', 'our own trouble'] as const;

/** Where a fault shows. */
export type Group = (typeof GROUPS)[number];

/** What the selector's public face says. */
export type Verdict = 'Unknown' | 'Busy' | 'Good' | 'Bad';

/** What a probe made of it. */
export interface ProbeOutcome {
  /** Phase and kind, or what answered: `connect refused`, `answer NOERROR`, `inconclusive: local`. */
  readonly shown: string;
  readonly verdict: Verdict;
  /** How long a Bad endpoint is left alone. */
  readonly rest?: string | undefined;
}

/** How fast a query was answered; see the page's legend. */
export type Speed = 'at once' | 'after the hedge delay' | 'late' | 'never';

/** What became of a live query to an endpoint that was Good. */
export interface LiveOutcome {
  /** Phase and kind that the attempt over DoT ended with, or what answered; `nothing` where DoT was not asked. */
  readonly shown: string;
  readonly by: 'DoT' | 'Do53' | 'nobody';
  readonly speed: Speed;
  /** The verdict when the attempt over DoT has ended. */
  readonly after: Verdict;
  /** The verdict when the probes that this asks for have ended. */
  readonly later: Verdict;
}

/** A fault of our own side. */
export interface OwnTrouble {
  /** Gives the sockets, once the trouble has begun. */
  readonly connect?: Connect;
  /** The guard admits the server no more. */
  readonly forbidden?: true;
  /** Our event loop stands still for so long, in milliseconds, when the query or probe is out. */
  readonly stallMs?: number;
}

/** How a fault is brought about. */
export type Make =
  /** By a fault server; `before` is what it is until then, `clear` what its Do53 is. */
  | {
      readonly kind: 'fault';
      readonly fault: Fault;
      readonly settings?: FaultSettings;
      readonly clear?: ClearFault;
      readonly before?: Fault;
    }
  /** By a server whose every octet is staged here; its time is the run's own. */
  | { readonly kind: 'act'; readonly act: (clock: Clock) => Act; readonly clear?: ClearFault }
  /** By ourselves; `server` is what the server is. */
  | { readonly kind: 'own'; readonly trouble: OwnTrouble; readonly server?: Fault }
  /** By a packet filter in a network namespace: what nftables does with segments to the DoT port. */
  | { readonly kind: 'firewall'; readonly ip4: string; readonly ip6: string };

/** One fault and what must come of it. */
export interface Row {
  /** What a server or path does. */
  readonly does: string;
  /** The scenario that it belongs to. */
  readonly id?: string;
  readonly make: Make;
  /** What a probe of an endpoint makes of it of which nothing is known. */
  readonly probe?: ProbeOutcome;
  /** What becomes of a query to a Good endpoint where no session is open. */
  readonly none?: LiveOutcome;
  /** The same, with the session open when the fault begins; absent where the fault cannot occur then. */
  readonly open?: LiveOutcome;
  /** How many queries are asked at once; default 1. */
  readonly asks?: number;
  /** How many moments of real time without a sign from the server mean that nothing more will come; default 25. */
  readonly calm?: number;
}

/** How a row is run. */
export const MODES = ['probe', 'none', 'open'] as const;

/** How a row is run. */
export type Mode = (typeof MODES)[number];

// --- What may come of it ----------------------------------------------------------------------------------------------

/** A probe that ends Bad: for an hour where the server may only be at its limit of connections (P19), else for a day. */
export function bad(
  shown: string,
  rest: string = /^handshake (silent|closed)$/.test(shown) ? '1 h' : '1 d',
): ProbeOutcome {
  return { shown, verdict: 'Bad', rest };
}

/** A probe that ends Good. */
export function good(shown = 'answer NOERROR'): ProbeOutcome {
  return { shown, verdict: 'Good' };
}

/** A probe from which nothing follows. */
export function unknown(shown: string): ProbeOutcome {
  return { shown, verdict: 'Unknown' };
}

/** Answered over DoT; nothing follows from it. */
export function overDot(shown = 'answer NOERROR', speed: Speed = 'at once'): LiveOutcome {
  return { shown, by: 'DoT', speed, after: 'Good', later: 'Good' };
}

/** DoT fails, and Do53 answers at once. */
export function fallsBack(shown: string, later: Verdict = 'Bad'): LiveOutcome {
  return { shown, by: 'Do53', speed: 'at once', after: 'Good', later };
}

/** DoT is slow or silent, and Do53 answers beside it. */
export function hedged(shown: string, later: Verdict = 'Bad'): LiveOutcome {
  return { shown, by: 'Do53', speed: 'after the hedge delay', after: 'Good', later };
}

/** A fault that keeps DoT from answering at once, wherever it occurs. */
export function fails(shown: string, rest?: string): Required<Pick<Row, 'probe' | 'none' | 'open'>> {
  return { probe: bad(shown, rest), none: fallsBack(shown), open: fallsBack(shown) };
}

/** The same by silence. */
export function silences(shown: string, whenOpen: string = shown): Required<Pick<Row, 'probe' | 'none' | 'open'>> {
  return { probe: bad(shown), none: hedged(shown), open: hedged(whenOpen) };
}

/** A peculiarity that does no harm. */
export function harmless(shown?: string): Required<Pick<Row, 'probe' | 'none' | 'open'>> {
  return { probe: good(shown), none: overDot(shown), open: overDot(shown) };
}

/** What only a new session meets. */
export function onNewSessions({ probe, none }: Pick<Row, 'probe' | 'none'>): Pick<Row, 'probe' | 'none'> {
  return { ...(probe === undefined ? {} : { probe }), ...(none === undefined ? {} : { none }) };
}

/** A zone that is served worse over DoT; the transport itself is proven. */
export function lame(rcode: string): Required<Pick<Row, 'probe' | 'none' | 'open'>> {
  const live = fallsBack(`answer ${rcode}`, 'Good');
  return { probe: unknown('answer lame'), none: live, open: live };
}

/** By a fault server. */
export function fault(name: Fault, more: Omit<Extract<Make, { kind: 'fault' }>, 'kind' | 'fault'> = {}): Make {
  return { kind: 'fault', fault: name, ...more };
}

/** By a staged server. */
export function act(make: (clock: Clock) => Act, clear?: ClearFault): Make {
  return clear === undefined ? { kind: 'act', act: make } : { kind: 'act', act: make, clear };
}
