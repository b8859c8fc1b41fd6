/** Octets that names show as they are; letters are lower-cased first. */
const PLAIN = /^[a-z0-9_*/-]$/;

/** The text of each octet, by its number, so that names are read without a test for each of their octets. */
const TEXTS: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const char = String.fromCharCode(octet).toLowerCase();
  return octet < 0x80 && PLAIN.test(char) ? char : `\\${String(octet).padStart(3, '0')}`;
});

/**
 * An octet of a name in presentation format: letters in lower case, digits, `-`, `_`, `*` and `/` as they are, all others
 * as `\DDD` (RFC 1035 section 5.1), so that one name has one spelling.
 *
 * @param octet - 0 to 255
 */
export function presentOctet(octet: number): string {
  return TEXTS[octet] ?? '';
}

/**
 * A text of unknown origin in printable ASCII: all other characters, blanks included, as the octets of their UTF-8 in the
 * spelling of {@link presentOctet}.
 *
 * @param text - any text, usually a name
 */
export function printable(text: string): string {
  return text.replace(/[^!-~]/gu, (char) => [...Buffer.from(char)].map(presentOctet).join(''));
}
