import type { Draws } from './draws.js';
import type { FleetPlan, ServerKind } from './fleet-plans.js';
import { speaksDot } from './kinds.js';

/** One address of a server. */
export interface SimulatedEndpoint {
  /** In canonical form; there is none such on this machine, and nothing is sent. */
  readonly address: string;
  /** The zone that is asked for there. */
  readonly zone: string;
  readonly kind: ServerKind;
  /** Queries a millisecond. */
  readonly rate: number;
  /** One round trip, in milliseconds. */
  readonly rttMs: number;
}

const RTT_SPREAD = 0.8;
const MIN_RTT_MS = 2;
const MAX_RTT_MS = 400;
const DEFAULT_RTT_MS = 30;
const DEFAULT_SPLIT = 0.2;

/**
 * Draws a fleet's endpoints: two a server, one of IPv4 and one of IPv6, which share its queries. The most popular server
 * comes first.
 *
 * @param plan - which servers
 * @param size - how many
 * @param queriesPerSecond - to all of them together
 * @param draws - chooses
 */
export function drawEndpoints(
  plan: FleetPlan,
  size: number,
  queriesPerSecond: number,
  draws: Draws,
): readonly SimulatedEndpoint[] {
  const { zipf = 1, medianRttMs = DEFAULT_RTT_MS, splitAddresses = DEFAULT_SPLIT, capableTraffic, providerSize } = plan;
  const weights = Array.from({ length: size }, (_, rank) => (rank + 1) ** -zipf);
  const sum = weights.reduce((all, weight) => all + weight, 0);
  const kinds = shuffled(kindsOf(plan.mix, size), draws);
  if (capableTraffic !== undefined) place(kinds, weights, capableTraffic * sum, draws);
  return kinds.flatMap((kind, server) => {
    const rate = (queriesPerSecond * (weights[server] ?? 0)) / sum / 2_000;
    const rttMs = Math.min(MAX_RTT_MS, Math.max(MIN_RTT_MS, draws.logNormal(medianRttMs, RTT_SPREAD)));
    const isSplit = speaksDot(kind) && draws.happens(splitAddresses);
    const other = isSplit ? (kinds[draws.below(size)] ?? kind) : kind;
    const shared = { zone: `zone${server}.example.`, rate, rttMs };
    return [
      { ...shared, address: ipv4(server, providerSize), kind },
      { ...shared, address: ipv6(server, providerSize), kind: other },
    ];
  });
}

/** As many of each kind as its weight says; what rounding leaves over goes to those that it cut most. */
function kindsOf(mix: FleetPlan['mix'], size: number): ServerKind[] {
  const entries = Object.entries(mix) as [ServerKind, number][];
  const sum = entries.reduce((all, [, weight]) => all + weight, 0);
  const exact = entries.map(([kind, weight]) => ({ kind, share: (size * weight) / sum }));
  const kinds = exact.flatMap(({ kind, share }) => Array<ServerKind>(Math.floor(share)).fill(kind));
  const byRest = exact.toSorted((a, b) => (b.share % 1) - (a.share % 1));
  return [...kinds, ...byRest.slice(0, size - kinds.length).map(({ kind }) => kind)];
}

function shuffled<T>(items: readonly T[], draws: Draws): T[] {
  const list = [...items];
  for (let last = list.length - 1; last > 0; last--) {
    const other = draws.below(last + 1);
    [list[last], list[other]] = [list[other] as T, list[last] as T];
  }
  return list;
}

/** The relative error that is accepted in the share of traffic. */
const NEAR = 0.01;
const TRIES_A_SERVER = 20;

/** Swaps servers that speak DoT with others until they have the wanted share of the traffic. */
function place(kinds: ServerKind[], weights: readonly number[], wanted: number, draws: Draws): void {
  const capable = kinds.flatMap((kind, rank) => (speaksDot(kind) ? [rank] : []));
  const others = kinds.flatMap((kind, rank) => (speaksDot(kind) ? [] : [rank]));
  if (capable.length === 0 || others.length === 0) return;
  let share = capable.reduce((sum, rank) => sum + (weights[rank] ?? 0), 0);
  for (let left = TRIES_A_SERVER * kinds.length; left > 0 && Math.abs(share - wanted) > NEAR * wanted; left--) {
    const [one, other] = [draws.below(capable.length), draws.below(others.length)];
    const [from, to] = [capable[one] ?? 0, others[other] ?? 0];
    const moved = share + (weights[to] ?? 0) - (weights[from] ?? 0);
    if (Math.abs(moved - wanted) >= Math.abs(share - wanted)) continue;
    [kinds[from], kinds[to]] = [kinds[to] as ServerKind, kinds[from] as ServerKind];
    [capable[one], others[other]] = [to, from];
    share = moved;
  }
}

/** A provider's /24s of one /16, and its /48s of one IPv6 /32. */
const NETWORKS = 8;

/** Four neighbours in each /24, as at a hosting company; a /16 holds every sixtieth /24. Of a large provider, eight /24s of one /16. */
function ipv4(server: number, providerSize: number | undefined): string {
  if (providerSize !== undefined) {
    const [provider, place] = placeAt(server, providerSize);
    return `${20 + (provider % 60)}.${Math.floor(provider / 60)}.${place % NETWORKS}.${Math.floor(place / NETWORKS)}`;
  }
  const net = server >> 2;
  return `${20 + (net % 60)}.${Math.floor(net / 60) % 256}.${Math.floor(net / 15_360) % 256}.${1 + (server & 3)}`;
}

/** A /48 each, sixteen of them in each /32. Of a large provider, eight /48s of one /32. */
function ipv6(server: number, providerSize: number | undefined): string {
  if (providerSize !== undefined) {
    const [provider, place] = placeAt(server, providerSize);
    const host = 1 + Math.floor(place / NETWORKS);
    return `2a0${(provider >> 12) & 15}:${(0x1000 + (provider & 0xfff)).toString(16)}:${1 + (place % NETWORKS)}::${host.toString(16)}`;
  }
  const net = server >> 4;
  return `2a0${(net >> 12) & 15}:${(0x1000 + (net & 0xfff)).toString(16)}:${((server & 15) + 1).toString(16)}::53`;
}

function placeAt(server: number, providerSize: number): readonly [provider: number, place: number] {
  return [Math.floor(server / providerSize), server % providerSize];
}

/**
 * An attacker's own addresses, which no other client asks for: each in a /24 of its own, with a zone of its own.
 *
 * @param index - which
 */
export function attackersEndpoint(index: number): Pick<SimulatedEndpoint, 'address' | 'zone'> {
  const net = Math.floor(index / 39);
  // In a range without addresses for special uses.
  const address = `${130 + (index % 39)}.${net & 255}.${(net >> 8) & 255}.${1 + ((net >> 16) % 254)}`;
  return { address, zone: `z${index}.attacker${index % 50}.example.` };
}
