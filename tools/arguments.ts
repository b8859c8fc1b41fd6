import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A mistake on the command line. */
export class ArgumentError extends Error {}

/**
 * Reads options by Node's own reader.
 *
 * @param args - the arguments after the command
 * @param options - which there are
 * @throws {@link ArgumentError}
 */
export function readOptions<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ args: string[]; options: T }>>['values'] {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new ArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Reads a whole number.
 *
 * @param name - the option's, with its dashes
 * @param text - the option's value
 * @param least - the least that is accepted
 * @param most - the greatest
 * @throws {@link ArgumentError}
 */
export function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) {
    throw new ArgumentError(`${name} is '${text}': expected a whole number from ${least} to ${most}`);
  }
  return value;
}
