import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type RedisClientType } from 'redis';
import { onTestFinished } from 'vitest';
import { freePort } from '../../src/testing/ports.js';
import { type Daemon, findProgram, startDaemon } from './daemon.js';
import { acceptsTcp } from './readiness.js';

const HOST = '127.0.0.1';

/** A redis-server for this test, on a port of its own, that stores nothing. */
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
}

/** Starts one. */
export async function startRedis(): Promise<Redis> {
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-redis-'));
  const port = await freePort(HOST);
  const program = findProgram('redis-server', 'redis-server');
  const args = ['--port', `${port}`, '--bind', HOST, '--save', '', '--appendonly', 'no', '--dir', directory];
  const isReady = () => acceptsTcp(HOST, port);
  const start = () => startDaemon({ program, args, directory, isReady });
  let daemon: Daemon = await start();
  const resume = (): void => void process.kill(daemon.pid, 'SIGCONT');
  onTestFinished(async () => {
    try {
      resume();
    } catch {
      // It has ended.
    }
    await daemon.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    port,
    hang: () => void process.kill(daemon.pid, 'SIGSTOP'),
    resume,
    kill: () => daemon.stop(),
    async start() {
      daemon = await start();
    },
  };
}

/** A connected client for this test, which goes on when the engine does not. */
export async function redisClient({ port }: Pick<Redis, 'port'>): Promise<RedisClientType> {
  const client: RedisClientType = createClient({ socket: { host: HOST, port, reconnectStrategy: 200 } });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.destroy());
  return client;
}
