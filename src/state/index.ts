/**
 * The pure part of dotscout: the state of an endpoint, the transition by an event, and the bounded table of all. No
 * I/O, no clock, no timer, no dependency; runs in a browser. Time is a number that the caller hands in.
 *
 * @packageDocumentation
 */
export { type Address, compareAddresses, parseAddress, prefixKey, tryParseAddress } from './address/address.js';
export { type InvalidInputCode, InvalidInputError } from './invalid-input.js';
export type { LameMemory, LameZone } from './lame.js';
export type {
  BadState,
  Effect,
  Endpoint,
  EndpointPlace,
  EndpointState,
  Evidence,
  EvidenceSource,
  Failure,
  FailureKind,
  GoodState,
  HostPart,
  InconclusiveReason,
  Phase,
  ProbePurpose,
  ProbeState,
  StateEvent,
  Status,
  Strike,
  Times,
  Transition,
  TransitionReason,
  Transport,
  UnknownState,
  Verdict,
} from './model.js';
export { endpointKey, isWordless, statusOf } from './model.js';
export {
  type HedgeMode,
  inconclusiveDelay,
  type Policy,
  type PolicyInput,
  type PolicyName,
  policies,
  probeLifeMs,
  type RetryFacts,
  refreshDelay,
  resolvePolicy,
  retryDelay,
} from './policy.js';
export { POLICY_LIMITS, type PolicyLimit, type PolicyNumbers } from './policy-limits.js';
export type { Popularity } from './popularity.js';
export type { Smoothed, Timing } from './smoothing.js';
export type { Applied, EndpointRecord, Evicted, HistoryItem } from './table/endpoint-record.js';
export type { NumberedRows } from './table/numbered-rows.js';
export { GLANCE, type Glance } from './table/packed-rows.js';
export type { DotTiming } from './table/row-extras.js';
export { EndpointTable } from './table/table.js';
export { transition } from './transition.js';
