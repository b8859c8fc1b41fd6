import type { Guard } from '../../src/contact/guard.js';
import { type Endpoint, endpointKey } from '../../src/state/model.js';
import { u16 } from '../../src/wire/octets.js';

/** The tests' servers are on loopback, which the default guard forbids. */
export const openGuard: Guard = { admits: () => true };

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** A DoT endpoint on loopback. */
export function dotAt(port: number, address = '127.0.0.1'): Endpoint {
  return { key: endpointKey({ address, port, transport: 'dot' }), address, port, transport: 'dot' };
}

/** A Do53 endpoint on loopback. */
export function do53At(port: number, address = '127.0.0.1'): Endpoint {
  return { key: endpointKey({ address, port, transport: 'do53' }), address, port, transport: 'do53' };
}

/** A query for A, or another type, without OPT. */
export function query(name: string, id = 0x1234, type = 1): Uint8Array {
  const labels = name.split('.').filter((label) => label !== '');
  const qname = labels.map((label) => Buffer.from(label)).flatMap((label) => [label.length, ...label]);
  return Uint8Array.from([id >> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...qname, 0, type >> 8, type & 255, 0, 1]);
}

/** Appends additional records to a message. */
export function withAdditional(message: Uint8Array, ...records: readonly (readonly number[])[]): Uint8Array {
  const result = Uint8Array.from([...message, ...records.flat()]);
  result[11] = (message[11] ?? 0) + records.length;
  return result;
}

/** An OPT record with options given as octets. */
export function opt(options: readonly number[] = [], extendedRcode = 0): number[] {
  return [0, 0, 41, 0x10, 0, extendedRcode, 0, 0, 0, options.length >> 8, options.length & 255, ...options];
}

/** The id of a message. */
export function idOf(message: Uint8Array): number {
  return u16(message, 0);
}

/** A message's question, as text. */
export function nameOf(message: Uint8Array): string {
  let at = 12;
  const labels: string[] = [];
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(Buffer.from(message.subarray(at + 1, at + 1 + length)).toString('latin1'));
    at += length + 1;
  }
  return labels.join('.');
}
