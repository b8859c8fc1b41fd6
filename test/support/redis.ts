import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/testing/ports.js';
import { type Daemon, findProgram, startDaemon } from './daemon.js';

const PATIENCE_MS = 500;

/** A real Redis engine that is running, with nothing on disk. */
export interface RedisEngine extends AsyncDisposable {
  readonly port: number;
  /** What a client connects to. */
  readonly url: string;
  /** It stands still: connections stay up and nothing is answered. */
  freeze(): void;
  thaw(): void;
  /** It ends at once and forgets all. */
  kill(): Promise<void>;
  /** It begins anew on the same port, empty. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Redis engine on a free port of 127.0.0.1. */
export async function startRedis(): Promise<RedisEngine> {
  const program = findProgram('redis-server', 'redis-server');
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-redis-'));
  const port = await freePort('127.0.0.1');
  let daemon: Daemon | undefined;
  const start = async (): Promise<void> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
    daemon = await startDaemon({ program, args, directory, isReady: () => answersPing(port) });
  };
  const signal = (name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void => {
    if (daemon !== undefined) process.kill(daemon.pid, name);
  };
  const stop = async (): Promise<void> => {
    if (daemon !== undefined) signal('SIGCONT');
    await daemon?.stop();
    daemon = undefined;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async kill() {
      signal('SIGKILL');
      await daemon?.stop();
      daemon = undefined;
    },
    start,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const settle = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.setTimeout(PATIENCE_MS, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => settle(data.toString('latin1').startsWith('+PONG')));
  });
}
