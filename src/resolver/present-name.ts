import { followName } from '../wire/names.js';

/** What a name shows behind a backslash, as Node does. */
const ESCAPED = '".;\\()@$';

/** The text of each octet, by its number. */
const TEXTS: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const char = String.fromCharCode(octet);
  if (octet < 0x20 || octet > 0x7e) return `\\${String(octet).padStart(3, '0')}`;
  return ESCAPED.includes(char) ? `\\${char}` : char;
});

/** 127 labels fit into a name, and about as many pointers are followed. */
const MAX_STEPS = 255;

/**
 * A name for people and programs: without a final dot, in the case of letters that the server sent, octets that mean
 * something else behind a backslash, others than printable ones as `\DDD` (RFC 1035 section 5.1). `.` for the root.
 *
 * @param message - whatever came
 * @param start - where the name begins
 * @returns `undefined` where there is no whole name
 */
export function presentName(message: Uint8Array, start: number): string | undefined {
  const labels: string[] = [];
  const end = followName(message, start, { end: message.length, steps: MAX_STEPS }, (from, to) => {
    let label = '';
    for (let at = from; at < to; at++) label += TEXTS[message[at] ?? 0] ?? '';
    labels.push(label);
  });
  if (end !== 'whole') return undefined;
  return labels.length === 0 ? '.' : labels.join('.');
}
