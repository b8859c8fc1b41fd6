import { DotscoutError, quietly } from '../common/errors.js';
import { HOST_PARTS, isEvidence, isTimes } from '../state/checks.js';
import type { Times } from '../state/model.js';
import { ANSWER_WORDS } from '../wire/worth.js';
import type { ProbeResult, TlsFacts } from './prober.js';

/** Names to read; those that are not `true` hold objects, which are read as well. */
interface Shape {
  readonly [name: string]: true | Shape;
}

/** The compiler misses a name that is left out. */
const RESULT: Shape = {
  evidence: { result: true, phase: true, kind: true, controlled: true, why: true },
  detail: true,
  part: true,
  cause: true,
  rcode: true,
  times: { connect: true, handshake: true, answer: true, total: true } satisfies Record<keyof Times, true>,
  tls: {
    protocol: true,
    cipher: true,
    alpn: true,
    authorized: true,
    authorizationError: true,
    spki: true,
  } satisfies Record<keyof TlsFacts, true>,
  answer: true,
  comparison: { rcode: true, answer: true },
  session: true,
} satisfies Record<keyof ProbeResult, true | Shape>;

/** What comes of a probe that is given up. */
export const ABORTED: ProbeResult = { evidence: { result: 'inconclusive', why: 'aborted' }, times: { total: 0 } };

const BROKEN: ProbeResult = { evidence: { result: 'inconclusive', why: 'broken' }, times: { total: 0 } };

/** What comes of a prober that throws. Codes of ours (the guard has changed its mind) say nothing against it. */
export function brokenBy(error: unknown): ProbeResult {
  return { ...BROKEN, cause: error, ...(error instanceof DotscoutError ? {} : { part: 'prober' }) };
}

/**
 * Reads what a prober gave, which may be a host's own and of any make. Each of its parts is read once, and here: a getter may
 * throw, or say something else the next time.
 *
 * @param given - whatever the prober gave; where it is no result, a session of it is closed
 * @returns a copy, or a broken prober's result
 */
export function readResult(given: unknown): ProbeResult {
  const result = quietly(() => copyOf(given, RESULT));
  if (isResult(result)) return result;
  closeQuietly(given as ProbeResult);
  const expected = 'evidence and times, and of parts and answers those that are known';
  return brokenBy(new TypeError(`the prober gave no ProbeResult: ${expected}`, { cause: given }));
}

/** Closes a session that no query takes over. A host's own session may throw, which is swallowed. */
export function closeQuietly(result: Pick<ProbeResult, 'session'>): void {
  quietly(() => result.session?.close());
}

function copyOf(given: unknown, shape: Shape): unknown {
  if (Object(given) !== given) return given;
  const object = given as Record<string, unknown>;
  const copy: Record<string, unknown> = {};
  for (const name in shape) {
    if (!(name in object)) continue;
    const inner = shape[name] ?? true;
    copy[name] = inner === true ? object[name] : copyOf(object[name], inner);
  }
  return copy;
}

function isResult(result: unknown): result is ProbeResult {
  const { evidence, times, part, answer, comparison } = Object(result) as Partial<ProbeResult>;
  const isKnown = <T>(names: readonly T[], name: T | undefined) => name === undefined || names.includes(name);
  if (!isEvidence(evidence) || !isTimes(times) || !isKnown(HOST_PARTS, part)) return false;
  return isKnown(ANSWER_WORDS, answer) && isKnown(ANSWER_WORDS, comparison?.answer);
}
