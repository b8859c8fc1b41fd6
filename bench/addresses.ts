/** Public unicast and nothing else. */
const FIRST_OCTET = 11;
const FIRST_OCTETS = 80;
/** Odd, so that no two addresses are equal. */
const SCATTER = 0x9e37_79b1;

/** An IPv4 address by its number; scattered, so that neighbours share no prefix. */
export function addressOf(index: number): string {
  const bits = Math.imul(index, SCATTER) >>> 0;
  const first = FIRST_OCTET + (index % FIRST_OCTETS);
  return `${first}.${bits >>> 24}.${(bits >>> 16) & 0xff}.${(bits >>> 8) & 0xff}`;
}

/**
 * Strings that nobody has met before, as they come out of a packet: flat, not interned, their hash not computed yet.
 *
 * @param indices - of addresses
 */
export function freshAddresses(indices: Uint32Array): string[] {
  const texts = Array.from(indices, (index) => addressOf(index));
  const bytes = Buffer.from(texts.join(''), 'latin1');
  let at = 0;
  return texts.map(({ length }) => {
    at += length;
    return bytes.toString('latin1', at - length, at);
  });
}
