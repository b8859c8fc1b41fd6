import type { Fault } from '../../src/testing/index.js';

/** How many of a hundred targets are of each kind; one never answers. */
const MIX: Readonly<Partial<Record<Fault, number>>> = {
  good: 52,
  tls12: 8,
  'no-alpn': 8,
  'self-signed': 5,
  'expired-cert': 3,
  'wrong-name': 2,
  'formerr-padded': 2,
  'formerr-edns': 1,
  refused: 2,
  servfail: 1,
  closed: 4,
  'tcp-close': 1,
  'tcp-reset': 2,
  http: 1,
  smtp: 1,
  tls10: 1,
  'alpn-alert': 2,
  'tls-reset': 1,
  'tls-reset-query': 1,
  garbage: 1,
  'tcp-mute': 1,
};

/** Kinds that speak DoT. */
export const CAPABLE: ReadonlySet<Fault> = new Set<Fault>([
  'good',
  'tls12',
  'no-alpn',
  'self-signed',
  'expired-cert',
  'wrong-name',
  'formerr-padded',
  'formerr-edns',
  'refused',
  'servfail',
]);

/** The kinds in the order in which targets take turns: those of a kind apart, so that the silent ones are. */
const KINDS: readonly Fault[] = Object.entries(MIX)
  .flatMap(([fault, many = 0]) => Array.from({ length: many }, (_, at) => ({ fault: fault as Fault, at: at / many })))
  .sort((a, b) => a.at - b.at)
  .map(({ fault }) => fault);

/** What is wrong with the target of that number. */
export function faultOfTarget(index: number): Fault {
  return KINDS[index % KINDS.length] ?? 'good';
}

const NETWORKS = 250;
const HOSTS_AT = NETWORKS * NETWORKS;

/** Its address: 62,500 networks one after the other, then each one's next address. */
export function addressOfTarget(index: number): string {
  const network = index % HOSTS_AT;
  return `127.${1 + (network % NETWORKS)}.${Math.floor(network / NETWORKS)}.${1 + Math.floor(index / HOSTS_AT)}`;
}

/** The number of the target with an address. */
export function targetAt(address: string): number {
  const [, first = 0, second = 0, third = 0] = address.split('.').map(Number);
  return (third - 1) * HOSTS_AT + second * NETWORKS + (first - 1);
}
