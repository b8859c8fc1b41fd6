import type { ReadType, RecordData, ResourceRecord } from 'dotscout/resolver';

/** How the data of each type is written in a zone file. */
type Writers = { readonly [T in ReadType]: (data: RecordData[T]) => string };

const hex = (octets: Buffer): string => octets.toString('hex');
const base64 = (octets: Buffer): string => octets.toString('base64');
/** An empty salt (RFC 5155 section 3.3). */
const salt = (octets: Buffer): string => (octets.length === 0 ? '-' : hex(octets));
const words = (...parts: readonly (string | number)[]): string => parts.join(' ');

const WRITERS: Writers = {
  A: (data) => data,
  AAAA: (data) => data,
  CAA: ({ flags, tag, value }) => words(flags, plain(tag), quoted(Buffer.from(value, 'latin1'))),
  CNAME: dotted,
  DNAME: dotted,
  DNSKEY: ({ flags, algorithm, key }) => words(flags, 3, algorithm, base64(key)),
  DS: ({ keyTag, algorithm, digestType, digest }) => words(keyTag, algorithm, digestType, hex(digest)),
  HINFO: ({ cpu, os }) => words(quoted(Buffer.from(cpu)), quoted(Buffer.from(os))),
  MX: ({ preference, exchange }) => words(preference, dotted(exchange)),
  NAPTR: ({ order, preference, flags, services, regexp, replacement }) =>
    words(
      order,
      preference,
      ...[flags, services, regexp].map((text) => quoted(Buffer.from(text))),
      dotted(replacement),
    ),
  NS: dotted,
  NSEC: ({ nextDomain, rrtypes }) => words(dotted(nextDomain), ...rrtypes.map(typed)),
  NSEC3: ({ algorithm, flags, iterations, salt: salted, nextDomain, rrtypes }) =>
    words(algorithm, flags, iterations, salt(salted), base32(nextDomain), ...rrtypes.map(typed)),
  PTR: dotted,
  RP: ({ mbox, txt }) => words(dotted(mbox), dotted(txt)),
  RRSIG: (data) => {
    const { typeCovered, algorithm, labels, originalTTL, expiration, inception, keyTag, signersName, signature } = data;
    const times = [expiration, inception].map(moment);
    return words(
      typed(typeCovered),
      algorithm,
      labels,
      originalTTL,
      ...times,
      keyTag,
      dotted(signersName),
      base64(signature),
    );
  },
  SOA: ({ mname, rname, serial, refresh, retry, expire, minimum }) =>
    words(dotted(mname), dotted(rname), serial, refresh, retry, expire, minimum),
  SRV: ({ priority, weight, port, target }) => words(priority, weight, port, dotted(target)),
  TLSA: ({ usage, selector, matchingType, certificate }) => words(usage, selector, matchingType, hex(certificate)),
  TXT: (data) => data.map(quoted).join(' '),
};

/**
 * A record in one line, as a zone file has it. Octets off the wire are escaped (RFC 1035 section 5.1); the data of a type that
 * is not read is written as RFC 3597 section 5 has it.
 *
 * @param record - as it came
 */
export function recordText(record: ResourceRecord): string {
  const { name, ttl } = record;
  return `${dotted(name)} ${ttl} ${record.class} ${record.type} ${dataText(record)}`;
}

/**
 * What a record says whenever it is asked for: all but its TTL, which a cache counts down.
 *
 * @param record - as it came
 */
export function lastingText(record: ResourceRecord): string {
  return `${dotted(record.name)} ${record.class} ${record.type} ${dataText(record)}`;
}

function dataText({ type, data }: ResourceRecord): string {
  if (Buffer.isBuffer(data)) return data.length === 0 ? '\\# 0' : `\\# ${data.length} ${hex(data)}`;
  const write = WRITERS[type as ReadType] as (data: unknown) => string;
  return write(data);
}

/** Names come escaped, without the final dot. */
function dotted(name: string): string {
  return name === '.' ? name : `${name}.`;
}

function quoted(octets: Buffer): string {
  return `"${[...octets].map(octetText).join('')}"`;
}

function octetText(octet: number): string {
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`;
  const char = String.fromCharCode(octet);
  return char === '"' || char === '\\' ? `\\${char}` : char;
}

/** A text that stands without quotes. */
function plain(text: string): string {
  return [...Buffer.from(text)].map((octet) => (octet === 0x20 ? '\\032' : octetText(octet))).join('');
}

/** dns-packet's word for a type without a mnemonic, as RFC 3597 section 5 writes it. */
function typed(type: string): string {
  return type.replace(/^UNKNOWN_/, 'TYPE');
}

const BASE32 = '0123456789abcdefghijklmnopqrstuv';

/** base32hex without padding (RFC 5155 section 3.3). */
function base32(octets: Buffer): string {
  let [text, value, bits] = ['', 0, 0];
  for (const octet of octets) {
    value = ((value << 8) | octet) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += BASE32[(value >> (bits - 5)) & 31];
  }
  return bits === 0 ? text : `${text}${BASE32[(value << (5 - bits)) & 31]}`;
}

/** As RFC 4034 section 3.2 writes it: `20261129083000`. */
function moment(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().replaceAll(/[-T:]|\..*/g, '');
}
