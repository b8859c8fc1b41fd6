import { closedError, DotscoutError, TransportError } from '../common/errors.js';
import type { Failure, FailureKind, HostPart, Phase } from '../state/model.js';

/** What the detail of a failure says where other rules are in force, which forbid what was still to be sent. */
const FORBIDDEN = 'rule';

/**
 * What keeps a query from being sent or answered, and is no server's doing. It has no stack: that costs ten times as much as the
 * rest of it, and thousands are refused a turn where a loop that stood still has to catch up.
 *
 * @param detail - what it is
 * @param phase - where the attempt stood
 */
export function localError(detail: string, phase: Phase = 'connect'): TransportError {
  const { stackTraceLimit } = Error;
  // Where a host has frozen `Error`, this changes nothing, and throws nothing.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return new TransportError({ phase, kind: 'local', detail });
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}

/** The exchange is closed: what those are told who wait, and those who come later. */
export function exchangeClosed(): DotscoutError {
  return closedError('the exchange');
}

/** Nothing more is sent of a query, for rules forbid it. */
export function forbidden(): TransportError {
  return localError(FORBIDDEN);
}

/** Whether that is what an attempt has met. */
export function isForbidden({ kind, detail }: Failure): boolean {
  return kind === 'local' && detail === FORBIDDEN;
}

/** The longest `detail`, in characters. */
const DETAIL_LENGTH = 200;

