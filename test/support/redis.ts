import { createClient, type RedisClientType } from 'redis';
import { onTestFinished } from 'vitest';
import { launchRedis, type Redis } from './redis-server.js';

export type { Redis } from './redis-server.js';

/**
 * Starts an engine for this test.
 *
 * @param name - of the program; default Redis
 */
export async function startRedis(name?: string): Promise<Redis> {
  const redis = await launchRedis(name);
  onTestFinished(() => redis.remove());
  return redis;
}

/** A connected client for this test, which goes on when the engine does not. */
export async function redisClient({ port }: Pick<Redis, 'port'>): Promise<RedisClientType> {
  const client: RedisClientType = createClient({ socket: { host: '127.0.0.1', port, reconnectStrategy: 200 } });
  client.on('error', () => undefined);
  await client.connect();
  onTestFinished(() => client.destroy());
  return client;
}
