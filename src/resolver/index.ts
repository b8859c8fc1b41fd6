/**
 * Questions and answers as people write them, with the transport that dotscout chooses: `ask` for one question, `Resolver` for
 * programs that use `node:dns`.
 *
 * @packageDocumentation
 */

export { type Answer, ask } from './ask.js';
export { DnsError, type DnsErrorCode } from './dns-error.js';
export { lookup } from './lookup.js';
export type { Lookup } from './lookup-function.js';
export type { TlsaRecord } from './node-records.js';
export type { Question } from './question.js';
export type { Rcode } from './rcodes.js';
export type { ReadType, RecordData, RecordHead, ResourceRecord } from './record-data.js';
export { Resolver } from './resolver.js';
export type { ResolverOptions } from './resolver-options.js';
export type { QuestionType, RecordType } from './types.js';
