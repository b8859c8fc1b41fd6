/**
 * dotscout lets a DNS resolver find out which servers speak DNS over TLS, remember it, and choose the transport of every
 * query (RFC 9539).
 *
 * @packageDocumentation
 */
export { type Clock, systemClock, type Timer } from './common/clock.js';
export { DotscoutError, type ErrorCode, InvalidInputError, TransportError } from './common/errors.js';
export type { Authentication, TlsaRecord } from './contact/authentication.js';
export type { Claim, ClaimEvidence, ClaimedEndpoint, ClaimScope } from './contact/claim.js';
export type { DecisionContext, Demand } from './contact/contact.js';
export type { Decision, DecisionReason } from './contact/decision.js';
export { createGuard, type Guard, type GuardOptions } from './contact/guard.js';
export { QueryError, type QueryErrorDetails, type QueryFailure } from './contact/query-error.js';
export type { ResolvedServer, ServerObject, ServerRef } from './contact/server.js';
export type { DryRunRow } from './observe/dry-run.js';
export type { SelectorEmitter } from './observe/emitter.js';
export type { EndpointEntry } from './observe/entries.js';
export type {
  DroppedInfo,
  HedgeInfo,
  KeyChangeInfo,
  LeakInfo,
  OfflineInfo,
  ProbeInfo,
  QueryInfo,
  SelectorEventName,
  SelectorEvents,
  SelectorListener,
  StoreInfo,
  TransitionInfo,
} from './observe/events.js';
export type { ExplainedChange, ExplainedLameZone, Explanation } from './observe/explain.js';
export type { Histogram } from './observe/histogram.js';
export type { HostErrorInfo } from './observe/host-errors.js';
export type { Counts, Durations, Metrics } from './observe/metrics.js';
export type { QueryEnd } from './observe/names.js';
export type { ProbeRequest, QueryOptions, SelectorOptions } from './options.js';
export { DotProber, type DotProberOptions } from './probe/dot-prober.js';
export type {
  AnswerWord,
  ProbeOptions,
  ProbeResult,
  Prober,
  ProbeTarget,
  TlsFacts,
} from './probe/prober.js';
export type { QueryResult } from './query/query.js';
export type { Outcome } from './query/reports.js';
export type { RunAttempt, RunFunction } from './query/run.js';
export { type QueryServersOptions, queryServers } from './query-servers.js';
export type { Rule, RuleAction } from './rules/rule.js';
export type { Rules } from './rules/rule-lookup.js';
export { TransportSelector } from './selector.js';
export type { Source, SourceContact, SourceHost, SourceOutcome } from './sources/source.js';
export * from './state/index.js';
export type { DumpOptions } from './store/dump-lines.js';
export type { ProbeWish, SharingStore, Store, StoreCode, StoreHost } from './store/store.js';
export type {
  Imported,
  StoredAbsent,
  StoredBad,
  StoredGood,
  StoredPlace,
  StoredUnknown,
  StoredVerdict,
} from './store/verdict.js';
export { Do53Exchange, type Do53ExchangeOptions } from './transport/do53/exchange.js';
export { DotExchange, type DotExchangeOptions, type SessionCounts } from './transport/dot/exchange.js';
export type {
  AdoptingExchange,
  Attempt,
  AttemptingExchange,
  AttemptListener,
  AttemptOptions,
  Exchange,
  ExchangeOptions,
  FaultTelling,
  HandshakeTelling,
  KeyTelling,
  Reply,
  WarmSession,
} from './transport/exchange.js';
export { classifyError } from './transport/failure.js';
export type { Connect } from './transport/tls/tls.js';
export type { AnswerKind } from './wire/worth.js';
