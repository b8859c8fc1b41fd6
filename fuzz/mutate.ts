import type { Compared } from './coverage.js';

/** Octets that mean something in DNS: ends, pointers, the longest label, types and options that are told apart. */
const TELLING: readonly number[] = [0, 1, 2, 3, 5, 6, 8, 10, 11, 12, 24, 41, 46, 63, 64, 127, 128, 192, 250, 252, 255];
const MAX_STEPS = 6;
const MAX_PIECE = 64;

/** Makes inputs from others. */
export class Mutator {
  readonly #random: () => number;
  readonly #maxLength: number;

  /**
   * @param random - in [0,1)
   * @param maxLength - the longest input it makes, in octets
   */
  constructor(random: () => number, maxLength: number) {
    this.#random = random;
    this.#maxLength = maxLength;
  }

  /** A whole number below another. */
  below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  /**
   * Changes an input in a few places.
   *
   * @param input - the input
   * @param other - another, to take pieces from
   * @param compared - what was compared when the input ran
   */
  mutate(input: Uint8Array, other: Uint8Array, compared: readonly Compared[]): Uint8Array {
    let octets = input;
    for (let steps = 1 + this.below(MAX_STEPS); steps > 0; steps--) octets = this.#step(octets, other, compared);
    return octets.length > this.#maxLength ? octets.subarray(0, this.#maxLength) : octets;
  }

  #step(octets: Uint8Array, other: Uint8Array, compared: readonly Compared[]): Uint8Array {
    const at = this.below(octets.length + 1);
    const size = 1 + this.below(Math.min(MAX_PIECE, 1 + octets.length));
    switch (this.below(9)) {
      case 0:
        return this.#set(octets, at, (octets[at] ?? 0) ^ (1 << this.below(8)));
      case 1:
        return this.#set(octets, at, this.below(256));
      case 2:
        return this.#set(octets, at, TELLING[this.below(TELLING.length)] ?? 0);
      case 3:
        return this.#set(octets, at, (octets[at] ?? 0) + this.below(9) - 4);
      case 4:
        return splice(octets, at, at + size, new Uint8Array(0));
      case 5:
        return splice(octets, at, at, octets.subarray(at, at + size));
      case 6: {
        const from = this.below(other.length + 1);
        return splice(octets, at, this.below(2) === 0 ? at : at + size, other.subarray(from, from + size));
      }
      case 7:
        return splice(
          octets,
          at,
          at,
          Uint8Array.from({ length: 1 + this.below(4) }, () => this.below(256)),
        );
      default:
        return this.#satisfy(octets, compared);
    }
  }

  #set(octets: Uint8Array, at: number, value: number): Uint8Array {
    const changed = octets.slice();
    if (at < changed.length) changed[at] = value;
    return changed;
  }

  /** Puts what was wanted in the place of what was found, where that stands in the input. */
  #satisfy(octets: Uint8Array, compared: readonly Compared[]): Uint8Array {
    const pair = compared[this.below(compared.length)];
    if (pair === undefined) return octets;
    const turned = this.below(4) === 0;
    const found = octetsOf(turned ? pair.wanted : pair.found);
    const at = Buffer.from(octets.buffer, octets.byteOffset, octets.length).indexOf(found, this.below(octets.length));
    return at < 0 ? octets : splice(octets, at, at + found.length, octetsOf(turned ? pair.found : pair.wanted));
  }
}

/** A value as it would stand in an input: one octet, two in network order, or text. */
function octetsOf(value: number | string): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  return value >= 0 && value < 256 ? Uint8Array.of(value) : Uint8Array.of((value >> 8) & 0xff, value & 0xff);
}

function splice(octets: Uint8Array, start: number, end: number, middle: Uint8Array): Uint8Array {
  const rest = octets.subarray(Math.min(end, octets.length));
  const spliced = new Uint8Array(start + middle.length + rest.length);
  spliced.set(octets.subarray(0, start));
  spliced.set(middle, start);
  spliced.set(rest, start + middle.length);
  return spliced;
}
