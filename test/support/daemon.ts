import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathOf } from '../../tools/place.js';

const POLL_MS = 20;
const READY_WITHIN_MS = 60_000;
const KEPT_OUTPUT = 1_000_000;

/** A server process in the foreground. */
export interface Daemon {
  readonly pid: number;
  /** What it has written so far, both streams, at most the last million characters. */
  output(): string;
  /** Ends it and waits for its end. */
  stop(): Promise<void>;
}

/** Whether a program is installed. */
export function isInstalled(name: string): boolean {
  return pathOf(name) !== undefined;
}

/**
 * The full path of an installed program.
 *
 * @throws an error that names the package to install
 */
export function findProgram(name: string, debianPackage: string): string {
  const path = pathOf(name);
  if (path !== undefined) return path;
  throw new Error(
    `${name} is not installed: apt-get install ${debianPackage}, or run: node scripts/ensure-servers.mjs`,
  );
}

/**
 * The program to run: where AppArmor confines the installed one to its own configuration directory, a copy of it, since
 * profiles go by path.
 */
function unconfined(program: string, directory: string): string {
  try {
    if (readFileSync('/sys/module/apparmor/parameters/enabled', 'latin1').trim() !== 'Y') return program;
  } catch {
    return program;
  }
  const copy = join(directory, 'daemon');
  copyFileSync(program, copy);
  return copy;
}

/** What must not outlive this process. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** How to start a daemon. */
export interface DaemonOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Its working directory. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The network namespace to run it in; default ours. */
  readonly namespace?: string | undefined;
  /** Tries once whether it is ready. */
  readonly isReady: () => Promise<boolean>;
}

/** Starts a server and waits until it is ready. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { program, args, directory, environment, namespace, isReady } = options;
  // `ip netns exec` becomes the program, so that the process to stop is the same.
  const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
  const [command = program, ...rest] = [...inside, unconfined(program, directory), ...args];
  const child = spawn(command, rest, {
    cwd: directory,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = whenEnded(child);
  running.add(child);
  void ended.then(() => running.delete(child));
  const daemon: Daemon = {
    pid: child.pid ?? -1,
    output: () => output,
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 3000);
      await ended;
      clearTimeout(late);
    },
  };
  try {
    await untilReady(isReady, ended);
  } catch (error) {
    await daemon.stop();
    throw new Error(`${program} did not start: ${output}`, { cause: error });
  }
  return daemon;
}

function whenEnded(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(`it ended with ${code}`));
  });
}

async function untilReady(isReady: () => Promise<boolean>, ended: Promise<string>): Promise<void> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (!(await isReady())) {
    const end = await Promise.race([ended, wait(POLL_MS)]);
    if (end !== undefined) throw new Error(end);
    if (performance.now() > giveUpAt) throw new Error(`not ready after ${READY_WITHIN_MS} ms`);
  }
}
