/**
 * Shares verdicts among the resolvers of a fleet through Redis or Valkey. The client is the host's: the package `redis` is
 * an optional peer.
 *
 * @packageDocumentation
 */
export type { Clock, Timer } from '../../common/clock.js';
export type { Endpoint, FailureKind, Phase, Transport } from '../../state/model.js';
export type { ProbeWish, SharingStore, Store, StoreCode, StoreHost } from '../store.js';
export type { StoredAbsent, StoredBad, StoredGood, StoredPlace, StoredUnknown, StoredVerdict } from '../verdict.js';
export type { RedisClient, RedisConnection } from './client.js';
export { RedisStore, type RedisStoreOptions } from './redis-store.js';
