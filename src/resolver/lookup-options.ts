import dns, { getDefaultResultOrder, type LookupOptions } from 'node:dns';
import { requireString, wrongType, wrongValue } from './arguments.js';

/** How the addresses of both families are put in order. */
export type ResultOrder = 'verbatim' | 'ipv4first' | 'ipv6first';

/** What a look-up is to give, with every default in place. */
export interface Wanted {
  readonly family: 0 | 4 | 6;
  readonly all: boolean;
  readonly order: ResultOrder;
  /** Only families of which this machine has an address. */
  readonly configuredOnly: boolean;
  /** IPv4 addresses as IPv6 ones, where there is no other. */
  readonly mapped: boolean;
}

const FAMILIES: ReadonlyMap<unknown, 0 | 4 | 6> = new Map<unknown, 0 | 4 | 6>([
  [undefined, 0],
  [0, 0],
  [4, 4],
  [6, 6],
  ['IPv4', 4],
  ['IPv6', 6],
]);
const ORDERS: readonly unknown[] = ['verbatim', 'ipv4first', 'ipv6first'];

/**
 * Reads the options of `dns.lookup`.
 *
 * @param given - options, or a family
 * @throws `TypeError` with Node's codes
 */
export function wanted(given: LookupOptions | number | undefined | null): Wanted {
  const options = typeof given === 'number' ? { family: given } : (given ?? {});
  if (typeof options !== 'object') throw wrongType('options', 'of type object or integer', given);
  // What is null is left out, as Node has it.
  const hints = options.hints ?? 0;
  const all = options.all ?? false;
  const verbatim = options.verbatim ?? undefined;
  // Node 20's types do not know the order.
  const order = (options as { order?: ResultOrder | null | undefined }).order ?? undefined;
  const family = FAMILIES.get(options.family ?? undefined);
  if (family === undefined) throw wrongValue(`The property 'options.family' must be one of: 0, 4, 6.`);
  if (order !== undefined && !ORDERS.includes(order))
    throw wrongValue(`The property 'options.order' must be one of: ${ORDERS.join(', ')}.`);
  for (const [name, value] of Object.entries({ all, verbatim })) {
    if (value !== undefined && typeof value !== 'boolean') throw wrongType(`options.${name}`, 'of type boolean', value);
  }
  return {
    family,
    all,
    order: order ?? (verbatim === undefined ? usualOrder() : verbatim ? 'verbatim' : 'ipv4first'),
    configuredOnly: (hints & dns.ADDRCONFIG) !== 0,
    mapped: (hints & dns.V4MAPPED) !== 0,
  };
}

function usualOrder(): ResultOrder {
  return getDefaultResultOrder() as ResultOrder;
}

/**
 * Checks the name of a look-up.
 *
 * @param hostname - as a caller gave it; what is empty asks for nothing
 * @throws `TypeError` with Node's code
 */
export function requireHostname(hostname: unknown): void {
  if (hostname) requireString(hostname, 'hostname');
}
