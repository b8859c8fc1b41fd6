import type { SecureContext, SecureContextOptions } from 'node:tls';
import { InvalidInputError } from '../../state/invalid-input.js';
import { nodeCrypto, nodeTls } from '../built-ins.js';

/**
 * TLS 1.3, or 1.2 with ephemeral elliptic curves and AEAD (RFC 9325). Nothing with finite-field groups: a server that
 * picks 8192 bits would stop our thread for a third of a second.
 */
const CIPHERS =
  'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20';

/** The groups, where OpenSSL has the hybrid one (3.5 and later), and where not. */
const GROUPS = ['X25519MLKEM768:X25519:P-256:P-384', 'X25519:P-256:P-384'] as const;

/**
 * OpenSSL's number since 1.1.1, written down so that an import of ours need not read `node:crypto` for it; Node's
 * `disableRenegotiation` is for servers.
 */
const SSL_OP_NO_RENEGOTIATION = 2 ** 30;

let shared: SecureContext | undefined;

/** One for all connections: making it costs as much as a fifth of a handshake. */
export function secureContext(): SecureContext {
  shared ??= createContext(undefined);
  return shared;
}

/**
 * The same with an operator's own trust anchors in the place of the system's.
 *
 * @param anchors - certificates in PEM; `undefined` for the shared one
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function contextOf(anchors: readonly string[] | undefined): SecureContext {
  return anchors === undefined ? secureContext() : createContext(checkAnchors(anchors));
}

/**
 * Checks trust anchors.
 *
 * @param anchors - as a host gave them
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
function checkAnchors(anchors: readonly string[]): readonly string[] {
  const expected = 'trustAnchors: a list of certificates in PEM';
  if (!Array.isArray(anchors) || anchors.length === 0) throw new InvalidInputError('INVALID_OPTION', anchors, expected);
  for (const anchor of anchors) {
    // Node passes over what it cannot read, and would then trust nobody.
    if (typeof anchor !== 'string' || !isCertificate(anchor))
      throw new InvalidInputError('INVALID_OPTION', anchor, expected);
  }
  return anchors;
}

function isCertificate(pem: string): boolean {
  try {
    return new (nodeCrypto().X509Certificate)(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function createContext(anchors: readonly string[] | undefined): SecureContext {
  const { createSecureContext } = nodeTls();
  try {
    return createSecureContext(contextOptions(GROUPS[0], anchors));
  } catch {
    return createSecureContext(contextOptions(GROUPS[1], anchors));
  }
}

function contextOptions(ecdhCurve: string, anchors: readonly string[] | undefined): SecureContextOptions {
  const trust = anchors === undefined ? {} : { ca: [...anchors] };
  return { ...trust, ciphers: CIPHERS, ecdhCurve, minVersion: 'TLSv1.2', secureOptions: SSL_OP_NO_RENEGOTIATION };
}
