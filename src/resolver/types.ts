/** A type of records by its mnemonic, or by its number as RFC 3597 writes it. */
export type RecordType =
  | 'A'
  | 'NS'
  | 'CNAME'
  | 'SOA'
  | 'NULL'
  | 'PTR'
  | 'HINFO'
  | 'MX'
  | 'TXT'
  | 'RP'
  | 'AFSDB'
  | 'SIG'
  | 'KEY'
  | 'AAAA'
  | 'LOC'
  | 'SRV'
  | 'NAPTR'
  | 'KX'
  | 'CERT'
  | 'DNAME'
  | 'APL'
  | 'DS'
  | 'SSHFP'
  | 'IPSECKEY'
  | 'RRSIG'
  | 'NSEC'
  | 'DNSKEY'
  | 'DHCID'
  | 'NSEC3'
  | 'NSEC3PARAM'
  | 'TLSA'
  | 'SMIMEA'
  | 'HIP'
  | 'CDS'
  | 'CDNSKEY'
  | 'OPENPGPKEY'
  | 'CSYNC'
  | 'ZONEMD'
  | 'SVCB'
  | 'HTTPS'
  | 'SPF'
  | 'EUI48'
  | 'EUI64'
  | 'TKEY'
  | 'TSIG'
  | 'URI'
  | 'CAA'
  | `TYPE${number}`;

type Mnemonic = Exclude<RecordType, `TYPE${number}`>;

/** The numbers of those that have a mnemonic here (IANA, DNS Parameters). */
const NUMBERS: Readonly<Record<Mnemonic, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  NULL: 10,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  SIG: 24,
  KEY: 25,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  EUI48: 108,
  EUI64: 109,
  TKEY: 249,
  TSIG: 250,
  URI: 256,
  CAA: 257,
};

/** What can be asked for: a type of records, or all that the server has. */
export type QuestionType = RecordType | 'ANY';

const ANY = 255;
const NAMES: ReadonlyMap<number, RecordType> = new Map(
  Object.entries(NUMBERS).map(([name, number]) => [number, name as Mnemonic]),
);

/**
 * The mnemonic of a type; `TYPE` and its number where it has none here (RFC 3597 section 5).
 *
 * @param number - 0 to 65,535
 */
export function typeName(number: number): RecordType {
  return NAMES.get(number) ?? `TYPE${number}`;
}

/**
 * The number of a type.
 *
 * @param name - in any case of letters
 * @returns `undefined` where it names none
 */
export function typeNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  if (upper === 'ANY') return ANY;
  if (Object.hasOwn(NUMBERS, upper)) return NUMBERS[upper as Mnemonic];
  const number = /^TYPE(\d{1,5})$/.exec(upper)?.[1];
  return number === undefined || Number(number) > 0xffff ? undefined : Number(number);
}
