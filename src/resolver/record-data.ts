import type { RecordType } from './types.js';

/** A name in presentation format without a final dot; `.` is the root. */
type Name = string;

/** The data of the records that are read, by type; as dns-packet has them. */
export interface RecordData {
  readonly A: string;
  readonly AAAA: string;
  readonly CNAME: Name;
  readonly DNAME: Name;
  readonly NS: Name;
  readonly PTR: Name;
  /** Each string of a record by itself: their octets are in no encoding that DNS knows of. */
  readonly TXT: readonly Buffer[];
  readonly MX: { readonly preference: number; readonly exchange: Name };
  readonly SRV: { readonly priority: number; readonly weight: number; readonly port: number; readonly target: Name };
  readonly SOA: {
    readonly mname: Name;
    readonly rname: Name;
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
  readonly HINFO: { readonly cpu: string; readonly os: string };
  readonly NAPTR: {
    readonly order: number;
    readonly preference: number;
    readonly flags: string;
    readonly services: string;
    readonly regexp: string;
    readonly replacement: Name;
  };
  readonly RP: { readonly mbox: Name; readonly txt: Name };
  readonly TLSA: {
    readonly usage: number;
    readonly selector: number;
    readonly matchingType: number;
    readonly certificate: Buffer;
  };
  readonly DS: {
    readonly keyTag: number;
    readonly algorithm: number;
    readonly digestType: number;
    readonly digest: Buffer;
  };
  readonly DNSKEY: { readonly flags: number; readonly algorithm: number; readonly key: Buffer };
  readonly RRSIG: {
    readonly typeCovered: string;
    readonly algorithm: number;
    readonly labels: number;
    readonly originalTTL: number;
    readonly expiration: number;
    readonly inception: number;
    readonly keyTag: number;
    readonly signersName: Name;
    readonly signature: Buffer;
  };
  readonly NSEC: { readonly nextDomain: Name; readonly rrtypes: readonly string[] };
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

interface RecordHead {
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
