import { expect, test } from 'vitest';
import { TransportError } from '../../src/common/errors.js';
import type { Phase } from '../../src/state/model.js';
import { classifyError, localError } from '../../src/transport/failure.js';
import { heldInBuffers } from '../support/memory.js';

function coded(code: string, more: Record<string, unknown> = {}): Error {
  return Object.assign(new Error(`it says ${code}`), { code, ...more });
}

test.each<[string, Phase | undefined, Phase, string]>([
  ['ECONNREFUSED', 'connect', 'connect', 'refused'],
  ['ECONNREFUSED', 'answer', 'connect', 'refused'],
  ['ECONNRESET', 'connect', 'connect', 'refused'],
  ['ECONNRESET', 'handshake', 'handshake', 'closed'],
  ['ECONNRESET', 'answer', 'answer', 'closed'],
  ['ECONNRESET', undefined, 'answer', 'closed'],
  ['EPIPE', 'answer', 'answer', 'closed'],
  ['ENETUNREACH', 'connect', 'connect', 'unreachable'],
  ['EHOSTUNREACH', 'answer', 'connect', 'unreachable'],
  ['ETIMEDOUT', 'connect', 'connect', 'silent'],
  ['ETIMEDOUT', 'answer', 'answer', 'silent'],
  ['EMFILE', 'connect', 'connect', 'local'],
  ['ENFILE', 'connect', 'connect', 'local'],
  ['ENOBUFS', 'answer', 'answer', 'local'],
  ['EADDRNOTAVAIL', 'connect', 'connect', 'local'],
  ['EADDRINUSE', 'connect', 'connect', 'local'],
  ['EACCES', 'connect', 'connect', 'local'],
  ['EPERM', 'connect', 'connect', 'local'],
  ['ENOMEM', 'connect', 'connect', 'local'],
  ['ABORT_ERR', 'handshake', 'handshake', 'local'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'handshake', 'handshake', 'not-tls'],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', 'handshake', 'handshake', 'not-tls'],
  ['ERR_SSL_HTTP_REQUEST', undefined, 'handshake', 'not-tls'],
  ['ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_WRONG_CIPHER_RETURNED', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_BAD_KEY_SHARE', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_DH_KEY_TOO_SMALL', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_WRONG_CURVE', 'handshake', 'handshake', 'alert'],
  ['ERR_TLS_DH_PARAM_SIZE', 'handshake', 'handshake', 'alert'],
  ['ERR_SSL_MALLOC_FAILURE', 'handshake', 'handshake', 'local'],
  ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_REQUIRED', 'answer', 'answer', 'closed'],
  ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'answer', 'answer', 'malformed'],
  ['ERR_SSL_CERTIFICATE_VERIFY_FAILED', 'handshake', 'handshake', 'auth'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', undefined, 'handshake', 'auth'],
  ['CERT_HAS_EXPIRED', 'handshake', 'handshake', 'auth'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', undefined, 'handshake', 'auth'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'handshake', 'handshake', 'auth'],
  ['ENOTHING', 'connect', 'connect', 'local'],
])('P7 %s in %s', (code, phase, expectedPhase, kind) => {
  expect(classifyError(coded(code), phase)).toEqual({ phase: expectedPhase, kind, detail: `it says ${code}` });
});

test('P7 what the error itself says of its phase', () => {
  expect(classifyError(coded('EPERM', { syscall: 'connect' }))).toMatchObject({ phase: 'connect', kind: 'local' });
  const early = new Error('Client network socket disconnected before secure TLS connection was established');
  expect(classifyError(Object.assign(early, { code: 'ECONNRESET' }))).toMatchObject({
    phase: 'handshake',
    kind: 'closed',
  });
});

test('P7 OpenSSL’s reason where there is no code of it', () => {
  const eproto = Object.assign(new Error('write EPROTO 80:error:0A00010B:SSL routines::wrong version number'), {
    code: 'EPROTO',
  });
  expect(classifyError(eproto)).toMatchObject({ phase: 'handshake', kind: 'not-tls' });
  const reason = coded('', { library: 'SSL routines', reason: 'tlsv1 alert internal error' });
  expect(classifyError(reason, 'handshake').kind).toBe('alert');
});

test.each([new TypeError('x'), 'text', undefined, null, 42, {}, Object.assign(new Error(''), { name: 'AbortError' })])(
  'P7 in doubt local: %s',
  (error) => {
    expect(classifyError(error, 'handshake')).toMatchObject({ phase: 'handshake', kind: 'local' });
  },
);

test('P7 an error that throws when it is read', () => {
  const hostile = {
    get code(): string {
      throw new Error('no');
    },
  };
  expect(classifyError(hostile)).toEqual({ phase: 'answer', kind: 'local' });
});

test('a TransportError passes its own failure', () => {
  const failure = { phase: 'answer', kind: 'lame' } as const;
  expect(classifyError(new TransportError(failure), 'connect')).toBe(failure);
});

test('detail is at most 200 characters', () => {
  expect(classifyError(new Error('x'.repeat(500))).detail).toHaveLength(200);
});

test('Q36 what is no server’s doing: each its own error without a stack, which keeps nothing of those who called', () => {
  class Caller {
    readonly octets = Buffer.alloc(50_000_000);
    refuse(): TransportError {
      return localError('budget');
    }
  }
  const before = heldInBuffers();
  const { stackTraceLimit } = Error;
  const first = new Caller().refuse();
  expect(heldInBuffers() - before).toBeLessThan(25_000_000);
  expect([first.message, first.stack?.split('\n').length]).toEqual(['connect local: budget', 1]);
  first.message = 'a host’s own words';
  expect(localError('budget').message).toBe('connect local: budget');
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});

test('Q36 the same where a host has frozen `Error`', () => {
  Object.defineProperty(Error, 'stackTraceLimit', { writable: false });
  try {
    expect(localError('budget').failure).toEqual({ phase: 'connect', kind: 'local', detail: 'budget' });
  } finally {
    Object.defineProperty(Error, 'stackTraceLimit', { writable: true });
  }
});
