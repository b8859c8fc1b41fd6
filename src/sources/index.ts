/**
 * Ways to learn of encrypted name servers other than probing whatever is met: configuration, SVCB records of name servers
 * (RFC 9461), and designations of resolvers (DDR, RFC 9462).
 *
 * @packageDocumentation
 */

export type { Claim, ClaimEvidence, ClaimedEndpoint, ClaimScope } from '../contact/claim.js';
export { readSvcb, type SvcbRecord } from '../wire/svcb.js';
export { DdrSource, type DdrSourceOptions, type Forwarder } from './ddr-source.js';
export { NameserverSource, type NameserverSourceOptions } from './nameserver-source.js';
export type { Lookup, LookupAnswer, Source, SourceContact, SourceHost, SourceOutcome } from './source.js';
export { type StaticEndpoint, type StaticEntry, StaticSource } from './static-source.js';
