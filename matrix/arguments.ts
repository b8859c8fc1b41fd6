import { readOptions } from '../tools/arguments.js';

/** What the matrix was asked for. */
export interface MatrixArguments {
  readonly help: boolean;
  readonly json: boolean;
  readonly quick: boolean;
  /** Only rows whose place contains this, in whatever case. */
  readonly only: string;
}

export const USAGE = `Usage: npm run matrix -- [options]

Does it work everywhere? The tests on each Node that is supported, on Bun and on Deno; the demo on these; the packed
package in a fresh consumer, in each way in which one can import it. Runtimes come from npm, into .matrix. Prints a
table; exit status 1 when a row fails.

  --quick       the package, its consumers, and the tests of sockets on the newest Node; what CI does
  --only TEXT   the rows whose place contains TEXT: node, bun, deno, package, consumer
  --json        one JSON object a row
  --help        prints this

All of it takes 15 to 25 minutes on two cores, --quick two.
`;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): MatrixArguments {
  return readOptions(args, {
    help: { type: 'boolean', short: 'h', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  });
}
