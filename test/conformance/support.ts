import {
  ADDRESS,
  type AskedQuery,
  type Observation,
  type SeenConnection,
  type SeenQuery,
} from '../../packages/dot-conformance/src/sheet/observation.js';

/** A client's query that got an address. */
export function asked(name: string, change: Partial<AskedQuery> = {}): AskedQuery {
  return { name, kind: 'address', at: 0, ms: 20, rcode: 0, records: 1, address: ADDRESS, ...change };
}

/** A query at a server, padded as it should be. */
export function seen(name: string, change: Partial<SeenQuery> = {}): SeenQuery {
  return {
    ...{ at: 5, server: 'a', transport: 'dot', name, type: 1, octets: 128, isPadded: true, recursionDesired: false },
    ...change,
  };
}

/** A connection with a full handshake. */
export function connection(change: Partial<SeenConnection> = {}): SeenConnection {
  return {
    ...{ at: 4, server: 'a', isSecure: true, isResumed: false, hello: { serverName: undefined, alpn: ['dot'] } },
    ...change,
  };
}

/** What was seen in one phase, `then`, from 0 to 100 ms. */
export function observed(
  clients: readonly AskedQuery[],
  queries: readonly SeenQuery[] = [],
  connections: readonly SeenConnection[] = [],
): Observation {
  return { phases: [{ name: 'then', from: 0, to: 100, asked: clients, control: [] }], queries, connections };
}
