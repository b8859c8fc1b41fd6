import { InvalidInputError } from '../../state/invalid-input.js';
import { type Endpoint, endpointKey } from '../../state/model.js';

/** The version of keys, values and messages. Others can use the same engine, and share nothing with it. */
const VERSION = 1;
const PREFIX = /^[A-Za-z0-9_:.{}-]{1,64}$/;
const MAX_VANTAGE = 200;

/**
 * The names under which one vantage's verdicts are found:
 *
 * - `PREFIX:1:VANTAGE:v:ADDRESS|PORT|dot` holds a verdict until it is worth nothing any more,
 * - `PREFIX:1:VANTAGE:l:ADDRESS|PORT|dot` is the lease of the member that probes it at the moment,
 * - `PREFIX:1:VANTAGE:c:` is the channel on which changes are told.
 */
export interface Keys {
  /** The channel's name. */
  readonly channel: string;
  /** The pattern for SCAN. */
  readonly pattern: string;
  /** The key of an endpoint's verdict. */
  verdict(endpoint: Omit<Endpoint, 'key'>): string;
  /** The key of an endpoint's lease. */
  lease(endpoint: Omit<Endpoint, 'key'>): string;
}

/**
 * Names the keys.
 *
 * @param prefix - the operator's, checked
 * @param vantage - the network's name, checked
 */
export function keysOf(prefix: string, vantage: string): Keys {
  // Characters that are special to SCAN or to people are encoded, also the star, which URIs leave.
  const place = `${prefix}:${VERSION}:${encodeURIComponent(vantage).replaceAll('*', '%2A')}`;
  return {
    channel: `${place}:c:`,
    pattern: `${place}:v:*`,
    verdict: (endpoint) => `${place}:v:${endpointKey(endpoint)}`,
    lease: (endpoint) => `${place}:l:${endpointKey(endpoint)}`,
  };
}

/**
 * The channel on which one instance hears itself.
 *
 * @param prefix - the operator's
 * @param instance - its random id
 */
export function beatChannel(prefix: string, instance: string): string {
  return `${prefix}:${VERSION}:beat:${instance}`;
}

/** @throws {@link InvalidInputError} `INVALID_OPTION` */
export function checkPrefix(prefix: unknown): string {
  if (typeof prefix === 'string' && PREFIX.test(prefix)) return prefix;
  throw new InvalidInputError('INVALID_OPTION', { prefix }, 'prefix: 1 to 64 of A-Z a-z 0-9 _ : . { } -');
}

/** @throws {@link InvalidInputError} `INVALID_OPTION` */
export function checkVantage(vantage: unknown): string {
  if (isVantage(vantage)) return vantage;
  throw new InvalidInputError('INVALID_OPTION', { vantage }, `vantage: a name of 1 to ${MAX_VANTAGE} characters`);
}

/** Whether a network's name can be part of keys: not too long, and without half a surrogate pair. */
export function isVantage(vantage: unknown): vantage is string {
  if (typeof vantage !== 'string' || vantage === '' || vantage.length > MAX_VANTAGE) return false;
  return Buffer.from(vantage).toString() === vantage;
}
