import { type ChildProcess, fork, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../test/support/daemon.js';
import type { Fleet, FleetMessage, FleetServer } from '../tools/fleet.js';
import type { ServersChoice } from './arguments.js';

/** The compiled demo is in `.demo/demo`. */
const ENSURE_SERVERS = join(import.meta.dirname, '..', '..', 'scripts', 'ensure-servers.mjs');
const FLEET_PROCESS = join(import.meta.dirname, 'fleet-process.js');
const STOP_WITHIN_MS = 8_000;
/** The servers are wrong in ways in which Bun's TLS cannot be: it refuses to serve TLS 1.0. */
const SERVERS_RUNTIME = process.versions.bun === undefined ? process.execPath : 'node';

/**
 * Starts the fleet in a process of its own, which ends with this one however that ends.
 *
 * @param choice - which servers
 * @param onDeath - called when the process ends before it is asked to
 */
export async function startFleetProcess(choice: ServersChoice, onDeath: (why: Error) => void): Promise<Fleet> {
  if (choice === 'real') await ensureServers();
  const stdio = ['ignore', 'ignore', 'inherit', 'ipc'] as const;
  const child = fork(FLEET_PROCESS, [choice], { stdio: [...stdio], execPath: SERVERS_RUNTIME });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let closing = false;
  const close = async (): Promise<void> => {
    closing = true;
    if (child.connected) child.disconnect();
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(late);
  };
  const servers = await firstMessage(child);
  void ended.then(() => {
    if (!closing) onDeath(new Error(`the servers' process ended with ${child.exitCode ?? child.signalCode}`));
  });
  return { servers, close };
}

function firstMessage(child: ChildProcess): Promise<readonly FleetServer[]> {
  return new Promise((resolve, reject) => {
    child.once('message', (message: FleetMessage) => {
      if ('error' in message) reject(new Error(`the servers did not start: ${message.error}`));
      else resolve(message.servers);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new Error(`the servers' process ended with ${code ?? signal}`)));
  });
}

/** Installs NSD and BIND where they are missing and that is allowed. What the installation says goes to stderr. */
async function ensureServers(): Promise<void> {
  try {
    findProgram('nsd', 'nsd');
    findProgram('named', 'bind9');
    return;
  } catch (error) {
    // Only the repository has the script.
    if (!existsSync(ENSURE_SERVERS)) throw error;
    process.stderr.write('demo: NSD or BIND is missing\n');
  }
  const child = spawn(process.execPath, [ENSURE_SERVERS], { stdio: ['ignore', 2, 2] });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error('NSD and BIND could not be installed');
}
