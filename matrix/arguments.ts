import { ArgumentError, readOptions } from '../tools/arguments.js';

/** What the matrix was asked for. */
export interface MatrixArguments {
  readonly help: boolean;
  readonly json: boolean;
  readonly quick: boolean;
  /** Only rows whose place contains this, in whatever case. */
  readonly only: string;
  /** The rows of real servers, in place of all others. */
  readonly servers: boolean;
  /** Where another system's tree lies, whose servers are run; `undefined` for this machine's. */
  readonly root: string | undefined;
}

export const USAGE = `Usage: npm run matrix -- [servers] [options]

Does it work everywhere? The tests on each Node that is supported, on Bun and on Deno; the demo on these; the packed
package in a fresh consumer, in each way in which one can import it. Runtimes come from npm, into .matrix. Prints a
table; exit status 1 when a row fails.

With "servers": dotscout as client of each real server that speaks DoT, over loopback: what the server does, discovery,
2,000 queries, a pause past the server's close, reload and restart under load, a big answer. No query may fail, and each
that goes out in clear text to a Good server must have its reason. What is not installed is not run.

  --quick       the package, its consumers, and the tests of sockets on the newest Node: what CI does;
                of servers, what takes no long wait
  --only TEXT   the rows whose place or name contains TEXT: node, bun, deno, package, consumer; nsd, reload
  --root DIR    servers: those of the Debian system in DIR, by chroot, as root; default this machine's
  --json        one JSON object a row
  --help        prints this

All of it takes 15 to 25 minutes on two cores, --quick two; a server takes one to three, --quick 10 s.
`;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): MatrixArguments {
  const servers = args[0] === 'servers';
  const { root, ...others } = readOptions(servers ? args.slice(1) : args, {
    help: { type: 'boolean', short: 'h', default: false },
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    root: { type: 'string' },
  });
  if (root !== undefined && !servers) throw new ArgumentError('--root: only with servers');
  return { ...others, servers, root };
}
