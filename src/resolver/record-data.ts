import type { RecordType } from './types.js';

/**
 * The data of the records that are read, by type; as dns-packet has them. Names are in presentation format without a final
 * dot; `.` is the root.
 */
export interface RecordData {
  /** An IPv4 address. */
  readonly A: string;
  /** An IPv6 address, as RFC 5952 writes it. */
  readonly AAAA: string;
  /** What its owner is an alias of. */
  readonly CNAME: string;
  /** What all names below its owner are moved to (RFC 6672). */
  readonly DNAME: string;
  /** A name server of the zone. */
  readonly NS: string;
  /** What its owner points to. */
  readonly PTR: string;
  /** Each string of a record by itself: their octets are in no encoding that DNS knows of. */
  readonly TXT: readonly Buffer[];
  /** Where mail goes; the least preference first. */
  readonly MX: { readonly preference: number; readonly exchange: string };
  /** Where a service is (RFC 2782). */
  readonly SRV: { readonly priority: number; readonly weight: number; readonly port: number; readonly target: string };
  /** The start of a zone’s authority; times in seconds. */
  readonly SOA: {
    readonly mname: string;
    readonly rname: string;
    readonly serial: number;
    readonly refresh: number;
    readonly retry: number;
    readonly expire: number;
    readonly minimum: number;
  };
  /** The value has one character for each octet. */
  readonly CAA: {
    readonly flags: number;
    readonly issuerCritical: boolean;
    readonly tag: string;
    readonly value: string;
  };
  /** A machine, or that ANY is not answered (RFC 8482). */
  readonly HINFO: { readonly cpu: string; readonly os: string };
  /** A rule that rewrites (RFC 3403). */
  readonly NAPTR: {
    readonly order: number;
    readonly preference: number;
    readonly flags: string;
    readonly services: string;
    readonly regexp: string;
    readonly replacement: string;
  };
  /** Who is responsible, and where more is said (RFC 1183). */
  readonly RP: { readonly mbox: string; readonly txt: string };
  /** A certificate or key of a service (RFC 6698). */
  readonly TLSA: {
    readonly usage: number;
    readonly selector: number;
    readonly matchingType: number;
    readonly certificate: Buffer;
  };
  /** The key of a signed child zone, by its digest. */
  readonly DS: {
    readonly keyTag: number;
    readonly algorithm: number;
    readonly digestType: number;
    readonly digest: Buffer;
  };
  /** A key of a signed zone; `flags` 257 signs other keys. */
  readonly DNSKEY: { readonly flags: number; readonly algorithm: number; readonly key: Buffer };
  /** A signature; times in seconds since 1970, TTL in seconds. */
  readonly RRSIG: {
    readonly typeCovered: string;
    readonly algorithm: number;
    readonly labels: number;
    readonly originalTTL: number;
    readonly expiration: number;
    readonly inception: number;
    readonly keyTag: number;
    readonly signersName: string;
    readonly signature: Buffer;
  };
  /** The next name of a signed zone, and the types that the owner has. */
  readonly NSEC: { readonly nextDomain: string; readonly rrtypes: readonly string[] };
  /** The same with names as hashes (RFC 5155). */
  readonly NSEC3: {
    readonly algorithm: number;
    readonly flags: number;
    readonly iterations: number;
    readonly salt: Buffer;
    readonly nextDomain: Buffer;
    readonly rrtypes: readonly string[];
  };
}

/** A type whose data is read. */
export type ReadType = keyof RecordData;

/** What records of all types have. */
export interface RecordHead {
  /** Its owner, in presentation format without a final dot; `.` is the root. */
  readonly name: string;
  /** `IN`, or another class's mnemonic or `CLASS` and its number. */
  readonly class: string;
  /** In seconds, as it came. */
  readonly ttl: number;
}

/** A record of an answer. What is of no {@link ReadType} has its data as it came. */
export type ResourceRecord =
  | { [T in ReadType]: RecordHead & { readonly type: T; readonly data: RecordData[T] } }[ReadType]
  | (RecordHead & { readonly type: Exclude<RecordType, ReadType>; readonly data: Buffer });
