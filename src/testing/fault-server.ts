import { randomBytes } from 'node:crypto';
import { type Names, requireNames } from '../state/known-names.js';
import { type Endpoint, endpointKey, type Transport } from '../state/model.js';
import { Do53Server } from './do53-server.js';
import { DotServer } from './dot-server.js';
import type { ClearFault, Fault, FaultSettings } from './faults.js';
import { type DotConnection, type FaultCounters, Journal, type ReceivedQuery } from './journal.js';
import { checkClearFault, checkFault, SETTING_NAMES } from './known-faults.js';
import { freePort } from './ports.js';
import { seededRandom } from './random.js';
import { Responder, type ZoneBehaviour } from './responder.js';

/** How a fault server is to be. */
export interface FaultServerOptions extends FaultSettings {
  /** The address to listen on; default 127.0.0.1. Linux takes any in 127.0.0.0/8. ::1 does as well. */
  readonly address?: string | undefined;
  /** The port that stands for 853; default 0: a free one between 20,000 and 32,000. */
  readonly dotPort?: number | undefined;
  /** The port that stands for 53; default 0: a free one. */
  readonly port?: number | undefined;
  /** What is wrong with DoT; default `good`. */
  readonly fault?: Fault | undefined;
  /**
   * Faults that connections take in turns, as the backends behind one address do. Overrides `fault`; a `closed` or
   * `black-hole` among them resets or falls silent after the first octets, and `lost` is `deaf`. Default none.
   */
  readonly turns?: readonly Fault[] | undefined;
  /**
   * The fault of the address that a connection came to, for a server on 0.0.0.0, which stands for all of 127.0.0.0/8.
   * Overrides `turns` and `fault`, with the same exceptions. Default none.
   */
  readonly faultOf?: ((address: string) => Fault) | undefined;
  /** What is wrong with Do53; default `good`. */
  readonly clear?: ClearFault | undefined;
  /** How long every answer over Do53 is held back, in milliseconds; default 0. */
  readonly clearDelayMs?: number | undefined;
  /**
   * Whether it designates its DoT port to those who ask for SVCB at `_dns.resolver.arpa` (RFC 9462), under the name
   * `auth.test` of its certificates. Default false.
   */
  readonly designated?: boolean | undefined;
  /** Response codes of single zones and all below them. Faults that impose a response code come first. */
  readonly zones?: Readonly<Record<string, ZoneBehaviour>> | undefined;
}

/** A running fault server. */
export interface FaultServer extends AsyncDisposable {
  /** The address it listens on. */
  readonly address: string;
  /** The port that stands for 53. */
  readonly port: number;
  /** The port that stands for 853. */
  readonly dotPort: number;
  /** The DoT port, as probers and exchanges are given it. */
  readonly dot: Endpoint;
  /** The Do53 port, likewise. */
  readonly do53: Endpoint;
  /** What it has counted so far; always current. */
  readonly counters: FaultCounters;
  /** The latest 1,000 queries, oldest first. */
  readonly queries: readonly ReceivedQuery[];
  /** The latest 1,000 connections to the DoT port, oldest first. */
  readonly connections: readonly DotConnection[];
  /**
   * Changes what is wrong with DoT, for new connections and, where that makes sense, for open sessions.
   *
   * @param fault - from now on
   * @param settings - numbers that shape it; those not given keep their value
   */
  setFault(fault: Fault, settings?: FaultSettings): Promise<void>;
  /**
   * Changes what is wrong with Do53.
   *
   * @param clear - from now on
   * @param delayMs - how long every answer is held back; by default unchanged
   */
  setClear(clear: ClearFault, delayMs?: number): Promise<void>;
  /**
   * Waits until the counters meet a condition, so that a test need not sleep.
   *
   * @param condition - asked now and at every change
   */
  until(condition: (counters: FaultCounters) => boolean): Promise<void>;
  /** Ends everything at once: ports, sessions, processes. Idempotent. */
  close(): Promise<void>;
}

const NAMES: Names<FaultServerOptions> = {
  ...SETTING_NAMES,
  address: true,
  dotPort: true,
  port: true,
  fault: true,
  turns: true,
  faultOf: true,
  clear: true,
  clearDelayMs: true,
  designated: true,
  zones: true,
};

/**
 * Starts a name server on real sockets that answers over Do53 and DoT, and is wrong in just the way that a test needs.
 *
 * To A it answers 192.0.2.1, to SOA and NS something well-formed, to other types NODATA, for every name. Names whose
 * first label begins with `nx`, `nodata`, `referral` or `cname` get that kind of answer.
 *
 * @example
 * ```ts
 * await using server = await startFaultServer({ fault: 'good' });
 * // … a query to server.dot or server.do53 …
 * await server.setFault('tls-mute'); // works, then falls silent
 * console.log(server.counters.dotQueries);
 * ```
 *
 * @param options - how it is to be
 * @throws `InvalidInputError` `INVALID_OPTION` for a name or fault that there is not; the promise rejects with it
 */
export async function startFaultServer(options: FaultServerOptions = {}): Promise<FaultServer> {
  requireNames('INVALID_OPTION', options, NAMES);
  const { address = '127.0.0.1', fault = 'good', clear = 'good', turns = [], faultOf } = options;
  for (const one of [fault, ...turns]) checkFault(one);
  checkClearFault(clear);
  const port = options.port || (await freePort(address));
  const dotPort = options.dotPort || (await freePort(address));
  const journal = new Journal();
  const designated = options.designated === true ? { address, port: dotPort } : undefined;
  const responder = new Responder(options.zones ?? {}, designated);
  const random = seededRandom(options.seed ?? 1);
  const do53 = new Do53Server(address, port, responder, journal);
  const ticketKeys = randomBytes(48);
  const dot = new DotServer({ address, port: dotPort, responder, journal, ticketKeys, random, turns, faultOf });
  let settings: FaultSettings = options;
  let clearDelayMs = options.clearDelayMs ?? 0;
  const close = async (): Promise<void> => {
    journal.end();
    await Promise.all([dot.close(), do53.close()]);
  };
  try {
    await do53.set(clear, clearDelayMs);
    await dot.set(fault, settings);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    address,
    port,
    dotPort,
    dot: endpoint(address, dotPort, 'dot'),
    do53: endpoint(address, port, 'do53'),
    counters: journal.counters,
    queries: journal.queries,
    connections: journal.connections,
    async setFault(next, changed = {}) {
      checkFault(next);
      requireNames('INVALID_OPTION', changed, SETTING_NAMES);
      settings = { ...settings, ...changed };
      await dot.set(next, settings);
    },
    async setClear(next, delayMs = clearDelayMs) {
      checkClearFault(next);
      clearDelayMs = delayMs;
      await do53.set(next, delayMs);
    },
    until: (condition) => journal.until(condition),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function endpoint(address: string, port: number, transport: Transport): Endpoint {
  return { key: endpointKey({ address, port, transport }), address, port, transport };
}
