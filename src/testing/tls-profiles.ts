import { Server, type TlsOptions } from 'node:tls';
import { FFDHE8192, testCertificates } from './certificate.js';
import type { Fault } from './faults.js';

const ALPN = ['dot'];

/** TLS 1.3 has no renegotiation. */
const RENEGOTIABLE: TlsOptions = { maxVersion: 'TLSv1.2' };

/** What a fault changes in the options of Node's TLS server; faults not listed here shake hands as `good` does. */
const PROFILES: Partial<Record<Fault, TlsOptions>> = {
  tls12: { maxVersion: 'TLSv1.2' },
  'no-alpn': { ALPNProtocols: [] },
  'expired-cert': testCertificates.expired,
  'self-signed': testCertificates.selfSigned,
  'wrong-name': testCertificates.wrongName,
  'alpn-alert': { ALPNProtocols: ['h2'] },
  // OpenSSL 3 speaks TLS 1.0 at security level 0 only.
  tls10: { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' },
  'dhe-8192': {
    ...testCertificates.rsa,
    maxVersion: 'TLSv1.2',
    ciphers: 'DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384',
    dhparam: FFDHE8192,
  },
  'hrr-ffdhe8192': { minVersion: 'TLSv1.3', ecdhCurve: 'ffdhe8192' },
  renegotiate: RENEGOTIABLE,
  'renegotiate-at-once': RENEGOTIABLE,
};

/**
 * TLS servers that listen nowhere and are given their connections, one for each kind of handshake, made when first
 * needed. They share their ticket keys, so that a session outlives a change of fault.
 */
export class TlsProfiles {
  readonly #servers = new Map<TlsOptions | undefined, Server>();
  readonly #prepare: (server: Server) => void;
  readonly #ticketKeys: Buffer;

  /**
   * @param ticketKeys - 48 random octets
   * @param prepare - adds the listeners to each new server
   */
  constructor(ticketKeys: Buffer, prepare: (server: Server) => void) {
    this.#ticketKeys = ticketKeys;
    this.#prepare = prepare;
  }

  /** The server whose handshake a fault wants. */
  for(fault: Fault): Server {
    const profile = PROFILES[fault];
    const known = this.#servers.get(profile);
    if (known !== undefined) return known;
    const server = new Server({
      ...testCertificates.good,
      ALPNProtocols: ALPN,
      ticketKeys: this.#ticketKeys,
      ...profile,
    });
    this.#prepare(server);
    this.#servers.set(profile, server);
    return server;
  }
}
