import { createHash, type X509Certificate } from 'node:crypto';

/** A certificate's SubjectPublicKeyInfo in DER (RFC 5280 section 4.1.2.7). */
export function spkiOf(certificate: X509Certificate): Buffer {
  return certificate.publicKey.export({ type: 'spki', format: 'der' });
}

/** The Base64 of its SHA-256, as pins are written (RFC 7858 section 4.2). */
export function spkiHash(certificate: X509Certificate): string {
  return createHash('sha256').update(spkiOf(certificate)).digest('base64');
}
