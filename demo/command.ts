// What npm run demo and dotscout demo do: a fleet of name servers, a resolver's workload, and what dotscout makes of them.
import { TransportSelector } from '../src/index.js';
import { ArgumentError } from '../tools/arguments.js';
import type { Fleet } from '../tools/fleet.js';
import { type DemoArguments, readArguments, usageOf } from './arguments.js';
import { startFleetProcess } from './fleet-client.js';
import { run } from './run.js';
import { LineScreen, makeScreen, type ScreenOptions } from './screen.js';
import { type Summary, summarize } from './summary.js';
import { Tally } from './tally.js';
import { textOf } from './text.js';

const USAGE_ERROR = 2;
const FAILURE = 1;
const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/**
 * Runs the demo.
 *
 * @param argv - what stood behind the command
 * @param command - what people have called
 * @returns the exit status
 */
export async function runDemo(argv: readonly string[], command: string): Promise<number> {
  try {
    const args = readArguments(argv);
    if (args.help) process.stdout.write(usageOf(command));
    else await demo(args);
    return 0;
  } catch (error) {
    process.stderr.write(`${command}: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof ArgumentError) process.stderr.write(`\n${usageOf(command)}`);
    return error instanceof ArgumentError ? USAGE_ERROR : FAILURE;
  }
}

async function demo(args: DemoArguments): Promise<void> {
  const say = (text: string) => (args.json ? process.stderr : process.stdout).write(`${text}\n`);
  let fleet: Fleet | undefined;
  let fail: (why: Error) => void = () => {};
  const death = new Promise<never>((_, reject) => {
    fail = reject;
  });
  death.catch(() => {}); // It is heard while the demo runs.
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => void Promise.resolve(fleet?.close()).finally(() => process.exit(code)));
  }
  say(`Starting ${args.servers === 'real' ? 'NSD and BIND' : 'the fleet'} …`);
  try {
    fleet = await startFleetProcess(args.servers, (why) => fail(why));
    const { length } = fleet.servers;
    say(`${length} servers. ${args.queries} queries by Zipf's law, seed ${args.seed}, at about 250 a second.\n`);
    const summary = await Promise.race([watch(args, fleet), death]);
    process.stdout.write(args.json ? `${JSON.stringify(summary)}\n` : `${textOf(summary).join('\n')}\n`);
  } finally {
    await fleet?.close();
  }
}

async function watch({ json, queries, seed }: DemoArguments, { servers }: Fleet): Promise<Summary> {
  // The servers are on loopback, where dotscout never connects unless it is allowed to.
  await using selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] } });
  const tally = new Tally();
  const shown: ScreenOptions = { output: json ? process.stderr : process.stdout, selector, servers, tally };
  const screen = json ? new LineScreen(shown, false) : makeScreen(shown);
  await run({ selector, servers, queries, seed, tally, screen });
  return summarize(selector, servers, tally);
}
