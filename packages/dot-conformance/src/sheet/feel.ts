import { measure } from './figures.js';
import type { AskedQuery, Observation } from './observation.js';
import type { Filter, ServerSpec } from './scenario.js';

/** Servers of a kind, each with a zone of its own. */
export interface FeelServers {
  readonly count: number;
  /** In words, behind a number. */
  readonly what: string;
  readonly spec: ServerSpec;
  readonly filter?: Filter | undefined;
  /** Whether they speak DoT soundly, so that a resolver can encrypt to them. */
  readonly isCapable?: boolean | undefined;
}

/** A mixture of servers, as resolvers meet it where some speak DoT. */
export const FEEL_SERVERS: readonly FeelServers[] = [
  { count: 22, what: 'speak DoT', spec: {}, isCapable: true },
  { count: 6, what: 'refuse connections to port 853', spec: { dot: 'closed' } },
  { count: 6, what: 'have a firewall that drops them', spec: {}, filter: 'drop-853' },
  { count: 2, what: 'accept and are silent', spec: { dot: 'tcp-mute' } },
  { count: 2, what: 'shake hands and are silent', spec: { dot: 'tls-mute' } },
  { count: 1, what: 'says REFUSED there', spec: { dot: 'refused' } },
  { count: 1, what: 'says SERVFAIL there', spec: { dot: 'servfail' } },
];

/** The clients' queries: for fresh names, in zones by Zipf's law. */
export const FEEL_QUERIES = { count: 1_000, everyMs: 20 } as const;

/** What clients feel of a resolver, and what they get. */
export interface ClientFeel {
  /** Quantiles of the time to an answer, in milliseconds. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** Queries without their answer. */
  readonly failed: number;
  /** Share of the queries for zones of servers that speak DoT soundly that went there encrypted and not otherwise, in percent. */
  readonly encrypted: number;
  /** Connections to the port 853 of those. */
  readonly connections: number;
}

/** What clients feel without encryption and with it. */
export interface Feels {
  /** `undefined` where the resolver cannot be started without. */
  readonly off: ClientFeel | undefined;
  readonly on: ClientFeel;
}

/** Why nothing was measured. */
export interface Unfelt {
  readonly why: string;
}

/** The phase in which all is asked. */
const FEEL = 'all';

/**
 * Sums up.
 *
 * @param asked - every query of a client
 * @param capable - those for zones of capable servers, and what reached these
 */
export function feelOf(
  asked: readonly AskedQuery[],
  capable: Pick<Observation, 'queries' | 'connections'> & { readonly asked: readonly AskedQuery[] },
): ClientFeel {
  const phaseOf = (queries: readonly AskedQuery[]): Observation => ({
    ...{ queries: capable.queries, connections: capable.connections },
    phases: [{ name: FEEL, from: 0, to: Number.POSITIVE_INFINITY, asked: queries, control: [] }],
  });
  const times = asked.map(({ ms }) => ms).sort((a, b) => a - b);
  const quantile = (share: number): number => Math.round(times[Math.ceil(share * times.length) - 1] ?? 0);
  return {
    ...{ p50: quantile(0.5), p90: quantile(0.9), p99: quantile(0.99) },
    failed: measure(phaseOf(asked), FEEL, 'failed client queries') ?? 0,
    encrypted: measure(phaseOf(capable.asked), FEEL, 'share encrypted') ?? 0,
    connections: measure(phaseOf(capable.asked), FEEL, 'connections to port 853') ?? 0,
  };
}

/** The servers in words: `40 servers: 22 speak DoT, 6 …`. */
export function feelServersInWords(): string {
  const count = FEEL_SERVERS.reduce((sum, one) => sum + one.count, 0);
  return `${count} servers: ${FEEL_SERVERS.map((one) => `${one.count} ${one.what}`).join(', ')}`;
}
