import { ArgumentError, readOptions, wholeNumber } from '../tools/arguments.js';

/** Which servers the demo runs against. */
export type ServersChoice = 'embedded' | 'real';

/** What the demo was asked to do. */
export interface DemoArguments {
  readonly help: boolean;
  readonly json: boolean;
  readonly servers: ServersChoice;
  readonly queries: number;
  readonly seed: number;
}

/** How it is used, under the name by which it was called. */
export function usageOf(command: string): string {
  return `Usage: ${command} [options]

Starts a fleet of name servers, capable of DNS over TLS and not, and watches a resolver's workload discover them.

  --servers real   NSD and BIND (installed with apt if they are missing); default: embedded, a fleet of fault servers
  --queries N      how many queries; default 5000, which takes 20 seconds
  --seed N         which workload; the same seed asks the same questions in the same order; default 1
  --json           prints the summary alone, one JSON object on a line of its own; progress goes to stderr
  --help           prints this
`;
}

const MAX_QUERIES = 1_000_000;
const MAX_SEED = 0xffff_ffff;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): DemoArguments {
  const { help, json, servers, queries, seed } = readOptions(args, {
    help: { type: 'boolean', short: 'h', default: false },
    json: { type: 'boolean', default: false },
    servers: { type: 'string', default: 'embedded' },
    queries: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
  });
  if (servers !== 'embedded' && servers !== 'real') {
    throw new ArgumentError(`--servers is '${servers}': expected 'embedded' or 'real'`);
  }
  return {
    help,
    json,
    servers,
    queries: wholeNumber('--queries', queries, 1, MAX_QUERIES),
    seed: wholeNumber('--seed', seed, 0, MAX_SEED),
  };
}
