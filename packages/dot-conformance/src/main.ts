#!/usr/bin/env node
// The command dot-conformance. It makes two network namespaces, and runs itself once more in that of the servers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { ArgumentError } from '../../../tools/arguments.js';
import { readArguments, USAGE } from './arguments.js';
import { assignmentOf, listed, runHere } from './program.js';
import { makeNamespaces, namesOf, removeNamespaces, sweepNamespaces } from './world/namespaces.js';

const EXIT = { atBar: 0, belowBar: 1, usage: 2, noWorld: 3 } as const;
/** In the environment of the process within: the number of the one that has made the namespaces. */
const WITHIN = 'DOT_CONFORMANCE_WITHIN';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  try {
    const read = readArguments(args);
    if (read.help || read.list) {
      process.stdout.write(read.help ? USAGE : listed());
      return EXIT.atBar;
    }
    const outer = process.env[WITHIN];
    if (outer !== undefined) {
      takePrecedence();
      return (await runHere(read, namesOf(Number(outer)).resolvers)) ? EXIT.atBar : EXIT.belowBar;
    }
    assignmentOf(read);
    return await runWithin(args);
  } catch (error) {
    process.stderr.write(`dot-conformance: ${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof ArgumentError ? EXIT.usage : EXIT.noWorld;
  }
}

/** What else the machine does is to make neither servers nor resolvers late: those it starts inherit the priority. */
function takePrecedence(): void {
  try {
    setPriority(constants.priority.PRIORITY_HIGH);
    // Where Linux groups processes by session, the priority of one counts within its group alone.
    writeFileSync('/proc/self/autogroup', `${constants.priority.PRIORITY_HIGH}`);
  } catch {
    // A container may keep it from that. Then the control tells.
  }
}

/** Makes the namespaces, and removes them whatever happens within. */
async function runWithin(args: readonly string[]): Promise<number> {
  await sweepNamespaces();
  const names = namesOf(process.pid);
  await makeNamespaces(names);
  try {
    const command = [
      'netns',
      'exec',
      names.servers,
      process.execPath,
      ...process.execArgv,
      import.meta.filename,
      ...args,
    ];
    const env = { ...process.env, [WITHIN]: `${process.pid}` };
    const child = spawn('ip', command, { stdio: 'inherit', env });
    // The process within gets the terminal's signals too; the namespaces are to be removed after it has ended.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? EXIT.noWorld;
  } finally {
    await removeNamespaces(names);
  }
}
