import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/testing/ports.js';
import { type Daemon, findProgram, isInstalled, startDaemon } from './daemon.js';
import { acceptsTcp } from './readiness.js';

const HOST = '127.0.0.1';

/** The engine that `npm test` installs, and its kin, which Debian has from 13 on. */
const REDIS = 'redis-server';
const VALKEY = 'valkey-server';

/** The engines that are installed here: Redis, and Valkey where Debian has it. */
export function enginesHere(): readonly string[] {
  return isInstalled(VALKEY) ? [REDIS, VALKEY] : [REDIS];
}

/** An engine on a port of its own, that stores nothing. */
export interface Redis {
  readonly port: number;
  /** Stops it in its tracks, as a machine that hangs. */
  hang(): void;
  /** Lets it go on. */
  resume(): void;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  start(): Promise<void>;
  /** Ends it for good. */
  remove(): Promise<void>;
}

/**
 * Starts one.
 *
 * @param name - of the program, and of Debian's package
 */
export async function launchRedis(name: string = REDIS): Promise<Redis> {
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-redis-'));
  const port = await freePort(HOST);
  const program = findProgram(name, name);
  const args = ['--port', `${port}`, '--bind', HOST, '--save', '', '--appendonly', 'no', '--dir', directory];
  const isReady = () => acceptsTcp(HOST, port);
  const start = () => startDaemon({ program, args, directory, isReady });
  let daemon: Daemon = await start();
  const resume = (): void => void process.kill(daemon.pid, 'SIGCONT');
  return {
    port,
    hang: () => void process.kill(daemon.pid, 'SIGSTOP'),
    resume,
    kill: () => daemon.stop(),
    async start() {
      daemon = await start();
    },
    async remove() {
      try {
        resume();
      } catch {
        // It has ended.
      }
      await daemon.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
