import { InvalidInputError } from '../../state/invalid-input.js';
import { type Endpoint, endpointKey } from '../../state/model.js';

/** Of keys, values and messages. Another one shares the engine and nothing else. */
const VERSION = 1;
const PREFIX = /^[A-Za-z0-9_:.{}-]{1,64}$/;
const MAX_VANTAGE = 200;

/**
 * The names under which one vantage's verdicts are found:
 *
 * - `PREFIX:1:VANTAGE:v:ADDRESS|PORT|dot` holds a verdict until it has no worth any more,
 * - `PREFIX:1:VANTAGE:l:ADDRESS|PORT|dot` is the lease of who probes it at the moment,
 * - `PREFIX:1:VANTAGE:c:` is the channel on which changes are told.
 */
export interface Keys {
  /** The channel's name. */
  readonly channel: string;
  /** What SCAN is to match. */
  readonly pattern: string;
  /** Where an endpoint's verdict stands. */
  verdict(endpoint: Omit<Endpoint, 'key'>): string;
  /** Where it stands who probes an endpoint. */
  lease(endpoint: Omit<Endpoint, 'key'>): string;
}

/**
 * Names the keys.
 *
 * @param prefix - the operator's, checked
 * @param vantage - the network's name, checked
 */
export function keysOf(prefix: string, vantage: string): Keys {
  // SCAN's pattern and people's eyes: what is special in either is encoded, the one star that URIs leave as well.
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

/** Whether a network's name can name keys: not too long, and not half a character. */
export function isVantage(vantage: unknown): vantage is string {
  if (typeof vantage !== 'string' || vantage === '' || vantage.length > MAX_VANTAGE) return false;
  return Buffer.from(vantage).toString() === vantage;
}
