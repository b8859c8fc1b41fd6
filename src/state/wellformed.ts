import type { Evidence, FailureKind, Phase, Times } from './model.js';

/** Every phase of an attempt. */
export const PHASES: ReadonlySet<Phase> = new Set(['connect', 'handshake', 'answer']);

/** Every kind of failure. */
export const FAILURE_KINDS: ReadonlySet<FailureKind> = new Set([
  'refused',
  'unreachable',
  'silent',
  'closed',
  'not-tls',
  'alert',
  'malformed',
  'lame',
  'local',
  'auth',
]);

/** Whether something that a host's own part gave is a set of times: one that is no number would spoil every later one. */
export function isTimes(times: unknown): times is Times {
  const { connect, handshake, answer, total } = Object(times) as Partial<Times>;
  const isTime = (value: unknown) => typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
  return isTime(total) && [connect, handshake, answer].every((value) => value === undefined || isTime(value));
}

/** Whether something that a host's own part gave is evidence. */
export function isEvidence(evidence: unknown): evidence is Evidence {
  const { result, phase, kind, controlled } = Object(evidence) as Partial<Record<string, unknown>>;
  if (result !== 'failure') return result === 'success' || result === 'inconclusive';
  return PHASES.has(phase as Phase) && FAILURE_KINDS.has(kind as FailureKind) && typeof controlled === 'boolean';
}
