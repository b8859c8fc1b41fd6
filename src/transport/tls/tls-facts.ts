import type { TLSSocket } from 'node:tls';
import type { Peer } from './authenticator.js';
import { spkiHash } from './spki.js';

/** What the TLS handshake showed, for people to read; nothing in it moves the verdict (RFC 9539 section 4.6.3.4). */
export interface TlsFacts {
  /** For instance `TLSv1.3`. */
  readonly protocol: string;
  /** The cipher suite's standard name. */
  readonly cipher: string;
  /** The ALPN protocol that the server chose, `false` if it ignored the extension. */
  readonly alpn: string | false;
  /** Whether the certificate verifies against the system's trust anchors. */
  readonly authorized: boolean;
  /** Why not. */
  readonly authorizationError?: string | undefined;
  /**
   * The Base64 of the SHA-256 of the server's SubjectPublicKeyInfo; absent on a resumed session, which shows no key, and
   * where the key is of a kind that Node cannot read.
   */
  readonly spki?: string | undefined;
}

/**
 * What a full handshake has shown; asked once a session: Node 20 takes the certificate out of it, and the next to ask gets its
 * issuer's.
 *
 * @param socket - when TLS stands
 */
export function peerOf(socket: TLSSocket): Peer | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return { certificate, chainError: chainErrorOf(socket) };
}

function keyOf(peer: Peer | undefined): string | undefined {
  try {
    return peer === undefined ? undefined : spkiHash(peer.certificate);
  } catch {
    return undefined;
  }
}

/**
 * The facts of a session.
 *
 * @param socket - when TLS stands
 * @param peer - what {@link peerOf} has brought
 */
export function factsOf(socket: TLSSocket, peer: Peer | undefined): TlsFacts {
  const { authorized } = socket;
  const authorizationError = chainErrorOf(socket);
  const spki = keyOf(peer);
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().standardName,
    alpn: socket.alpnProtocol ?? false,
    authorized,
    ...(authorizationError === undefined ? {} : { authorizationError }),
    ...(spki === undefined ? {} : { spki }),
  };
}

/** Why no path leads from the certificate to a trust anchor; `undefined` where one does. */
function chainErrorOf({ authorized, authorizationError }: TLSSocket): string | undefined {
  if (authorized) return undefined;
  // An Error or a code, by Node's version and by what was wrong.
  const { code } = Object(authorizationError) as { code?: unknown };
  return typeof code === 'string' ? code : String(authorizationError);
}
