import { ArgumentError, readOptions, wholeNumber } from '../../../tools/arguments.js';
import { PAGE_RTT_MS } from './report/markdown.js';

/** What stands on the command line. */
export interface Arguments {
  readonly help: boolean;
  readonly list: boolean;
  readonly json: boolean;
  /** The folder into which `conformance.md` and `conformance.json` are to be written. */
  readonly write: string | undefined;
  /** A file of an earlier run, whose verdicts this one has to have. */
  readonly sameAs: string | undefined;
  readonly quick: boolean;
  /** Whether to measure what clients feel. */
  readonly clientFeel: boolean;
  /** Ids, or beginnings of them; all where there are none. */
  readonly only: readonly string[];
  /** Names of adapters. */
  readonly resolvers: readonly string[];
  /** The tree of another system, whose resolvers are run too. */
  readonly root: string | undefined;
  /** A resolver of the user's: its command, and the file that its configuration is made of. */
  readonly command: string | undefined;
  readonly config: string | undefined;
  /** How many scenarios may fail, or not run, by resolver. */
  readonly bars: ReadonlyMap<string, number>;
  readonly rttMs: number;
  readonly jobs: number;
}

/** The help. */
export const USAGE: string = `dot-conformance: puts a DNS resolver before servers that speak DNS over TLS (DoT) well, badly, and no longer

  dot-conformance [options]      as root, on Linux, with the programs ip and nft

  --resolver NAME    dotscout, powerdns, powerdns-next, dnsdist, never-falls-back (broken on purpose), may be given
                     several times; default dotscout and powerdns, with --root all but the last; a resolver that is
                     not installed is told as not run
  --root DIR         the tree of another Debian release, entered by chroot, that has powerdns-next (pdns-recursor)
                     and dnsdist; scripts/next-root.sh makes one
  --command COMMAND  a resolver of your own, in the foreground; {address} {port} {directory} {root} {hints} {config}
                     stand for where it listens, its folder, the root server's address, a file with that, its
                     configuration; {encryption} for on, or off where --client-feel wants it without
  --config FILE      a template of that configuration, with the same marks
  --only ID,ID       scenarios, or all whose ids begin so, may be given several times
  --quick            the quick part alone
  --client-feel      what clients feel of a resolver with encryption off and on too: quantiles of their time, failures,
                     share encrypted, connections; 30 s a resolver
  --bar NAME=N       exit with 1 if more than N scenarios of that resolver do not pass, may be given several times;
                     without it no scenario of any resolver may fail
  --jobs N           scenarios under way at once, each with a resolver of its own (default 6)
  --rtt MS           the round trip to every server (default ${PAGE_RTT_MS})
  --json             one JSON object a resolver instead of the table
  --write FOLDER     write conformance.md and conformance.json there; other resolvers' results that are there stay
  --same-as FILE     exit with 1 if a verdict is another than in this conformance.json
  --list             what the scenarios are
  --help             this text

Exit status: 0 all is at the bar and as it was, 1 it is not, 2 the command line makes no sense, 3 the world cannot be made here.
`;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): Arguments {
  const values = readOptions(args, {
    help: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    write: { type: 'string' },
    'same-as': { type: 'string' },
    quick: { type: 'boolean', default: false },
    'client-feel': { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    resolver: { type: 'string', multiple: true },
    root: { type: 'string' },
    command: { type: 'string' },
    config: { type: 'string' },
    bar: { type: 'string', multiple: true, default: [] },
    rtt: { type: 'string', default: `${PAGE_RTT_MS}` },
    jobs: { type: 'string', default: '6' },
  });
  const { help, list, json, write, quick, resolver, root, command, config } = values;
  const only = values.only.flatMap((ids) => ids.split(','));
  const rttMs = wholeNumber('--rtt', values.rtt, 0, 500);
  if (write !== undefined && (quick || only.length > 0)) throw new ArgumentError('--write wants a whole run');
  if (write !== undefined && rttMs !== PAGE_RTT_MS) throw new ArgumentError(`--write wants a --rtt of ${PAGE_RTT_MS}`);
  if (config !== undefined && command === undefined) throw new ArgumentError('--config needs --command');
  return {
    ...{ help, list, json, write, quick, only, root, command, config },
    sameAs: values['same-as'],
    clientFeel: values['client-feel'],
    resolvers: resolver ?? (command === undefined ? defaultResolvers(root) : []),
    bars: new Map(values.bar.map(readBar)),
    rttMs,
    jobs: wholeNumber('--jobs', values.jobs, 1, 32),
  };
}

function defaultResolvers(root: string | undefined): string[] {
  return ['dotscout', 'powerdns', ...(root === undefined ? [] : ['powerdns-next', 'dnsdist'])];
}

function readBar(text: string): [string, number] {
  const [, name, most] = /^([^=]+)=(\d{1,4})$/.exec(text) ?? [];
  if (name === undefined) throw new ArgumentError(`--bar is '${text}': expected a resolver's name, = and a number`);
  return [name, Number(most)];
}
