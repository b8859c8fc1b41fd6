import { expect, onTestFinished } from 'vitest';
import type { ServerObject } from '../../src/contact/server.js';
import type { ProbeInfo } from '../../src/observe/events.js';
import type { SelectorOptions } from '../../src/options.js';
import type { QueryResult } from '../../src/query/query.js';
import { TransportSelector } from '../../src/selector.js';
import { rcodeOf } from '../../src/wire/message.js';
import { idOf, nameOf, query } from '../transport/support.js';
import { type Relay, startRelay, startUdpRelay, type UdpRelay } from './relay.js';
import { type RealServer, type RealServerOptions, startBind, startNsd } from './servers.js';
import { judgesTime } from './stall.js';

/** Starts a real server. */
export type StartServer = (options?: RealServerOptions) => Promise<RealServer>;

/** The real servers, by name, for `describe.each`. */
export const REAL_SERVERS: readonly (readonly [name: 'NSD' | 'BIND', start: StartServer])[] = [
  ['NSD', startNsd],
  ['BIND', startBind],
];

/** The zone that tests ask about. */
export const ZONE = 'example.test';

/** A real server behind relays that count everything and can fail. */
export interface Rig {
  readonly server: RealServer;
  /** In front of its Do53, for UDP. */
  readonly udp: UdpRelay;
  /** In front of its Do53, for TCP, at the same port. */
  readonly tcp: Relay;
  /** In front of its DoT. */
  readonly dot: Relay;
  /** What a selector is told of it. */
  readonly target: ServerObject;
  /** What went in clear text so far: datagrams, and connections. */
  clear(): { datagrams: number; connections: number };
}

/** Starts a server behind relays, for this test. */
export async function rig(start: StartServer, options: RealServerOptions = {}): Promise<Rig> {
  judgesTime();
  const server = await start(options);
  onTestFinished(() => server.stop());
  const { address, port, dotPort } = server;
  const udp = await startUdpRelay({ address, port });
  onTestFinished(() => udp.close());
  const tcp = await startRelay({ address, port }, { port: udp.port });
  onTestFinished(() => tcp.close());
  const dot = await startRelay({ address, port: dotPort });
  onTestFinished(() => dot.close());
  const target = { address, port: udp.port, dotPort: dot.port, zone: ZONE };
  const clear = () => ({ datagrams: udp.toServer, connections: tcp.connections });
  return { server, udp, tcp, dot, target, clear };
}

/** What a selector is told of a server without relays. */
export function targetOf({ address, port, dotPort }: RealServer): ServerObject {
  return { address, port, dotPort, zone: ZONE };
}

/** A selector for servers on loopback, for this test. */
export function selectorFor(options: SelectorOptions = {}): TransportSelector {
  const selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, ...options });
  onTestFinished(() => selector.close());
  return selector;
}

let lastId = 0;

/** Asks for an A record; the answer has been checked to belong to the question. */
export async function ask(
  selector: TransportSelector,
  target: ServerObject,
  name = `www.${ZONE}`,
  rcode = 0,
): Promise<QueryResult> {
  lastId = (lastId + 1) % 65_536;
  const id = lastId;
  const result = await selector.query(target, query(name, id));
  expect([idOf(result.message), nameOf(result.message), rcodeOf(result.message)]).toEqual([id, name, rcode]);
  return result;
}

/** So many names that a server answers for. */
export function names(count: number, label = 'n'): string[] {
  return Array.from({ length: count }, (_, index) => `${label}${index}.${ZONE}`);
}

/** Asks for many names at once. */
export function askAll(
  selector: TransportSelector,
  target: ServerObject,
  asked: readonly string[],
): Promise<QueryResult[]> {
  return Promise.all(asked.map((name) => ask(selector, target, name)));
}

/** The next probe that ends. */
export function nextProbe(selector: TransportSelector): Promise<ProbeInfo> {
  return new Promise((resolve) => selector.once('probe', resolve));
}

/** Makes two contacts, which go in clear text, and waits for the probe that the second brings about. */
export async function discover(selector: TransportSelector, target: ServerObject): Promise<ProbeInfo> {
  const probed = nextProbe(selector);
  for (const name of names(2, 'contact')) expect((await ask(selector, target, name)).transport).toBe('do53');
  return probed;
}

/** The same, of a server that speaks DoT. */
export async function becomeGood(selector: TransportSelector, target: ServerObject): Promise<ProbeInfo> {
  const info = await discover(selector, target);
  expect(info.result.evidence).toEqual({ result: 'success' });
  expect(selector.explain(target).status).toBe('Good');
  return info;
}

/** How many of each there are. */
export function tally(values: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** What brought the answers, counted. */
export function transports(results: readonly QueryResult[]): Record<string, number> {
  return tally(results.map(({ transport }) => transport));
}
