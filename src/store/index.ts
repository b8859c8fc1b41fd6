/**
 * Where verdicts outlive the process: a file, and the interface of a host's own store.
 *
 * @packageDocumentation
 */
export type { Clock, Timer } from '../common/clock.js';
export { type InvalidInputCode, InvalidInputError } from '../state/invalid-input.js';
export type { Endpoint, FailureKind, Phase, Status, Transport } from '../state/model.js';
export { type DumpOptions, type DumpRow, dumpLines } from './dump-lines.js';
export { FileStore, type FileStoreOptions } from './file/file-store.js';
export { readStateFile, type StateFile } from './file/read-journal.js';
export { readVerdictLines, verdictLines } from './lines.js';
export type { ProbeWish, SharingStore, Store, StoreCode, StoreHost } from './store.js';
export type { StoredAbsent, StoredBad, StoredGood, StoredPlace, StoredUnknown, StoredVerdict } from './verdict.js';
