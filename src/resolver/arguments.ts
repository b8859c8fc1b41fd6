// The errors that Node's own methods throw for arguments of the wrong kind: a program that swaps them in may go by the code.

/**
 * Checks that an argument is a string.
 *
 * @param value - as a caller gave it
 * @param name - the argument's name
 * @throws `TypeError` with code `ERR_INVALID_ARG_TYPE`
 */
export function requireString(value: unknown, name: string): asserts value is string {
  if (typeof value !== 'string') throw wrongType(name, 'of type string', value);
}

/**
 * The error for an argument of the wrong type.
 *
 * @param name - the argument's name
 * @param expected - what it has to be
 * @param value - what it is
 */
export function wrongType(name: string, expected: string, value: unknown): TypeError {
  const message = `The "${name}" argument must be ${expected}. Received ${shown(value)}`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

/**
 * The error for an argument of the right type with a value that cannot be used.
 *
 * @param message - what is wrong
 * @param code - of Node's
 */
export function wrongValue(message: string, code = 'ERR_INVALID_ARG_VALUE'): TypeError {
  return Object.assign(new TypeError(message), { code });
}

/**
 * The error for a number out of its range.
 *
 * @param message - what is wrong
 * @param code - of Node's
 */
export function outOfRange(message: string, code = 'ERR_OUT_OF_RANGE'): RangeError {
  return Object.assign(new RangeError(message), { code });
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object') return `an instance of ${value.constructor?.name ?? 'Object'}`;
  return `type ${typeof value}`;
}
