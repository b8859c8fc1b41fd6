/**
 * Shares what a fleet of hosts learns through a Redis or Valkey engine that they already run. The client is the host's
 * own: the package `redis` (or `@redis/client`) from version 5 on, or anything that {@link RedisClient} fits.
 *
 * @packageDocumentation
 */
export type { RedisClient, RedisConnection } from './client.js';
export { RedisStore, type RedisStoreOptions } from './redis-store.js';
