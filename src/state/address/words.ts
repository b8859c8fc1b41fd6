/**
 * The address that was read last, as four words of 32 bits, an IPv4 address as its IPv4-mapped one (RFC 4291 section
 * 2.5.5.2). Rows are found by it. Reading makes no object and no text.
 */
export const WORDS: Uint32Array = new Uint32Array(4);

/** The third word of an IPv4-mapped address, whose first two are 0. */
export const MAPPED = 0xffff;

const GROUPS = new Uint16Array(8);
/** The longest text of an address without a scope id: IPv6 with an IPv4 tail (RFC 4291 section 2.2). */
const MAX_TEXT = 45;
const DOT = 46;
const ZERO = 48;
const COLON = 58;

/**
 * Reads an address without a scope id into {@link WORDS}.
 *
 * @param text - any text
 * @returns whether it is one
 */
export function readWords(text: string): boolean {
  if (text.length > MAX_TEXT) return false;
  const ipv4 = ipv4Word(text, 0, text.length);
  if (ipv4 >= 0) {
    WORDS[0] = 0;
    WORDS[1] = 0;
    WORDS[2] = MAPPED;
    WORDS[3] = ipv4;
    return true;
  }
  return readIpv6(text, text.length);
}

/**
 * Reads dotted decimal; no leading zeros, which some read as octal (RFC 6943 section 3.1.1).
 *
 * @param text - any text
 * @param from - where it begins
 * @param to - where it ends
 * @returns the 32 bits, or -1 if the text is no dotted decimal
 */
export function ipv4Word(text: string, from: number, to: number): number {
  if (to - from > 15) return -1;
  let word = 0;
  let octet = -1;
  let dots = 0;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (octet === 0) return -1;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return -1;
    } else {
      if (code !== DOT || octet < 0) return -1;
      word = (word << 8) | octet;
      octet = -1;
      dots++;
    }
  }
  return dots === 3 && octet >= 0 ? ((word << 8) | octet) >>> 0 : -1;
}

/**
 * Reads an IPv6 address (RFC 4291 section 2.2) into {@link WORDS}.
 *
 * @param text - any text
 * @param end - where it ends
 * @returns whether it is one
 */
export function readIpv6(text: string, end: number): boolean {
  let at = 0;
  let count = 0;
  let gap = -1;
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false;
    gap = 0;
    at = 2;
  }
  while (at < end) {
    if (count === 8) return false;
    const start = at;
    let value = 0;
    let digit = hexDigit(text.charCodeAt(at));
    while (at < end && digit >= 0) {
      value = value * 16 + digit;
      digit = hexDigit(text.charCodeAt(++at));
    }
    if (at < end && text.charCodeAt(at) === DOT) {
      // An IPv4 address in the place of the last two groups.
      const word = ipv4Word(text, start, end);
      if (word < 0 || count > 6) return false;
      GROUPS[count] = word >>> 16;
      GROUPS[count + 1] = word;
      count += 2;
      at = end;
      break;
    }
    if (at === start || at - start > 4) return false;
    GROUPS[count++] = value;
    if (at === end) break;
    if (text.charCodeAt(at) !== COLON || ++at === end) return false;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return false;
      gap = count;
      at++;
    }
  }
  if (gap < 0 ? count !== 8 : count > 7) return false;
  spread(gap, 8 - count);
  return true;
}

/** Writes the groups into {@link WORDS}, with `zeros` groups of zeros at the gap that '::' left; -1 is no gap. */
function spread(gap: number, zeros: number): void {
  for (let index = 0; index < 4; index++) {
    WORDS[index] = (groupAt(2 * index, gap, zeros) << 16) | groupAt(2 * index + 1, gap, zeros);
  }
}

function groupAt(index: number, gap: number, zeros: number): number {
  if (index < gap) return GROUPS[index] ?? 0;
  return index < gap + zeros ? 0 : (GROUPS[index - zeros] ?? 0);
}

/** The digit's value; negative if the character is no hexadecimal digit. */
function hexDigit(code: number): number {
  if (code <= 57) return code - ZERO;
  const letter = code | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Whether words are those of an IPv4 address. */
export function isIpv4(w0: number, w1: number, w2: number): boolean {
  return (w0 | w1) === 0 && w2 === MAPPED;
}

/** The canonical text of an IPv4 address. */
export function ipv4Text(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 0xff}.${(word >>> 8) & 0xff}.${word & 0xff}`;
}

/** The canonical text of an address: dotted decimal, or RFC 5952 section 4 without a scope id. */
export function textOfWords(w0: number, w1: number, w2: number, w3: number): string {
  return isIpv4(w0, w1, w2) ? ipv4Text(w3) : ipv6Text(groupsOfWords(w0, w1, w2, w3));
}

/** The address in groups of 16 bits: two for IPv4, eight for IPv6. */
export function groupsOfWords(w0: number, w1: number, w2: number, w3: number): readonly number[] {
  if (isIpv4(w0, w1, w2)) return [w3 >>> 16, w3 & 0xffff];
  return [w0 >>> 16, w0 & 0xffff, w1 >>> 16, w1 & 0xffff, w2 >>> 16, w2 & 0xffff, w3 >>> 16, w3 & 0xffff];
}

/** RFC 5952 section 4: lower case, no leading zeros, the longest run of two zero groups or more as '::'. */
function ipv6Text(groups: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let index = 0; index < groups.length; index++) {
    let end = index;
    while (groups[end] === 0) end++;
    if (end - index > length) {
      start = index;
      length = end - index;
    }
  }
  let text = '';
  for (let index = 0; index < groups.length; index++) {
    if (index === start) {
      text += '::';
      index += length - 1;
    } else {
      if (index > 0 && index !== start + length) text += ':';
      text += (groups[index] as number).toString(16);
    }
  }
  return text;
}
