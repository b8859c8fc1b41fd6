/**
 * Shares what the threads or processes of one host learn, over the channels between them: one of them probes, the others
 * decide by themselves.
 *
 * @packageDocumentation
 */
export { ClusterHub, type ClusterHubOptions, type WishedServer } from './hub.js';
export { ClusterMember } from './member.js';
export type { ClusterPeer, ProcessPeer, ThreadPeer } from './peer.js';
