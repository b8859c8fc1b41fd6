import { InvalidInputError } from '../common/errors.js';
import { type Names, requireNames } from '../state/known-names.js';

/** The longest limit of an attempt, in milliseconds: an hour. */
const MAX_TIMEOUT_MS = 3_600_000;

/** What the transports' own options have in common, as a host may have given them. */
interface CommonOptions {
  readonly clock?: unknown;
  readonly guard?: unknown;
  readonly connect?: unknown;
  readonly timeoutMs?: unknown;
}

/**
 * Checks options of an exchange or prober of ours.
 *
 * @param options - as a host gave them
 * @param names - those that they may have
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkOptions<T extends CommonOptions>(options: T, names: Names<T>): void {
  requireNames('INVALID_OPTION', options, names);
  const { clock, guard, connect, timeoutMs } = options;
  if (timeoutMs !== undefined) checkTimeout(timeoutMs);
  if (connect !== undefined && typeof connect !== 'function') throw invalid(connect, 'connect: a function');
  if (guard !== undefined && !has(guard, 'admits')) throw invalid(guard, 'guard: an object with admits()');
  if (clock !== undefined && !(has(clock, 'now') && has(clock, 'after'))) throw invalid(clock, 'clock: a Clock');
}

/**
 * Checks a time limit.
 *
 * @param timeoutMs - in milliseconds
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkTimeout(timeoutMs: unknown): void {
  // NaN fails every comparison.
  if (typeof timeoutMs !== 'number' || !(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS))
    throw invalid(timeoutMs, `timeoutMs: above 0, at most ${MAX_TIMEOUT_MS}`);
}

/**
 * Checks where an exchange of ours is to send: pools find a server by the endpoint's key, and one without it would be taken for
 * another.
 *
 * @param endpoint - as a host gave it
 * @throws {@link InvalidInputError} `INVALID_SERVER`
 */
export function checkEndpoint(endpoint: unknown): void {
  const { key, address, port } = Object(endpoint) as Record<string, unknown>;
  if (typeof key === 'string' && key !== '' && typeof address === 'string' && Number.isInteger(port)) return;
  throw new InvalidInputError('INVALID_SERVER', endpoint, 'an Endpoint: key, address, port and transport');
}

/**
 * Checks the options of an exchange, which are there for their signal.
 *
 * @param options - as a host gave them
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkExchangeOptions(options: unknown): void {
  const { signal } = Object(options) as Record<string, unknown>;
  checkSignal(signal);
}

/**
 * Checks a signal. Not by its class: a host's test environment may bring another one.
 *
 * @param signal - as a host gave it
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkSignal(signal: unknown): void {
  if (!has(signal, 'throwIfAborted')) throw invalid(signal, 'signal: an AbortSignal');
}

/** Whether something has a method; never throws for what is no object. */
export function has(value: unknown, method: string): boolean {
  return typeof (Object(value) as Record<string, unknown>)[method] === 'function';
}

/** The error of an option. */
export function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_OPTION', value, expected);
}
