import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';

/**
 * TLS 1.3, or 1.2 with ephemeral elliptic curves and AEAD (RFC 9325). Nothing with finite-field groups: a server that
 * picks 8192 bits would stop our thread for a third of a second.
 */
const CIPHERS =
  'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20';

/** The groups, where OpenSSL has the hybrid one (3.5 and later), and where not. */
const GROUPS = ['X25519MLKEM768:X25519:P-256:P-384', 'X25519:P-256:P-384'] as const;

let shared: SecureContext | undefined;

/** One for all connections: making it costs as much as a fifth of a handshake. */
export function secureContext(): SecureContext {
  shared ??= createContext(GROUPS[0]) ?? createContext(GROUPS[1]) ?? createSecureContext(contextOptions(GROUPS[1]));
  return shared;
}

function createContext(groups: string): SecureContext | undefined {
  try {
    return createSecureContext(contextOptions(groups));
  } catch {
    return undefined;
  }
}

function contextOptions(ecdhCurve: string): Parameters<typeof createSecureContext>[0] {
  return { ciphers: CIPHERS, ecdhCurve, minVersion: 'TLSv1.2', secureOptions: SSL_OP_NO_RENEGOTIATION };
}

/** OpenSSL's own number since 1.1.1; `@types/node` does not know it, and Node's `disableRenegotiation` is for servers. */
const SSL_OP_NO_RENEGOTIATION: number =
  (constants as { SSL_OP_NO_RENEGOTIATION?: number }).SSL_OP_NO_RENEGOTIATION ?? 2 ** 30;