/** What the system calls an address that nobody reaches. A router's ICMP can cause each: the path's doing, not ours. */
const UNREACHABLE = new Set(['ENETUNREACH', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENOPROTOOPT', 'ENONET']);

/** The peer ended the connection. */
const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** Nothing came until somebody's patience ended: the kernel's, or Node's. */
const SILENT = new Set(['ETIMEDOUT', 'ESOCKETTIMEDOUT', 'ERR_SOCKET_CONNECTION_TIMEOUT', 'ERR_TLS_HANDSHAKE_TIMEOUT']);

/** What the check of a certificate says where authentication was demanded (OpenSSL's names, and Node's own). */
const AUTH =
  /^(ERR_TLS_CERT_|CERT_|CRL_|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED_CERT|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)|CERTIFICATE_VERIFY_FAILED/;

/** OpenSSL's words for octets that are no TLS record at all. */
const NOT_TLS =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|HTTPS_PROXY_REQUEST|UNKNOWN_PROTOCOL|BAD_RECORD_TYPE|RECORD_TOO_SMALL|RECORD_LAYER_FAILURE|RECORD_LENGTH_MISMATCH|INVALID_RECORD/;

/** OpenSSL's words for trouble of our own: memory, its inner state, or how we set it up. */
const OWN_TLS =
  /MALLOC_FAILURE|INTERNAL_ERROR|LIBRARY_BUG|NO_CIPHER_MATCH|NO_CIPHERS_AVAILABLE|NO_PROTOCOLS_AVAILABLE|PASSED_NULL|UNINITIALIZED/;

/** Kinds that belong to one phase, wherever the attempt stood when they were said. */
const PHASES: Partial<Record<FailureKind, Phase>> = {
  refused: 'connect',
  unreachable: 'connect',
  'not-tls': 'handshake',
  alert: 'handshake',
  auth: 'handshake',
};

/**
 * Says what an error of `node:tls`, `node:net` or `node:dgram` means: in which phase of an attempt, and how. For hosts
 * that send queries themselves and report the outcome. What it does not know is `local`: in doubt no server is blamed.
 *
 * Codes alone do not tell: a reset shows as ECONNRESET in every phase, so name the phase where you know it.
 *
 * @param error - whatever was thrown or emitted; never throws itself
 * @param phase - where the attempt stood; guessed from the error if absent
 */
export function classifyError(error: unknown, phase?: Phase): Failure {
  if (error instanceof TransportError) return error.failure;
  const facts = readError(error);
  const at = phase ?? guessPhase(facts);
  const kind = kindOf(facts, at);
  const detail = facts.detail === '' ? {} : { detail: facts.detail };
  return { phase: PHASES[kind] ?? at, kind, ...detail };
}

/**
 * The same of what a part of the host's own may have caused: what nobody knows is its fault.
 *
 * @param error - whatever was thrown or emitted
 * @param phase - where the attempt stood; guessed from the error if `undefined`
 * @param part - which part; `undefined` where there is none
 */
export function failureOf(error: unknown, phase: Phase | undefined, part: HostPart | undefined): Failure {
  const failure = classifyError(error, phase);
  return part === undefined || failure.kind !== 'local' ? failure : { ...failure, part };
}

/** What a failed attempt has met; `undefined` of any other error. */
export function failureIn(error: unknown): Failure | undefined {
  return error instanceof TransportError ? error.failure : undefined;
}

/**
 * The error that is told: one of ours as it is, and of any other what it means.
 *
 * @param error - whatever was thrown or emitted
 * @param phase - where the attempt stood
 * @param part - which part of the host's own may have caused it; absent where there is none
 */
export function errorOf(error: unknown, phase: Phase, part?: HostPart): DotscoutError {
  if (error instanceof DotscoutError) return error;
  return new TransportError(failureOf(error, phase, part), { cause: error });
}

/**
 * What a part of the host's own threw against its contract: whatever it says, no server is blamed for it.
 *
 * @param error - whatever was thrown; kept as it was
 * @param part - which
 */
export function brokenPart(error: unknown, part: HostPart): TransportError {
  return new TransportError({ ...classifyError(error, 'connect'), kind: 'local', part }, { cause: error });
}

/**
 * A part of the host's own gave what it should not.
 *
 * @param value - what it gave; kept
 * @param failure - what is said of it
 */
export function wrongShape(value: unknown, failure: Failure & { readonly detail: string }): TransportError {
  return new TransportError(failure, { cause: new TypeError(failure.detail, { cause: value }) });
}

/**
 * What it means that nothing came within a limit: silence of the server, or nothing at all where our own event loop stood
 * still meanwhile.
 *
 * @param phase - where the attempt stood
 * @param stalled - whether our event loop used up the limit
 * @param detail - what is said of a server's silence
 */
export function silence(phase: Phase, stalled: boolean, detail: string): Failure {
  return stalled ? { phase, kind: 'local', detail: 'our event loop stood still' } : { phase, kind: 'silent', detail };
}

interface ErrorFacts {
  /** A code such as ECONNRESET or ERR_SSL_WRONG_VERSION_NUMBER; empty where there is none. */
  readonly code: string;
  /** OpenSSL's reason in the form of its codes; empty for errors that are not OpenSSL's. */
  readonly tls: string;
  /** Whether the system says that it was connecting. */
  readonly isConnect: boolean;
  /** Whether that is prohibited on the way. */
  readonly isProhibited: boolean;
  readonly detail: string;
}

function readError(error: unknown): ErrorFacts {
  // Getters of a host's own error class may throw; that must not turn one error into another.
  try {
    const { code, syscall, address, library, reason, message, name } = Object(error) as Record<string, unknown>;
    const text = typeof message === 'string' ? message : typeof error === 'string' ? error : '';
    const codeText = typeof code === 'string' ? code : '';
    const known = codeText.startsWith('ERR_SSL_') || library === 'SSL routines' || codeText === 'EPROTO';
    // EPROTO carries OpenSSL's reason only in its text.
    const words = codeText.startsWith('ERR_SSL_') ? codeText : typeof reason === 'string' ? reason : text;
    const isConnect = syscall === 'connect';
    const isAbort = name === 'AbortError';
    return {
      code: isAbort ? 'ABORT_ERR' : codeText,
      tls: known ? words.toUpperCase().replaceAll(' ', '_') : '',
      isConnect,
      // Linux calls ICMPv6's "administratively prohibited" (RFC 4443 section 3.1) EACCES, where over IPv4 it is EHOSTUNREACH.
      // Over IPv4 EACCES is our own want of permission.
      isProhibited: !isAbort && code === 'EACCES' && isConnect && String(address).includes(':'),
      detail: shorten(text === '' ? codeText : text),
    };
  } catch {
    return readError(undefined);
  }
}

function shorten(text: string): string {
  return text.length > DETAIL_LENGTH ? `${text.slice(0, DETAIL_LENGTH - 1)}…` : text;
}

function guessPhase(facts: ErrorFacts): Phase {
  if (facts.isConnect) return 'connect';
  const inHandshake = facts.tls !== '' || facts.code.startsWith('ERR_TLS_') || AUTH.test(facts.code);
  return inHandshake || facts.detail.includes('before secure TLS connection') ? 'handshake' : 'answer';
}

function kindOf({ code, tls, isProhibited }: ErrorFacts, phase: Phase): FailureKind {
  if (code === 'ECONNREFUSED') return 'refused';
  if (UNREACHABLE.has(code) || isProhibited) return 'unreachable';
  if (SILENT.has(code)) return 'silent';
  if (CLOSED.has(code)) return phase === 'connect' ? 'refused' : 'closed';
  if (tls !== '') return kindOfTls(tls, phase);
  // A server's choice of Diffie-Hellman that Node itself turns down.
  if (code === 'ERR_TLS_DH_PARAM_SIZE') return 'alert';
  return AUTH.test(code) ? 'auth' : 'local';
}

/** In the answer phase TLS stands already: an alert ends the session, and broken records are broken answers. */
function kindOfTls(tls: string, phase: Phase): FailureKind {
  if (tls.includes('ALERT')) return phase === 'answer' ? 'closed' : 'alert';
  if (OWN_TLS.test(tls)) return 'local';
  if (AUTH.test(tls)) return 'auth';
  if (phase === 'answer') return 'malformed';
  return NOT_TLS.test(tls) ? 'not-tls' : 'alert';
}

/** A bound of ours that kept a query from being sent over DoT: too much is held, or too many sessions are or were opened. */
export type OwnBound = 'budget' | 'churn' | 'openings';

/** Which bound of ours a failure comes from; such a one says nothing about the server. */
export function ownBoundOf({ kind, detail }: Failure): OwnBound | undefined {
  const isOwn = kind === 'local' && (detail === 'budget' || detail === 'churn' || detail === 'openings');
  return isOwn ? detail : undefined;
}
