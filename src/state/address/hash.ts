/** One table of random words an octet, sixteen of them. */
let tables: Uint32Array | undefined;
/** The hash of the first twelve octets of an IPv4-mapped address. */
let mapped = 0;

/**
 * The random words, made once for each process: strangers choose addresses, and with known words could make them collide.
 * `crypto` is global in browsers and in Node; where it is not, `Math.random` serves.
 */
export function hashTables(): Uint32Array {
  if (tables !== undefined) return tables;
  const words = new Uint32Array(16 * 256);
  const { crypto } = globalThis as { crypto?: { getRandomValues(words: Uint32Array): unknown } };
  if (crypto === undefined) for (let index = 0; index < words.length; index++) words[index] = Math.random() * 2 ** 32;
  else crypto.getRandomValues(words);
  tables = words;
  mapped = hashWord(words, 0, 0) ^ hashWord(words, 1, 0) ^ hashWord(words, 2, 0xffff);
  return words;
}

/**
 * Simple tabulation hashing (Pătraşcu and Thorup 2012): an exclusive or of random words, one an octet. It keeps linear
 * probing short whatever the keys are, and costs an IPv4 address four look-ups.
 *
 * @returns 32 bits, as a signed number
 */
export function hashIpv4(words: Uint32Array, w3: number): number {
  return mapped ^ hashWord(words, 3, w3);
}

/** The same of any address. */
export function hashAddress(words: Uint32Array, w0: number, w1: number, w2: number, w3: number): number {
  return hashWord(words, 0, w0) ^ hashWord(words, 1, w1) ^ hashWord(words, 2, w2) ^ hashWord(words, 3, w3);
}

function hashWord(words: Uint32Array, index: number, word: number): number {
  const at = index << 10;
  return (
    (words[at | (word >>> 24)] as number) ^
    (words[at | 256 | ((word >>> 16) & 0xff)] as number) ^
    (words[at | 512 | ((word >>> 8) & 0xff)] as number) ^
    (words[at | 768 | (word & 0xff)] as number)
  );
}
