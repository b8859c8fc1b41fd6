import { Command, CommanderError, Help, Option } from 'commander';
import { InvalidInputError } from 'dotscout';
import type { Address } from 'dotscout/state';
import manifest from '../package.json' with { type: 'json' };
import type { DoctorCommandOptions } from './doctor/command.js';
import { CommandError, EXIT, messageOf } from './exit.js';
import {
  collectAddress,
  oneAddress,
  wholeNumber,
  withLookOptions,
  withResolverOption,
  withZoneOption,
  zoneArgument,
} from './options.js';
import type { ProbeCommandOptions } from './probe/command.js';
import type { QueryCommandOptions } from './query/command.js';
import type { ScanCommandOptions } from './scan/command.js';
import type { DumpCommandOptions } from './state-file/dump.js';
import type { ExplainCommandOptions } from './state-file/explain.js';
import { NARROW, visible, widthOf, wrapped } from './text.js';
import type { ZoneCommandOptions } from './zone/command.js';

/**
 * Runs the command.
 *
 * @param args - what stood behind its name
 * @returns the exit status
 */
export async function run(args: readonly string[]): Promise<number> {
  let status: number = EXIT.done;
  const program = new Command('dotscout')
    .description('Which DNS servers speak DNS over TLS (DoT), and why a resolver’s queries are not encrypted.')
    .version(manifest.version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          `dotscout: ${visible(
            text
              .replace(/^error: /, '')
              .trim()
              .replaceAll('\n', ' '),
          )}\n`,
        ),
    })
    .configureHelp({ commandUsage, formatItem })
    .addHelpText('after', exitHelp());
  const set = (ended: number): void => {
    status = ended;
  };
  addProbe(program, set);
  addZone(program, set);
  addQuery(program, set);
  addScan(program, set);
  addDoctor(program, set);
  addDump(program, set);
  addExplain(program, set);
  addSimulate(program, set);
  addDemo(program, set);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    return statusOf(error);
  }
}

const STATUSES: readonly (readonly [status: string, means: string])[] = [
  ['0', 'done, and all is well'],
  ['1', 'a file, the network or this machine was in the way'],
  ['2', 'the command line makes no sense; nothing was done'],
  [
    '3',
    'done, and the answer is no: a server does not speak DoT, DoT and Do53 differ, a line is no target, something was found',
  ],
  ['129, 130, 143', 'ended by SIGHUP, SIGINT, SIGTERM'],
  ['141', 'whoever read the output has gone'],
];

/** The usage, broken where the terminal is too narrow for it. */
function commandUsage(this: Help, command: Command): string {
  const usage = Help.prototype.commandUsage.call(this, command);
  return wrapped(usage, (this.helpWidth ?? HELP_WIDTH) - 'Usage: '.length, '  ').join('\n');
}

/** A term and what it means; the one below the other where the terminal is narrow. */
function formatItem(this: Help, term: string, termWidth: number, description: string, helper: Help): string {
  const width = this.helpWidth ?? HELP_WIDTH;
  if (width >= NARROW) return Help.prototype.formatItem.call(this, term, termWidth, description, helper);
  return [...wrapped(`  ${term}`, width, '      '), ...wrapped(`      ${description}`, width, '      ')].join('\n');
}

/** The widest help where nobody knows the terminal, as commander has it. */
const HELP_WIDTH = 80;

function exitHelp(): string {
  const width = Math.min(widthOf(process.stdout), HELP_WIDTH);
  const lines = STATUSES.flatMap(([status, means]) => wrapped(`  ${status}  ${means}`, width, '     '));
  return `\n${['Exit status:', ...lines].join('\n')}\n`;
}

type SetStatus = (status: number) => void;

function addProbe(program: Command, set: SetStatus): void {
  withResolverOption(withZoneOption(withLookOptions(program.command('probe'))))
    .summary('whether servers speak DoT')
    .description(
      'Probes servers: TLS, a query, and where that is worse than over Do53, says so. The name of a zone stands for its name servers.',
    )
    .argument('<address-or-name...>', TARGETS)
    .option('--json', 'one JSON object a line')
    .addOption(new Option('-v, --verbose', 'tell what happened').conflicts('json'))
    .action(async (targets: string[], options: ProbeCommandOptions) => {
      const { probe } = await import('./probe/command.js');
      set(await probe(targets, options));
    });
}

const TARGETS =
  'whom: ADDR, ADDR:PORT, [V6]:PORT, ADDR@PORT, ADDR#PORT, @ADDR, tls://ADDR, a name in place of ADDR, or a prefix of at most 4096 addresses; the port is that of DoT';

function addZone(program: Command, set: SetStatus): void {
  withResolverOption(withLookOptions(program.command('zone')))
    .summary('whether a zone’s name servers speak DoT')
    .description(
      'Finds the name servers of a zone and their addresses, and asks each for the zone’s SOA over DoT. Exit status 3 where one does not speak it.',
    )
    .argument('<name>', 'the zone', zoneArgument)
    .option('--json', 'one JSON object an address')
    .action(async (name: string, options: ZoneCommandOptions) => {
      const { zone } = await import('./zone/command.js');
      set(await zone(name, options));
    });
}

