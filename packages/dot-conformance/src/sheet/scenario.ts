import type { ClearFault, Fault, FaultSettings } from 'dotscout/testing';
import type { FigureName } from './figures.js';
import type { Kind } from './observation.js';

/**
 * How the answers of a server over DoT are shaped.
 *
 * - `sound`: they are right.
 * - `nxdomain`, `empty`: NXDOMAIN, or NOERROR with nothing in it.
 * - `upward-referral`: the root's servers, without AA.
 * - `truncated`: TC and no records.
 * - `refused`: REFUSED.
 * - `joined`: they are right, and those of 200 ms come in one TLS record.
 */
export type Shape = 'sound' | 'nxdomain' | 'empty' | 'upward-referral' | 'truncated' | 'refused' | 'joined';

/**
 * Addresses of special purpose that a server can have, though none on the Internet has one: link-local (where clouds keep their secrets),
 * private, behind a carrier's NAT, for benchmarks. Those of hosts to themselves cannot be seen from outside.
 */
export const SPECIAL_ADDRESSES = ['169.254.169.254', '192.168.7.7', '100.64.0.9', '198.18.0.9'] as const;

/** One of them. */
export type SpecialAddress = (typeof SPECIAL_ADDRESSES)[number];

/**
 * A server of a scenario. It serves the scenario's zone and another one, and refuses queries for a stranger's zone that is delegated
 * to it.
 */
export interface ServerSpec {
  /** Its address, one of {@link SPECIAL_ADDRESSES}; by default one that nobody has had. */
  readonly address?: SpecialAddress | undefined;
  /** Over DoT, a fault of `dotscout/testing`; default `good`. */
  readonly dot?: Fault | undefined;
  /** Over DoT, instead of a fault: how its answers are shaped. */
  readonly shape?: Shape | undefined;
  /** Over Do53; default `good`. */
  readonly clear?: ClearFault | undefined;
  /** Numbers that shape the fault. */
  readonly settings?: FaultSettings | undefined;
  /** Faults that connections take in turns, as the backends behind one address do. */
  readonly turns?: readonly Fault[] | undefined;
}

/** What can be changed of a server that has been started. */
export type ServerChange = Omit<ServerSpec, 'turns' | 'address'>;

/** A zone that is delegated to the servers: their own, another of theirs, and one that they refuse. */
export type ZoneName = 'own' | 'other' | 'stranger';

/** Queries of clients. The phase lasts until all of them are answered or given up. */
export interface Ask {
  readonly do: 'ask';
  /** The name of the phase, to which expectations refer. */
  readonly phase: string;
  readonly count: number;
  /** The time from one query to the next in milliseconds; 0: all at once. */
  readonly everyMs: number;
  /** Default `address`. */
  readonly kind?: Kind | undefined;
  /** Whose zone; default the scenario's own. */
  readonly zone?: ZoneName | undefined;
  /** Whether the next steps are taken at once, while the queries go on; a step `join` waits for them. */
  readonly beside?: boolean | undefined;
}

/**
 * What the packet filter does to segments for port 853, or to datagrams for port 53: `lose-53` drops a third of them at random,
 * `forget-853` drops the segments of flows that it has seen none of for 1.5 s, as middleboxes do that forget idle flows.
 */
export type Filter = 'drop-853' | 'reset-853' | 'lose-53' | 'forget-853';

/** How often the step `learn` asks at most, and the time from an answer to the next query in milliseconds. */
export const LEARN = { queries: 14, everyMs: 250 } as const;

/** One step of a procedure. */
export type Step =
  | Ask
  /** Waits for the queries of `ask` with `beside`. */
  | { readonly do: 'join' }
  /** Asks until the two latest queries went over DoT and nothing else; a scenario that does not get there fails. */
  | { readonly do: 'learn' }
  /** Changes what a server does. */
  | ({ readonly do: 'set'; readonly server?: string | undefined } & ServerChange)
  | { readonly do: 'filter'; readonly filter: Filter; readonly on: boolean; readonly server?: string | undefined }
  /** The server closes its sessions cleanly, or resets them. */
  | { readonly do: 'close-sessions'; readonly by?: 'FIN' | 'RST' | undefined; readonly server?: string | undefined }
  | { readonly do: 'wait'; readonly ms: number }
  /** Ends the resolver, and starts it again on the same files; or, spoiled, on files of which each has become noise. */
  | { readonly do: 'restart'; readonly by: 'SIGKILL' | 'SIGTERM'; readonly spoiled?: boolean | undefined };

/** A bound on a figure of a phase. */
export interface Expectation {
  readonly phase: string;
  readonly figure: FigureName;
  /** Of one server; default of all. */
  readonly server?: string | undefined;
  readonly least?: number | undefined;
  readonly most?: number | undefined;
}

/** One scenario: what must happen, how it is brought about, and what is measured. Data alone. */
export interface Scenario {
  /** Its id in this sheet: the rule's, and a word where a rule has several. */
  readonly id: string;
  /** What must happen. */
  readonly text: string;
  /** Where that is written, or follows from. */
  readonly source: string;
  /** Whether the quick part has it. */
  readonly quick?: boolean | undefined;
  /** By name; default one good server, `a`. All serve the scenario's zone. */
  readonly servers?: Readonly<Record<string, ServerSpec>> | undefined;
  readonly steps: readonly Step[];
  readonly expect: readonly Expectation[];
  /** Why it says nothing of a resolver that forwards, to servers that it is given and that designate DoT (RFC 9462). */
  readonly notForForwarders?: string | undefined;
  /** How often it is tried where chance has a say: most of the tries decide. Default 1. */
  readonly tries?: number | undefined;
}

/** The one server of a scenario that names none. */
export const ONE_SERVER: Readonly<Record<string, ServerSpec>> = { a: {} };
