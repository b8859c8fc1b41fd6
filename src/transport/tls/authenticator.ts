import type { X509Certificate } from 'node:crypto';
import { type Authentication, canonicalAuthentication, type TlsaRecord } from '../../contact/authentication.js';
import { nodeCrypto, nodeNet } from '../built-ins.js';
import { spkiHash, spkiOf } from './spki.js';

/** What a full handshake has shown of a server. */
export interface Peer {
  readonly certificate: X509Certificate;
  /** Why no path leads from the certificate to a trust anchor, expiry included; `undefined` where one does. */
  readonly chainError: string | undefined;
}

/** What came of a check: until when the proof holds, in milliseconds since 1970, or what is wrong. */
export type Proof = { readonly until: number } | { readonly wrong: string };

/** A proof that holds whatever the certificate's dates. */
export const WITHOUT_END: Proof = { until: Number.POSITIVE_INFINITY };

/** Checks servers against one authentication. */
export class Authenticator {
  /** The same for all authentications that demand the same; never empty. */
  readonly key: string;
  /** What is sent as SNI; `undefined` for none. */
  readonly serverName: string | undefined;
  readonly #authentication: Authentication;

  /** @param authentication - what is demanded, in its canonical form */
  constructor(authentication: Authentication) {
    this.#authentication = authentication;
    this.key = nodeCrypto().createHash('sha256').update(JSON.stringify(authentication)).digest('base64url');
    this.serverName = namesOf(authentication).find((name) => nodeNet().isIP(name) === 0);
  }

  /**
   * Checks a server.
   *
   * @param peer - what its handshake has shown; `undefined` where it showed no certificate that can be read
   */
  check(peer: Peer | undefined): Proof {
    if (peer === undefined) return { wrong: 'no certificate' };
    try {
      return proofOf(this.#authentication, peer);
    } catch (error) {
      // Whatever is wrong with a certificate, it proves nothing.
      return { wrong: String(error) };
    }
  }
}

/** A caller that asks at every query keeps one object. */
const known = new WeakMap<Authentication, Authenticator>();

/**
 * The authenticator of an authentication, made once an object; what is written into that later changes nothing.
 *
 * @param authentication - as a host, a rule or a source gave it
 * @throws `InvalidInputError` `INVALID_AUTHENTICATION`
 */
export function authenticatorOf(authentication: Authentication): Authenticator {
  let made = known.get(authentication);
  if (made === undefined) {
    made = new Authenticator(canonicalAuthentication(authentication));
    known.set(authentication, made);
  }
  return made;
}

function namesOf(authentication: Authentication): readonly string[] {
  if ('of' in authentication) return authentication.of.flatMap(namesOf);
  return 'name' in authentication && authentication.name !== undefined ? [authentication.name] : [];
}

function proofOf(authentication: Authentication, peer: Peer): Proof {
  switch (authentication.type) {
    case 'pkix':
      return pkixProof(authentication.name, peer);
    case 'spki':
      return authentication.pins.includes(spkiHash(peer.certificate)) ? WITHOUT_END : { wrong: 'not a pinned key' };
    case 'tlsa':
      return authentication.records.some((record) => matches(record, peer.certificate))
        ? WITHOUT_END
        : { wrong: 'no TLSA record matches' };
    case 'all-of':
      return strictest(authentication.of.map((part) => proofOf(part, peer)));
    case 'any-of':
      return mildest(authentication.of.map((part) => proofOf(part, peer)));
  }
}

/** RFC 9525: by subjectAltName alone, a wildcard for one whole label. */
function pkixProof(name: string, { certificate, chainError }: Peer): Proof {
  if (chainError !== undefined) return { wrong: chainError };
  const isNamed =
    nodeNet().isIP(name) === 0
      ? certificate.checkHost(name, { subject: 'never', partialWildcards: false }) !== undefined
      : certificate.checkIP(name) !== undefined;
  return isNamed ? { until: Date.parse(certificate.validTo) } : { wrong: `the certificate is not for ${name}` };
}

function matches({ selector, matchingType, data }: TlsaRecord, certificate: X509Certificate): boolean {
  const octets = selector === 0 ? certificate.raw : spkiOf(certificate);
  const shown = matchingType === 0 ? octets : hash(matchingType === 1 ? 'sha256' : 'sha512', octets);
  return shown.toString('hex') === data;
}

function hash(algorithm: string, octets: Buffer): Buffer {
  return nodeCrypto().createHash(algorithm).update(octets).digest();
}

function strictest(proofs: readonly Proof[]): Proof {
  const wrong = proofs.find((proof) => 'wrong' in proof);
  return wrong ?? { until: Math.min(...proofs.map(untilOf)) };
}

function mildest(proofs: readonly Proof[]): Proof {
  const sound = proofs.filter((proof) => 'until' in proof);
  if (sound.length > 0) return { until: Math.max(...sound.map(untilOf)) };
  return { wrong: proofs.map((proof) => ('wrong' in proof ? proof.wrong : '')).join('; ') };
}

function untilOf(proof: Proof): number {
  return 'until' in proof ? proof.until : 0;
}
