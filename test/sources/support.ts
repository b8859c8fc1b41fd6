import type { Lookup, LookupAnswer } from '../../src/sources/index.js';
import { questionEnd } from '../../src/wire/octets.js';
import { nameOf } from '../transport/support.js';

/** Keys of parameters, as the registry has them. */
export const KEY = { mandatory: 0, alpn: 1, noDefaultAlpn: 2, port: 3, ipv4Hint: 4, ipv6Hint: 6, dohPath: 7 } as const;

/** Octets from hexadecimal, with blanks where they help. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'));
}

/** A name on the wire. */
export function nameOctets(name: string): number[] {
  const labels = name.split('.').filter((label) => label !== '');
  return [...labels.flatMap((label) => [label.length, ...Buffer.from(label)]), 0];
}

const u16 = (value: number): number[] => [value >> 8, value & 0xff];

/** A parameter on the wire. */
export function param(key: number, value: readonly number[]): number[] {
  return [...u16(key), ...u16(value.length), ...value];
}

/** Protocols on the wire. */
export function alpn(...names: readonly string[]): number[] {
  return param(
    KEY.alpn,
    names.flatMap((name) => [name.length, ...Buffer.from(name)]),
  );
}

export function port(value: number): number[] {
  return param(KEY.port, u16(value));
}

export function mandatory(...keys: readonly number[]): number[] {
  return param(KEY.mandatory, keys.flatMap(u16));
}

export function ipv4Hint(...addresses: readonly string[]): number[] {
  return param(
    KEY.ipv4Hint,
    addresses.flatMap((address) => address.split('.').map(Number)),
  );
}

/** A record's data; parameters in the order of their keys. */
export function svcb(priority: number, target: string, ...params: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from([...u16(priority), ...nameOctets(target), ...params.flat()]);
}

/** What a look-up finds, by `TYPE name.`; a function makes one, an error is thrown, and what is missing is NODATA. */
export type Zone = Record<string, LookupAnswer | Error | readonly Uint8Array[]>;

/** A look-up in a zone that can be written to, and what was asked. */
export function lookupIn(zone: Zone): { readonly lookup: Lookup; readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    lookup: async (name, type) => {
      asked.push(`${type} ${name}`);
      const found = zone[`${type} ${name}`];
      if (found instanceof Error) throw found;
      if (found === undefined) return { records: [], ttl: 300, secure: true };
      return 'records' in found ? found : { records: found, ttl: 300, secure: true };
    },
  };
}

/** An address's octets. */
export function a(address: string): Uint8Array {
  return Uint8Array.from(address.split('.').map(Number));
}

/** An answer to a query, its records by `type` and data, all with one TTL; an owner other than the question's is named. */
export function answerWith(
  query: Uint8Array,
  records: readonly { readonly type: number; readonly data: Uint8Array; readonly owner?: string }[],
  ttl = 300,
  rcode = 0,
): Uint8Array {
  const end = questionEnd(query);
  const head = [...query.subarray(0, 2), 0x81, 0x80 | rcode, 0, 1, ...u16(records.length), 0, 0, 0, 0];
  const body = records.flatMap(({ type, data, owner }) => [
    ...(owner === undefined ? [0xc0, 12] : nameOctets(owner)),
    ...[...u16(type), 0, 1, ...u16(ttl >> 16), ...u16(ttl & 0xffff), ...u16(data.length), ...data],
  ]);
  return Uint8Array.from([...head, ...query.subarray(12, end), ...body]);
}

/** What a query asks, as `type name`. */
export function askedOf(query: Uint8Array): string {
  const end = questionEnd(query);
  return `${((query[end - 4] ?? 0) << 8) | (query[end - 3] ?? 0)} ${nameOf(query)}`;
}
