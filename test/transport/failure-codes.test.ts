import { describe, expect, test } from 'vitest';
import type { Phase } from '../../src/state/model.js';
import { classifyError } from '../../src/transport/failure.js';

function coded(code: unknown, more: Record<string, unknown> = {}): Error {
  return Object.assign(new Error('it says so'), { code, ...more });
}

describe('every code that is known', () => {
  test.each(['ENETUNREACH', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENOPROTOOPT', 'ENONET'])('P7 %s: unreachable', (code) => {
    expect(classifyError(coded(code), 'answer')).toMatchObject({ phase: 'connect', kind: 'unreachable' });
  });

  test.each<[string, Record<string, unknown>, string, string]>([
    ['to an IPv6 address', { syscall: 'connect', address: '2001:db8::1' }, 'connect', 'unreachable'],
    ['to an IPv4 address', { syscall: 'connect', address: '192.0.2.1' }, 'answer', 'local'],
    ['nobody says where to', { syscall: 'connect' }, 'answer', 'local'],
    ['a number says where to', { syscall: 'connect', address: 6 }, 'answer', 'local'],
    ['of another call', { syscall: 'bind', address: '2001:db8::1' }, 'answer', 'local'],
  ])('P7 EACCES %s', (_, facts, phase, kind) => {
    expect(classifyError(coded('EACCES', facts), 'answer')).toEqual({ phase, kind, detail: 'it says so' });
  });

  test('P7 any other trouble of ours in connecting to an IPv6 address is ours', () => {
    const failure = classifyError(coded('EPERM', { syscall: 'connect', address: '2001:db8::1' }));
    expect(failure).toMatchObject({ phase: 'connect', kind: 'local' });
  });

  test.each(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE'])('P7 %s: closed', (code) => {
    expect(classifyError(coded(code), 'handshake')).toMatchObject({ phase: 'handshake', kind: 'closed' });
    expect(classifyError(coded(code), 'connect')).toMatchObject({ phase: 'connect', kind: 'refused' });
  });

  test.each([
    ['ETIMEDOUT', 'answer'],
    ['ESOCKETTIMEDOUT', 'answer'],
    ['ERR_SOCKET_CONNECTION_TIMEOUT', 'answer'],
    ['ERR_TLS_HANDSHAKE_TIMEOUT', 'handshake'],
  ])('P7 %s, nobody says when: silent in the %s', (code, phase) => {
    expect(classifyError(coded(code))).toMatchObject({ phase, kind: 'silent' });
  });

  test.each([
    ...['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_NOT_YET_VALID', 'CRL_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ...['SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_GET_ISSUER_CERT', 'HOSTNAME_MISMATCH', 'INVALID_CA'],
    ...['INVALID_PURPOSE', 'PATH_LENGTH_EXCEEDED', 'ERR_SSL_CERTIFICATE_VERIFY_FAILED'],
  ])('P7 %s: our demand was not met, whenever it shows', (code) => {
    for (const phase of [undefined, 'handshake', 'answer'] as const) {
      expect(classifyError(coded(code), phase)).toMatchObject({ phase: 'handshake', kind: 'auth' });
    }
  });

  test('P7 a broken certificate is the server’s fault, not a demand of ours', () => {
    expect(classifyError(coded('ERR_SSL_CERT_LENGTH_MISMATCH'))).toMatchObject({ phase: 'handshake', kind: 'alert' });
  });

  test.each([
    ...['WRONG_VERSION_NUMBER', 'PACKET_LENGTH_TOO_LONG', 'HTTP_REQUEST', 'HTTPS_PROXY_REQUEST', 'UNKNOWN_PROTOCOL'],
    ...['BAD_RECORD_TYPE', 'RECORD_TOO_SMALL', 'RECORD_LAYER_FAILURE', 'RECORD_LENGTH_MISMATCH', 'INVALID_RECORD'],
  ])('P7 ERR_SSL_%s: no TLS, and once TLS stood, garbage', (reason) => {
    expect(classifyError(coded(`ERR_SSL_${reason}`), 'connect')).toMatchObject({ phase: 'handshake', kind: 'not-tls' });
    expect(classifyError(coded(`ERR_SSL_${reason}`), 'answer')).toMatchObject({ phase: 'answer', kind: 'malformed' });
  });

  test.each([
    ...['MALLOC_FAILURE', 'INTERNAL_ERROR', 'LIBRARY_BUG', 'NO_CIPHER_MATCH', 'NO_CIPHERS_AVAILABLE'],
    ...['NO_PROTOCOLS_AVAILABLE', 'PASSED_NULL_PARAMETER', 'UNINITIALIZED'],
  ])('P7 ERR_SSL_%s: our own trouble, in any phase', (reason) => {
    for (const phase of ['connect', 'handshake', 'answer'] as const) {
      expect(classifyError(coded(`ERR_SSL_${reason}`), phase)).toMatchObject({ phase, kind: 'local' });
    }
  });

  test.each<[Phase, string, string]>([
    ['handshake', 'handshake', 'alert'],
    ['connect', 'handshake', 'alert'],
    ['answer', 'answer', 'closed'],
  ])('P7 an alert that speaks of the peer’s inner trouble, in %s: the peer’s, not ours', (phase, at, kind) => {
    expect(classifyError(coded('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR'), phase)).toMatchObject({ phase: at, kind });
  });
});

