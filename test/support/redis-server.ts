import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/testing/ports.js';
import { type Daemon, findProgram, startDaemon } from './daemon.js';
import { acceptsTcp } from './readiness.js';

const HOST = '127.0.0.1';

/** A redis-server on a port of its own, that stores nothing. */
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

/** Starts one. */
export async function launchRedis(): Promise<Redis> {
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-redis-'));
  const port = await freePort(HOST);
  const program = findProgram('redis-server', 'redis-server');
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
