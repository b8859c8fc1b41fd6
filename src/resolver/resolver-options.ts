import { InvalidInputError } from '../common/errors.js';
import type { ServerRef } from '../contact/server.js';
import { TransportSelector } from '../selector.js';
import { type Names, requireNames } from '../state/known-names.js';
import { outOfRange, wrongType } from './arguments.js';

/** What a `Resolver` may be given. Those of `node:dns` are `timeout`, `tries` and `maxTimeout`. */
export interface ResolverOptions {
  /**
   * Chooses the transports; several resolvers may share one, and it stays open when they close. Its guard has to admit the
   * servers. By default a resolver makes one of its own, which admits its servers, probes them and asks for their designations
   * (DDR, RFC 9462).
   */
  readonly selector?: TransportSelector | undefined;
  /** Whom to ask, as `setServers` takes them; default the system's. */
  readonly servers?: readonly ServerRef[] | undefined;
  /** The DoT port of servers whose port is not 53; without it those are asked over Do53 alone. */
  readonly dotPort?: number | undefined;
  /** How long a server may take in the first round, in milliseconds; it doubles with each round. Default, and -1: 2,000. */
  readonly timeout?: number | undefined;
  /** How many rounds of all servers there are where none answers; default 4. */
  readonly tries?: number | undefined;
  /** How long a server may take in any round, in milliseconds; default, and 0: as long as the rounds make it. */
  readonly maxTimeout?: number | undefined;
}

/** How long and how often is asked. */
export interface Rounds {
  readonly timeoutMs: number;
  readonly maxTimeoutMs: number;
  readonly tries: number;
}

const NAMES: Names<ResolverOptions> = {
  selector: true,
  servers: true,
  dotPort: true,
  timeout: true,
  tries: true,
  maxTimeout: true,
};
const DO53_PORT = 53;
const TIMEOUT_MS = 2_000;
const TRIES = 4;
const MAX_INT32 = 0x7fff_ffff;
/** The longest that the selector lets a query take. */
const HOUR_MS = 3_600_000;

/**
 * Checks options.
 *
 * @param options - as a caller gave them
 * @throws `InvalidInputError` `INVALID_OPTION` for what is dotscout's; `TypeError` or `RangeError` with Node's codes for what is Node's
 */
export function roundsOf(options: ResolverOptions): Rounds {
  requireNames('INVALID_OPTION', options, NAMES);
  if (options.selector !== undefined && !(options.selector instanceof TransportSelector)) {
    throw new InvalidInputError('INVALID_OPTION', options.selector, 'selector: a TransportSelector');
  }
  const { dotPort } = options;
  const isPort =
    Number.isInteger(dotPort) && Number(dotPort) >= 1 && Number(dotPort) <= 0xffff && dotPort !== DO53_PORT;
  if (dotPort !== undefined && !isPort) {
    throw new InvalidInputError('INVALID_OPTION', { dotPort }, 'dotPort: from 1 to 65535, not 53');
  }
  const timeout = wholeNumber('timeout', options.timeout ?? -1, -1);
  const tries = wholeNumber('tries', options.tries ?? TRIES, 1);
  const maxTimeout = wholeNumber('maxTimeout', options.maxTimeout ?? 0, 0);
  return {
    timeoutMs: timeout === -1 ? TIMEOUT_MS : Math.max(1, timeout),
    maxTimeoutMs: maxTimeout === 0 ? HOUR_MS : Math.min(maxTimeout, HOUR_MS),
    tries,
  };
}

function wholeNumber(name: string, value: unknown, least: number): number {
  if (typeof value !== 'number') throw wrongType(`options.${name}`, 'of type number', value);
  if (Number.isInteger(value) && value >= least && value <= MAX_INT32) return value;
  const range = `an integer from ${least} to ${MAX_INT32}`;
  throw outOfRange(`The value of "options.${name}" is out of range. It must be ${range}. Received ${value}`);
}
