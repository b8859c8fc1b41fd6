import { InvalidInputError } from '../state/invalid-input.js';

/** What an operator has given a source, or a selector for one, and it cannot use. */
export function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_SOURCE', value, expected);
}
