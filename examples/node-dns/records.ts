// Records as node:dns shows them, made from dns-packet's.
import type { AnyRecord } from 'node:dns';
import type { Answer, CaaData, MxData, NaptrData, SoaData, SrvData, TxtData } from 'dns-packet';

/** The types that node:dns has a method for. */
export type RecordName = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NAPTR' | 'NS' | 'PTR' | 'SOA' | 'SRV' | 'TXT';

type Shape = (data: never) => unknown;

/** What `resolveMx` and its like make of a record's data. */
export const SHAPES: Readonly<Record<RecordName, Shape>> = {
  A: (data: string) => data,
  AAAA: (data: string) => data,
  CNAME: (data: string) => data,
  NS: (data: string) => data,
  PTR: (data: string) => data,
  CAA: ({ flags = 0, tag, value }: CaaData) => ({ critical: flags, [tag]: value }),
  MX: ({ exchange, preference }: MxData) => ({ exchange: named(exchange), priority: preference }),
  SRV: ({ target, port, priority, weight }: SrvData) => ({ name: named(target), port, priority, weight }),
  TXT: chunksOf,
  NAPTR({ flags, services, regexp, replacement, order, preference }: NaptrData) {
    return { flags, service: services, regexp, replacement: named(replacement), order, preference };
  },
  SOA({ mname, rname, serial, refresh, retry, expire, minimum }: SoaData) {
    return { nsname: mname, hostmaster: rname, serial, refresh, retry, expire, minttl: minimum };
  },
};

/** The root has no name in node:dns. */
function named(name: string): string {
  return name === '.' ? '' : name;
}

function chunksOf(data: TxtData): string[] {
  return [data].flat().map((chunk) => chunk.toString());
}

/** Whether a record is of a type that node:dns knows. */
export function isKnown(record: Answer): record is Answer & { type: RecordName; data: unknown; ttl?: number } {
  return Object.hasOwn(SHAPES, record.type);
}

/** A record's data in the shape of its type. */
export function shaped(record: Answer): unknown {
  return isKnown(record) ? SHAPES[record.type](record.data as never) : undefined;
}

/** A record as `resolveAny` shows it. */
export function anyRecord(record: Answer): AnyRecord | undefined {
  if (!isKnown(record)) return undefined;
  const { type, ttl } = record;
  const shape = shaped(record);
  if (type === 'A' || type === 'AAAA') return { type, address: shape, ttl } as AnyRecord;
  if (type === 'TXT') return { type, entries: shape } as AnyRecord;
  return (typeof shape === 'string' ? { type, value: shape } : { type, ...Object(shape) }) as AnyRecord;
}