describe('what an error says beside its code', () => {
  test('P7 OpenSSL’s reason goes before its text, in any case', () => {
    const error = coded(undefined, { library: 'SSL routines', reason: 'wrong version number' });
    expect(classifyError(error)).toEqual({ phase: 'handshake', kind: 'not-tls', detail: 'it says so' });
    expect(classifyError(coded('EPROTO', { reason: 'http request' }))).toMatchObject({ kind: 'not-tls' });
  });

  test('P7 the same words of anything else than OpenSSL say nothing', () => {
    const error = coded('EOTHER', { library: 'another', reason: 'wrong version number' });
    expect(classifyError(error)).toMatchObject({ phase: 'answer', kind: 'local' });
  });

  test('P7 a code of OpenSSL goes before the reason beside it', () => {
    const error = coded('ERR_SSL_WRONG_VERSION_NUMBER', { reason: 'tlsv1 alert' });
    expect(classifyError(error)).toMatchObject({ kind: 'not-tls' });
  });

  test('P7 an abort is ours, whatever its code', () => {
    expect(classifyError(coded('ECONNRESET', { name: 'AbortError' }), 'answer')).toMatchObject({ kind: 'local' });
    const forbidden = coded('EACCES', { name: 'AbortError', syscall: 'connect', address: '2001:db8::1' });
    expect(classifyError(forbidden)).toMatchObject({ phase: 'connect', kind: 'local' });
  });

  test('P7 a code, a reason or a system call that is no text is none', () => {
    const error = coded(111, { syscall: 1, reason: 2, library: 'SSL routines' });
    expect(classifyError(error)).toEqual({ phase: 'handshake', kind: 'alert', detail: 'it says so' });
    expect(classifyError(Object.assign(coded(111), { message: 5 }))).toEqual({ phase: 'answer', kind: 'local' });
  });

  test('P7 early end, told by Node in words alone', () => {
    const words = 'Client network socket disconnected before secure TLS connection was established';
    expect(classifyError(new Error(words)).phase).toBe('handshake');
    expect(classifyError(new Error('Client network socket disconnected')).phase).toBe('answer');
  });

  test('the detail is the text, else the code, else nothing', () => {
    expect(classifyError('only words')).toEqual({ phase: 'answer', kind: 'local', detail: 'only words' });
    expect(classifyError(Object.assign(new Error(''), { code: 'EPERM' })).detail).toBe('EPERM');
    expect(classifyError(7)).toEqual({ phase: 'answer', kind: 'local' });
  });

  test('a detail of 200 characters is whole; a longer one is cut, and shows it', () => {
    expect(classifyError('x'.repeat(200)).detail).toBe('x'.repeat(200));
    expect(classifyError('x'.repeat(201)).detail).toBe(`${'x'.repeat(199)}…`);
  });
});
