/**
 * What was wrong with a value that a caller handed in.
 *
 * Codes are stable: hosts may switch on them.
 */
export type InvalidInputCode =
  | 'INVALID_ADDRESS'
  | 'INVALID_PORT'
  | 'INVALID_SERVER'
  | 'INVALID_POLICY'
  | 'INVALID_OPTION'
  | 'INVALID_PREFIX'
  | 'INVALID_ZONE'
  | 'INVALID_MESSAGE'
  | 'UNSUPPORTED_MESSAGE'
  | 'INVALID_DECISION'
  | 'INVALID_OUTCOME'
  | 'INVALID_AUTHENTICATION'
  | 'INVALID_RULE'
  | 'INVALID_SOURCE'
  | 'INVALID_QUESTION';

/**
 * A caller's value could not be used. Thrown by the call that got the value, before anything has changed.
 *
 * @example
 * ```ts
 * try {
 *   parseAddress('192.0.2.300');
 * } catch (error) {
 *   if (error instanceof InvalidInputError) console.error(error.code, error.expected);
 * }
 * ```
 */
export class InvalidInputError extends Error {
  /** The class's name. */
  override readonly name: string = 'InvalidInputError';
  /** What kind of value it was. */
  readonly code: InvalidInputCode;
  /** The value as it was given, shortened to at most 100 characters. */
  readonly value: string;
  /** What would have been accepted. */
  readonly expected: string;

  /**
   * @param code - what kind of value it was
   * @param value - the value as it was given
   * @param expected - what would have been accepted
   */
  constructor(code: InvalidInputCode, value: unknown, expected: string) {
    const shown = describe(value);
    super(`${code}: got ${shown}, expected ${expected}`);
    this.code = code;
    this.value = shown;
    this.expected = expected;
  }
}

function describe(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : safeString(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}

/** A hostile or broken object must not turn an error report into another error. */
function safeString(value: unknown): string {
  try {
    return typeof value === 'object' && value !== null ? (JSON.stringify(value, asGiven) ?? 'object') : String(value);
  } catch {
    return typeof value;
  }
}

/** What JSON would leave out or call `null` was given all the same. */
function asGiven(_: string, value: unknown): unknown {
  if (typeof value === 'function') return 'a function';
  const hasNoJson = typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value));
  return hasNoJson ? String(value) : value;
}
