import type { Evidence, FailureKind, HostPart, Phase, Times } from './model.js';

/** Every phase of an attempt. Packed rows hold indexes of this list and the next: append only. */
export const PHASES: readonly Phase[] = ['connect', 'handshake', 'answer'];

/** Every kind of failure. */
export const FAILURE_KINDS: readonly FailureKind[] = [
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
];

/** Parts of a host's own. */
export const HOST_PARTS: readonly HostPart[] = [
  'dot',
  'do53',
  'connect',
  'prober',
  'store',
  'source',
  'guard',
  'random',
  'listener',
];

/** Whether a value from a host's own part is a set of times: a time that is no number would spoil every later mean. */
export function isTimes(times: unknown): times is Times {
  const { connect, handshake, answer, total } = Object(times) as Partial<Times>;
  return isTime(total) && mayBeTime(connect) && mayBeTime(handshake) && mayBeTime(answer);
}

function mayBeTime(value: unknown): boolean {
  return value === undefined || isTime(value);
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
}

/** Whether a value from a host's own part is evidence. */
export function isEvidence(evidence: unknown): evidence is Evidence {
  const { result, phase, kind, controlled } = Object(evidence) as Partial<Record<string, unknown>>;
  if (result !== 'failure') return result === 'success' || result === 'inconclusive';
  return (
    PHASES.includes(phase as Phase) && FAILURE_KINDS.includes(kind as FailureKind) && typeof controlled === 'boolean'
  );
}
