import { ArgumentError, readOptions, wholeNumber } from '../tools/arguments.js';
import { TARGET_NAMES, type TargetName } from './target.js';

/** What the fuzzer was asked to do. */
export interface FuzzArguments {
  readonly help: boolean;
  readonly json: boolean;
  /** For all targets together. */
  readonly seconds: number;
  readonly targets: readonly TargetName[];
  /** Whether what reaches most is to be kept in fuzz/corpus. */
  readonly keep: boolean;
  /** Whether docs/fuzzing.md is to be written. */
  readonly results: boolean;
}

const DEFAULT_SECONDS = 60;
const MAX_SECONDS = 604_800;

export const USAGE: string = `Usage: npm run fuzz -- [options]

Throws made-up input at what reads what strangers write, guided by what it reaches. Exit status 1 when a promise is
broken; the input that breaks it is printed, and written to .fuzz/crashes.

  --seconds N    for all targets together (${DEFAULT_SECONDS})
  --target NAME  this one alone: ${TARGET_NAMES.join(', ')}
  --json         one JSON object a line, a target each
  --keep         keeps the inputs that reach most in fuzz/corpus, where the tests replay them
  --results      writes what was found into docs/fuzzing.md
  --help         prints this
`;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): FuzzArguments {
  const { help, json, seconds, target, keep, results } = readOptions(args, {
    help: { type: 'boolean', short: 'h', default: false },
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: `${DEFAULT_SECONDS}` },
    target: { type: 'string' },
    keep: { type: 'boolean', default: false },
    results: { type: 'boolean', default: false },
  });
  const targets = target === undefined ? TARGET_NAMES : [targetName(target)];
  if (results && targets !== TARGET_NAMES) throw new ArgumentError('--results needs all targets, not --target');
  return { help, json, seconds: wholeNumber('--seconds', seconds, 1, MAX_SECONDS), targets, keep, results };
}

function targetName(text: string): TargetName {
  const name = TARGET_NAMES.find((one) => one === text);
  if (name === undefined) throw new ArgumentError(`--target is '${text}': expected ${TARGET_NAMES.join(', ')}`);
  return name;
}
