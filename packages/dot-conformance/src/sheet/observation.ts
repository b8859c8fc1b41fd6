/** What a client asks for: its name's first label begins so that servers give this kind of answer. */
export type Kind = 'address' | 'nxdomain' | 'nodata' | 'alias';

/** The address that every name has; forged answers say another. */
export const ADDRESS = '192.0.2.1';

/** How long a client waits for an answer, as stub resolvers do, in milliseconds. */
export const PATIENCE_MS = 5_000;

/** A client's query and what became of it. */
export interface AskedQuery {
  /** Lower case, with a final dot. */
  readonly name: string;
  readonly kind: Kind;
  /** When, by `performance.now()`. */
  readonly at: number;
  /** How long its answer took, in milliseconds; the client's patience where none came. */
  readonly ms: number;
  /** The answer's response code; -1 for none. */
  readonly rcode: number;
  /** How many records its answer section has. */
  readonly records: number;
  /** The first address among them. */
  readonly address: string | undefined;
}

/** What became of a query that a resolver without DoT was asked at the same moment. */
export interface ControlQuery {
  /** When, by `performance.now()`. */
  readonly at: number;
  /** How long its answer took, in milliseconds. */
  readonly ms: number;
}

/** Queries of one `ask`, or those of `learn`. */
export interface Phase {
  readonly name: string;
  /** From when to when what reached the servers is counted to it, by `performance.now()`. */
  readonly from: number;
  readonly to: number;
  readonly asked: readonly AskedQuery[];
  /** One a query of a client: what the machine does to queries meanwhile. */
  readonly control: readonly ControlQuery[];
}

/** A query at a server. */
export interface SeenQuery {
  readonly at: number;
  /** The server's name in the scenario. */
  readonly server: string;
  readonly transport: 'dot' | 'udp' | 'tcp';
  /** Lower case, with a final dot. */
  readonly name: string;
  readonly type: number;
  readonly octets: number;
  readonly isPadded: boolean;
  readonly recursionDesired: boolean;
}

/** A connection to a server's port 853. */
export interface SeenConnection {
  readonly at: number;
  readonly server: string;
  /** Whether TLS was agreed on. */
  readonly isSecure: boolean;
  readonly isResumed: boolean;
  /** What its ClientHello says; `undefined` where none came. */
  readonly hello: { readonly serverName: string | undefined; readonly alpn: readonly string[] } | undefined;
}

/** Everything that was seen of one try. */
export interface Observation {
  readonly phases: readonly Phase[];
  readonly queries: readonly SeenQuery[];
  readonly connections: readonly SeenConnection[];
}
