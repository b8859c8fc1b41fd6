import { encodeName, readName } from '../wire/names.js';
import { toAscii } from './question.js';

/** A name that Node's `Resolver` takes. */
export interface HostName {
  /** On the wire. */
  readonly octets: readonly number[];
  /** In the one spelling in which names are compared. */
  readonly canonical: string;
}

/** What may be in a label, written plainly or behind a backslash; a dot only behind one. */
const OCTETS: ReadonlySet<number> = new Set(
  Buffer.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_/*.'),
);

/**
 * Reads a name as `node:dns` does: in lower case, Unicode as IDNA, with the characters of host names and `_`, `/` and `*` alone.
 *
 * @param text - as a caller gave it; empty for the root
 * @returns `undefined` for what is no such name
 */
export function hostName(text: string): HostName | undefined {
  const ascii = toAscii(text)?.toLowerCase();
  if (ascii === undefined) return undefined;
  try {
    const octets = encodeName(ascii === '' ? '.' : ascii);
    for (let at = 0; at < octets.length; at += 1 + (octets[at] ?? 0)) {
      const label = octets.slice(at + 1, at + 1 + (octets[at] ?? 0));
      if (!label.every((octet) => OCTETS.has(octet))) return undefined;
    }
    return { octets, canonical: readName(Uint8Array.from(octets), 0) ?? '.' };
  } catch {
    return undefined;
  }
}

/**
 * Whether a name is an onion service's, which DNS must not be asked for (RFC 7686 section 2).
 *
 * @param canonical - a name in its one spelling
 */
export function isOnion(canonical: string): boolean {
  return canonical.endsWith('.onion.');
}
