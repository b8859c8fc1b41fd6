import type { X509Certificate } from 'node:crypto';
import { nodeCrypto } from '../built-ins.js';

const SEQUENCE = 0x30;
/** `[0] EXPLICIT Version`, which certificates of version 1 have not got. */
const VERSION = 0xa0;
/** Serial number, signature, issuer, validity and subject come before the key. */
const FIELDS_BEFORE = 5;

/**
 * A certificate's SubjectPublicKeyInfo in DER (RFC 5280 section 4.1), octet by octet as it stands there. Node would read the key
 * and write it anew, which takes as long as a good part of the handshake.
 *
 * @param certificate - any
 * @throws `RangeError` where it has none, which OpenSSL would not have taken for a certificate
 */
export function spkiOf(certificate: X509Certificate): Buffer {
  const der = certificate.raw;
  const whole = elementAt(der, 0);
  let field = elementAt(der, elementAt(der, whole.from).from);
  if (der[field.start] === VERSION) field = elementAt(der, field.end);
  for (let skipped = 0; skipped < FIELDS_BEFORE; skipped++) field = elementAt(der, field.end);
  if (der[field.start] !== SEQUENCE) throw new RangeError('a certificate without a key');
  return der.subarray(field.start, field.end);
}

/** The Base64 of its SHA-256, as pins are written (RFC 7858 section 4.2). */
export function spkiHash(certificate: X509Certificate): string {
  return nodeCrypto().createHash('sha256').update(spkiOf(certificate)).digest('base64');
}

/** Where an element begins, where its content does, and where it ends. */
function elementAt(
  der: Buffer,
  start: number,
): { readonly start: number; readonly from: number; readonly end: number } {
  const first = der.readUInt8(start + 1);
  const size = first < 0x80 ? 0 : first & 0x7f;
  const from = start + 2 + size;
  const end = from + (size === 0 ? first : der.readUIntBE(start + 2, size));
  if (end > der.length) throw new RangeError('a certificate cut short');
  return { start, from, end };
}
