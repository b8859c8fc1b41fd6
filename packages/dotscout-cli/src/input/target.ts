import { type Address, tryParseAddress } from 'dotscout/state';

/** What can be probed: an address, or a name that leads to addresses. */
export type Target = { readonly address: Address } | { readonly name: string };

/** Letters, digits and hyphens, as names of hosts have them, and underscores, which some name servers have. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const MAX_NAME = 253;

/**
 * Reads an address in any spelling, or a host's name.
 *
 * @param text - as it was given
 * @returns `undefined` where it is neither
 */
export function parseTarget(text: string): Target | undefined {
  const address = tryParseAddress(text);
  if (address !== undefined) return { address };
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  const labels = name.split('.');
  // `192.0.2.300` is a slip, no name (RFC 1123 section 2.1: the highest label is alphabetic).
  const isName =
    name.length <= MAX_NAME && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
  return isName ? { name } : undefined;
}
