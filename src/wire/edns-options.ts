import { type RecordPlace, u16 } from './octets.js';

/** edns-tcp-keepalive (RFC 7828). */
export const KEEPALIVE: number = 11;

/** Padding (RFC 7830). */
export const PADDING: number = 12;

/** Where an EDNS option lies in its message: from its code to the octet after its data. */
export interface OptionPlace {
  readonly code: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The options of an OPT record (RFC 6891 section 6.1.2), as far as they are whole.
 *
 * @param message - the record's message
 * @param opt - where the OPT lies
 */
export function optionsOf(message: Uint8Array, opt: RecordPlace): OptionPlace[] {
  const found: OptionPlace[] = [];
  let at = opt.rdata;
  while (at + 4 <= opt.end) {
    const end = at + 4 + u16(message, at + 2);
    if (end > opt.end) break;
    found.push({ code: u16(message, at), start: at, end });
    at = end;
  }
  return found;
}

/**
 * Whether the options fill the OPT's data to its last octet.
 *
 * @param message - the record's message
 * @param opt - where the OPT lies
 */
export function optionsAreSound(message: Uint8Array, opt: RecordPlace): boolean {
  return (optionsOf(message, opt).at(-1)?.end ?? opt.rdata) === opt.end;
}

/**
 * The first option with a code.
 *
 * @param message - the record's message
 * @param opt - where the OPT lies
 * @param code - the option's code
 */
export function findOption(message: Uint8Array, opt: RecordPlace, code: number): OptionPlace | undefined {
  return optionsOf(message, opt).find((option) => option.code === code);
}

/**
 * How long the server says that it keeps an idle session open (RFC 7828 section 3.1).
 *
 * @param message - an answer
 * @param opt - its OPT, where it has one
 * @returns milliseconds, or `undefined` where the answer does not say
 */
export function keepaliveOf(message: Uint8Array, opt: RecordPlace | undefined): number | undefined {
  const option = opt === undefined ? undefined : findOption(message, opt, KEEPALIVE);
  return option !== undefined && option.end - option.start === 6 ? u16(message, option.start + 4) * 100 : undefined;
}
