/**
 * Shares verdicts among the processes or threads of one program: one probes, all decide.
 *
 * @packageDocumentation
 */
export type { Clock, Timer } from '../../common/clock.js';
export type { Endpoint, FailureKind, Phase, Transport } from '../../state/model.js';
export type { ProbeWish, SharingStore, Store, StoreCode, StoreHost } from '../store.js';
export type { StoredAbsent, StoredBad, StoredGood, StoredPlace, StoredUnknown, StoredVerdict } from '../verdict.js';
export { type Channel, type IpcPeer, ipcChannel, portChannel } from './channel.js';
export { type HubProber, HubStore, type HubStoreOptions } from './hub-store.js';
export { MemberStore } from './member-store.js';
