import { RECURSION_DESIRED } from 'dns-packet';
import {
  type DotConnection,
  type Fault,
  type FaultServer,
  type FaultSettings,
  parseClientHello,
  parseQuery,
  type ReceivedQuery,
  startFaultServer,
} from 'dotscout/testing';
import type { SeenConnection, SeenQuery } from '../sheet/observation.js';
import type { ServerChange, ServerSpec, Shape } from '../sheet/scenario.js';
import { ShapedDot } from './shaped-dot.js';

const PADDING = 12;

/** How a leaf is started. */
export interface LeafOptions {
  /** Its name in the scenario. */
  readonly name: string;
  readonly address: string;
  /** The zone that it refuses. */
  readonly stranger: string;
  /** The round trip to it in milliseconds. */
  readonly rttMs: number;
  readonly spec: ServerSpec;
}

/**
 * A server at the bottom of the hierarchy, of the fault servers' kind, or with a DoT port that shapes its answers; and what
 * reached it.
 */
export class Leaf implements AsyncDisposable {
  readonly address: string;
  readonly #name: string;
  readonly #server: FaultServer;
  readonly #shaped: ShapedDot | undefined;
  #fault: Fault;

  private constructor({ name, address, spec }: LeafOptions, server: FaultServer, shaped: ShapedDot | undefined) {
    this.#name = name;
    this.address = address;
    this.#server = server;
    this.#shaped = shaped;
    this.#fault = faultOf(spec);
  }

  /** Starts one on ports 53 and 853 of its address. */
  static async start(options: LeafOptions): Promise<Leaf> {
    const { address, stranger, rttMs, spec } = options;
    const server = await startFaultServer({
      ...{ address, port: 53, dotPort: 853, rttMs, clearDelayMs: rttMs, fault: faultOf(spec), clear: spec.clear },
      ...spec.settings,
      turns: spec.turns,
      // Forwarders learn of DoT by that alone; nobody else asks for it.
      designated: true,
      zones: { [stranger]: { dot: 'REFUSED', clear: 'REFUSED' } },
    });
    if (spec.shape === undefined) return new Leaf(options, server, undefined);
    try {
      return new Leaf(options, server, await ShapedDot.start({ address, stranger, rttMs, shape: spec.shape }));
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  /** Changes what it does. A leaf that shapes has no faults over DoT, and the other way round. */
  async set(change: ServerChange): Promise<void> {
    if (change.dot !== undefined) await this.#setFault(change.dot, change.settings);
    if (change.shape !== undefined) this.#setShape(change.shape);
    if (change.clear !== undefined) await this.#server.setClear(change.clear);
  }

  /** Ends its sessions cleanly, or by a reset. */
  async closeSessions(by: 'FIN' | 'RST'): Promise<void> {
    if (this.#shaped !== undefined) {
      this.#shaped.closeSessions(by);
      return;
    }
    const before = this.#fault;
    await this.#setFault(by === 'FIN' ? 'tls-close' : 'tls-reset');
    await this.#setFault(before);
  }

  /** The queries that have reached it, in the order of their time. */
  queries(): SeenQuery[] {
    return [...this.#server.queries, ...(this.#shaped?.journal.queries ?? [])].map((query) =>
      seenQuery(this.#name, query),
    );
  }

  /** The connections that have reached its port 853, likewise. */
  connections(): SeenConnection[] {
    const all = [...this.#server.connections, ...(this.#shaped?.journal.connections ?? [])];
    return all.map((connection) => seenConnection(this.#name, connection));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#server.close(), this.#shaped?.[Symbol.asyncDispose]()]);
  }

  async #setFault(fault: Fault, settings?: FaultSettings): Promise<void> {
    if (this.#shaped !== undefined)
      throw new Error(`server ${this.#name} shapes its answers: it has no fault ${fault}`);
    this.#fault = fault;
    await this.#server.setFault(fault, settings);
  }

  #setShape(shape: Shape): void {
    if (this.#shaped === undefined) throw new Error(`server ${this.#name} was not started with a shape`);
    this.#shaped.shape = shape;
  }
}

/** Where answers are shaped, the fault server leaves port 853 to others. */
function faultOf({ dot = 'good', shape }: ServerSpec): Fault {
  return shape === undefined ? dot : 'closed';
}

function seenQuery(server: string, { at, transport, message }: ReceivedQuery): SeenQuery {
  const query = parseQuery(message);
  return {
    ...{ at, server, transport, name: query?.name ?? '?', type: query?.type ?? 0, octets: message.length },
    isPadded: query?.edns?.options.has(PADDING) ?? false,
    recursionDesired: ((query?.flags ?? 0) & RECURSION_DESIRED) !== 0,
  };
}

function seenConnection(server: string, { at, firstBytes, handshake }: DotConnection): SeenConnection {
  return {
    ...{ at, server, isSecure: handshake !== undefined, isResumed: handshake?.resumed ?? false },
    hello: helloOf(firstBytes),
  };
}

function helloOf(bytes: Uint8Array): SeenConnection['hello'] {
  try {
    const { sni, alpn } = parseClientHello(bytes);
    return { serverName: sni, alpn };
  } catch {
    // Nothing came, or it was no TLS.
    return undefined;
  }
}