function addQuery(program: Command, set: SetStatus): void {
  withResolverOption(withLookOptions(program.command('query')))
    .summary('whether a server answers the same over DoT and Do53')
    .description(
      'Asks a server the same over DoT and over Do53, and says in what the answers differ. Exit status 3 where they do, or where DoT gives none.',
    )
    .usage('[options] <name> [type] @<server>')
    .argument('<words...>', 'what to ask, of which type (default A), and whom, as probe takes it')
    .option('--json', 'one JSON object')
    .action(async (words: string[], options: QueryCommandOptions) => {
      const { query } = await import('./query/command.js');
      set(await query(words, options));
    });
}

function addScan(program: Command, set: SetStatus): void {
  withResolverOption(withZoneOption(withLookOptions(program.command('scan'))))
    .summary('the same for a file of addresses and names, by the million')
    .description(
      'Probes what a file names, a target of probe a line, or RANK,NAME; empty lines and comments behind # are left out. ' +
        'Networks take turns, so a file in the order of addresses is slower than one that is shuffled.',
    )
    .argument('<file>', 'the file, or - for stdin')
    .option('-o, --output <file>', 'where results go; default stdout')
    .addOption(new Option('--format <format>', 'default: by the output’s name, or jsonl').choices(['jsonl', 'csv']))
    .option('--resume', 'go on where the output ends')
    .option(
      '--concurrency <n>',
      'probes worked on at once; 16 times as many may wait for silent servers',
      wholeNumber(1, 1_024),
      64,
    )
    .option('--rate <n>', 'probes a second', wholeNumber(1, 10_000), 200)
    .option(
      '--prefix-rate <n>',
      'probes a minute to an IPv4 /24; half of it to an IPv6 /32',
      wholeNumber(1, 1_000_000),
      120,
    )
    .action(async (input: string, options: ScanCommandOptions) => {
      const { scan } = await import('./scan/command.js');
      set(await scan(input, options));
    });
}

function addDoctor(program: Command, set: SetStatus): void {
  withZoneOption(withLookOptions(program.command('doctor')))
    .summary('why nothing is encrypted')
    .description(
      'Looks whether the clock can be right, what a resolver has stored and, by a server that you name, whether DoT gets out of here.',
    )
    .option('--state <file>', 'the state file of the resolver')
    .option(
      '--via <address>',
      'try port 853 with a server known to speak DoT; may be given several times; without it nobody is contacted',
      collectAddress,
    )
    .option('--json', 'one JSON object a line')
    .action(async (options: DoctorCommandOptions) => {
      const { doctor } = await import('./doctor/command.js');
      set(await doctor(options));
    });
}

function addDump(program: Command, set: SetStatus): void {
  program
    .command('dump')
    .summary('what a state file holds')
    .description('Prints what a resolver has stored, in the layout of PowerDNS Recursor’s dump-dot-probe-map.')
    .argument('<state-file>', 'of a FileStore; it may be in use')
    .option('--json', 'one JSON object a line, as selector.export() has them')
    .option('--utc', 'times in UTC')
    .option('--endpoints', 'one more column: the port and, where one is named, our own address')
    .action(async (path: string, options: DumpCommandOptions) => {
      const { dump } = await import('./state-file/dump.js');
      set(await dump(path, options));
    });
}

function addExplain(program: Command, set: SetStatus): void {
  program
    .command('explain')
    .summary('what it holds of one server, and what follows from that')
    .argument('<state-file>', 'of a FileStore; it may be in use')
    .argument('<address>', 'which server', oneAddress)
    .option('--json', 'one JSON object an endpoint')
    .action(async (path: string, address: Address, options: ExplainCommandOptions) => {
      const { explain } = await import('./state-file/explain.js');
      set(await explain(path, address, options));
    });
}

/** Reads its options itself, as it does for npm run simulate. */
function addSimulate(program: Command, set: SetStatus): void {
  asItIs(program.command('simulate'))
    .summary('days of a resolver’s life on a virtual clock: what a policy costs and gains')
    .action(async (args: string[]) => {
      const { runSimulate } = await import('../../../simulate/command.js');
      set(await runSimulate(args, 'dotscout simulate'));
    });
}

/** Likewise. */
function addDemo(program: Command, set: SetStatus): void {
  asItIs(program.command('demo'))
    .summary('a fleet of servers on this machine, discovered before your eyes')
    .action(async (args: string[]) => {
      const { runDemo } = await import('../../../demo/command.js');
      set(await runDemo(args, 'dotscout demo'));
    });
}

/** Hands on all that stands behind the command, `--help` too. */
function asItIs(command: Command): Command {
  return command.argument('[args...]').helpOption(false).allowUnknownOption().passThroughOptions();
}

/** Tells what went wrong, where commander has not done so. */
function statusOf(error: unknown): number {
  // Help and version are such errors too, with the code 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
  process.stderr.write(`dotscout: ${visible(messageOf(error))}\n`);
  if (error instanceof CommandError) return error.status;
  return error instanceof InvalidInputError ? EXIT.usage : EXIT.failed;
}
