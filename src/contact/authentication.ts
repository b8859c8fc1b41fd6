import { canonicalText } from '../state/address/address.js';
import { InvalidInputError } from '../state/invalid-input.js';
import { canonicalZone } from '../wire/names.js';

/** A DANE record (RFC 6698) as a host has got it from the DNS and validated by DNSSEC, or configured it. */
export interface TlsaRecord {
  /**
   * What the record binds: 3 (DANE-EE), the server's own key or certificate. Records of another usage are not usable here
   * and passed over (RFC 6698 section 4.1).
   */
  readonly usage: number;
  /** What is compared: 0 the whole certificate, 1 its SubjectPublicKeyInfo. */
  readonly selector: number;
  /** How: 0 octet by octet, 1 by SHA-256, 2 by SHA-512. */
  readonly matchingType: number;
  /** The certificate association data, in hexadecimal or as octets. */
  readonly data: string | Uint8Array;
}

/**
 * How a server is to prove who it is before anything is sent to it (RFC 8310 section 8). It comes from the operator or a
 * source that is trusted, never from the server itself.
 *
 * - `pkix`: a certificate from a trust anchor, for this domain name or IP address, and not expired (RFC 5280, RFC 9525). A
 *   name is sent as SNI, since a server with several certificates chooses by it; an address never is (RFC 6066 section 3).
 * - `spki`: the key is one of these, each the Base64 of the SHA-256 of a SubjectPublicKeyInfo (RFC 7858 section 4.2). Name,
 *   issuer and dates of the certificate do not matter.
 * - `tlsa`: the key or certificate is one of these records' (DANE-EE, RFC 7671 section 5.1). Name, issuer and dates do not
 *   matter either. The name, where there is one, is the TLSA base domain and sent as SNI (RFC 7671 section 8).
 * - `any-of`, `all-of`: one of several has to hold, or all of them.
 *
 * @example
 * ```ts
 * const byName: Authentication = { type: 'pkix', name: 'ns1.example.net' };
 * const byEither: Authentication = { type: 'any-of', of: [byName, { type: 'spki', pins: [current, next] }] };
 * ```
 */
export type Authentication =
  | { readonly type: 'pkix'; readonly name: string }
  | { readonly type: 'spki'; readonly pins: readonly string[] }
  | { readonly type: 'tlsa'; readonly records: readonly TlsaRecord[]; readonly name?: string | undefined }
  | { readonly type: 'any-of'; readonly of: readonly Authentication[] }
  | { readonly type: 'all-of'; readonly of: readonly Authentication[] };

/** Parts of one authentication at most, those within parts included. */
const MAX_PARTS = 64;
/** Depth of `any-of` and `all-of` at most. */
const MAX_DEPTH = 4;
/** A TLSA record's data at most, in octets: a certificate. */
const MAX_DATA = 8_192;
/** The Base64 of 32 octets. */
const PIN = /^[A-Za-z0-9+/]{43}=$/;
/** Octets of a SHA-256 and a SHA-512, by matching type; 0 is the thing itself. */
const DIGEST_LENGTHS: readonly number[] = [0, 32, 64];
const DANE_EE = 3;

/**
 * Checks an authentication and puts it in its one canonical form, frozen.
 *
 * @param given - as a host, a rule or a source gave it
 * @throws {@link InvalidInputError} `INVALID_AUTHENTICATION`
 */
export function canonicalAuthentication(given: Authentication): Authentication {
  return canonicalPart(given, { left: MAX_PARTS }, MAX_DEPTH);
}

function canonicalPart(given: Authentication, parts: { left: number }, depth: number): Authentication {
  if (typeof given !== 'object' || given === null) throw invalid(given, 'an object with a type');
  if (parts.left-- <= 0) throw invalid(given, `at most ${MAX_PARTS} parts`);
  switch (given.type) {
    case 'pkix':
      return Object.freeze({ type: 'pkix', name: serverName(given.name) });
    case 'spki':
      return Object.freeze({ type: 'spki', pins: inOneOrder(listOf(given.pins, 'pins').map(checkPin)) });
    case 'tlsa':
      return tlsa(given);
    case 'any-of':
    case 'all-of': {
      if (depth === 0) throw invalid(given.type, `at most ${MAX_DEPTH} levels of any-of and all-of`);
      const of = listOf(given.of, 'of').map((part) => canonicalPart(part, parts, depth - 1));
      return Object.freeze({ type: given.type, of: Object.freeze(of) });
    }
    default:
      throw invalid((given as { type?: unknown }).type, 'pkix, spki, tlsa, any-of or all-of');
  }
}

function tlsa({ records, name }: Extract<Authentication, { type: 'tlsa' }>): Authentication {
  const usable = listOf(records, 'records').flatMap((record) => usableRecord(record) ?? []);
  if (usable.length === 0) throw invalid(records, 'a record of usage 3, selector 0 or 1, matching type 0, 1 or 2');
  const texts = inOneOrder(usable.map((record) => JSON.stringify(record)));
  const sorted = Object.freeze(texts.map((text): TlsaRecord => Object.freeze(JSON.parse(text))));
  if (name === undefined) return Object.freeze({ type: 'tlsa', records: sorted });
  return Object.freeze({ type: 'tlsa', records: sorted, name: serverName(name) });
}

function usableRecord(record: TlsaRecord): TlsaRecord | undefined {
  const { usage, selector, matchingType, data } = Object(record) as Partial<TlsaRecord>;
  const octets = typeof data === 'string' && /^([0-9a-f]{2})+$/i.test(data) ? Buffer.from(data, 'hex') : data;
  if (![usage, selector, matchingType].every((value) => Number.isInteger(value) && Number(value) <= 255))
    throw invalid(record, 'a TLSA record: usage, selector and matchingType from 0 to 255');
  if (!(octets instanceof Uint8Array) || octets.length === 0 || octets.length > MAX_DATA)
    throw invalid(data, `a TLSA record’s data: 1 to ${MAX_DATA} octets, or the same in hexadecimal`);
  if (usage !== DANE_EE || (selector !== 0 && selector !== 1)) return undefined;
  const length = DIGEST_LENGTHS[matchingType ?? -1];
  if (length === undefined || (length > 0 && octets.length !== length)) return undefined;
  return { usage, selector, matchingType: matchingType ?? 0, data: Buffer.from(octets).toString('hex') };
}

function checkPin(pin: unknown): string {
  if (typeof pin === 'string' && PIN.test(pin) && Buffer.from(pin, 'base64').toString('base64') === pin) return pin;
  throw invalid(pin, 'a pin: the Base64 of a SHA-256, 44 characters');
}

/** A domain name without its final dot, or an address. */
function serverName(given: unknown): string {
  const address = canonicalText(given);
  if (address !== undefined) return address;
  if (typeof given === 'string' && HOST_NAME.test(given)) return canonicalZone(given).slice(0, -1);
  throw invalid(given, 'a host name, or an IP address');
}

/** Letters, digits, hyphens and underscores; two labels at least would forbid what stands in an operator's own network. */
const HOST_NAME = /^(?=.{1,254}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/i;

function listOf<T>(list: readonly T[], name: string): readonly T[] {
  if (Array.isArray(list) && list.length > 0 && list.length <= MAX_PARTS) return list;
  throw invalid(list, `${name}: a list of 1 to ${MAX_PARTS}`);
}

function inOneOrder(texts: readonly string[]): readonly string[] {
  return Object.freeze([...new Set(texts)].sort());
}

function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_AUTHENTICATION', value, expected);
}
