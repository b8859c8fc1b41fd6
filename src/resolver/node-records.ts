import type { AnyRecord, CaaRecord, MxRecord, NaptrRecord, SoaRecord, SrvRecord } from 'node:dns';
import type { ReadType, RecordData, ResourceRecord } from './record-data.js';

/** A TLSA record as Node 24 has it. */
export interface TlsaRecord {
  /** How the certificate is to be checked, 0 to 3. */
  readonly certUsage: number;
  /** Whether the data is of the certificate (0) or of its key (1). */
  readonly selector: number;
  /** Whether the data is it (0), or its digest. */
  readonly match: number;
  /** What it is compared with. */
  readonly data: ArrayBuffer;
}

/** What `resolveMx` and its like make of a record, by its type. */
export interface NodeRecords {
  A: string;
  AAAA: string;
  CAA: CaaRecord;
  CNAME: string;
  MX: MxRecord;
  NAPTR: NaptrRecord;
  NS: string;
  PTR: string;
  SOA: SoaRecord;
  SRV: SrvRecord;
  TLSA: TlsaRecord;
  TXT: string[];
}

/** A type for which `node:dns` has a method. */
export type NodeType = keyof NodeRecords;

/** The records of each type as Node has them, in the order in which its `resolveAny` lists types. */
const SHAPES: { readonly [T in NodeType & ReadType]: (data: RecordData[T]) => NodeRecords[T] } = {
  A: (address) => address,
  CNAME: named,
  AAAA: (address) => address,
  MX: ({ exchange, preference }) => ({ exchange: named(exchange), priority: preference }),
  NS: named,
  TXT: (strings) => strings.map((string) => string.toString('latin1')),
  SRV: ({ target, port, priority, weight }) => ({ name: named(target), port, priority, weight }),
  PTR: named,
  NAPTR({ flags, services, regexp, replacement, order, preference }) {
    return { flags, service: services, regexp, replacement: named(replacement), order, preference };
  },
  SOA({ mname, rname, serial, refresh, retry, expire, minimum }) {
    const names = { nsname: named(mname), hostmaster: named(rname) };
    return { ...names, serial, refresh, retry, expire, minttl: minimum };
  },
  TLSA({ usage, selector, matchingType, certificate }) {
    return { certUsage: usage, selector, match: matchingType, data: Uint8Array.from(certificate).buffer };
  },
  CAA: ({ flags, tag, value }) => ({ critical: flags, [tag]: value }),
};

/** The types for which `node:dns` has a method, in the order in which `resolveAny` lists them. */
export const NODE_TYPES: readonly NodeType[] = Object.keys(SHAPES) as NodeType[];

/** The root has an empty name in Node. */
function named(name: string): string {
  return name === '.' ? '' : name;
}

/**
 * The records of one type, as Node has them.
 *
 * @param records - of any type
 * @param type - which of them
 */
export function nodeRecords<T extends NodeType>(records: readonly ResourceRecord[], type: T): NodeRecords[T][] {
  const shape = SHAPES[type] as (data: unknown) => NodeRecords[T];
  return ofType(records, type).map(({ data }) => shape(data));
}

/**
 * Records as `resolveAny` has them: type by type, without those that Node has no method for.
 *
 * @param records - of any type
 */
export function anyRecords(records: readonly ResourceRecord[]): AnyRecord[] {
  return NODE_TYPES.flatMap((type) =>
    ofType(records, type).map((record): AnyRecord => {
      const [shape] = nodeRecords([record], type);
      if (type === 'A' || type === 'AAAA') return { type, address: shape, ttl: record.ttl } as AnyRecord;
      if (type === 'TXT') return { type, entries: shape } as AnyRecord;
      return (typeof shape === 'string' ? { type, value: shape } : { ...Object(shape), type }) as AnyRecord;
    }),
  );
}

/**
 * The records of one type in class IN.
 *
 * @param records - of any type
 * @param type - which of them
 */
export function ofType(records: readonly ResourceRecord[], type: NodeType): readonly ResourceRecord[] {
  return records.filter((record) => record.type === type && record.class === 'IN');
}
