/** Takes values off a fuzzer's octets, in order. Where they run out it gives zeros, so that no input is too short. */
export class Input {
  readonly #octets: Uint8Array;
  #at = 0;

  /** @param octets - what the fuzzer made */
  constructor(octets: Uint8Array) {
    // A Buffer's `slice` would share its memory.
    this.#octets = new Uint8Array(octets.buffer, octets.byteOffset, octets.length);
  }

  /** How many octets are left. */
  get left(): number {
    return this.#octets.length - this.#at;
  }

  /** One octet. */
  u8(): number {
    return this.#octets[this.#at++] ?? 0;
  }

  /** Two octets in network order. */
  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  /** So many octets, or as many as are left, on memory of their own: what is under test must not change the input. */
  take(count: number): Uint8Array {
    const taken = this.#octets.slice(this.#at, this.#at + count);
    this.#at += taken.length;
    return taken;
  }

  /** All that is left. */
  rest(): Uint8Array {
    return this.take(this.#octets.length);
  }

  /** One of a list, by an octet. */
  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.u8() % list.length] ?? list[0];
  }

  /** So many octets as text: UTF-8 where they are that, else one character an octet, so that every string can come. */
  text(count: number): string {
    const octets = this.take(count);
    const text = new TextDecoder().decode(octets);
    return text.includes('\ufffd') ? Buffer.from(octets).toString('latin1') : text;
  }
}

/** Puts values into octets as {@link Input} takes them off: how seeds are made. */
export function octetsOf(...parts: readonly (number | Uint8Array | string)[]): Uint8Array {
  const pieces = parts.map((part) => {
    if (typeof part === 'number') return Uint8Array.of(part);
    return typeof part === 'string' ? Buffer.from(part) : part;
  });
  return new Uint8Array(Buffer.concat(pieces));
}

/** Octets in hexadecimal. */
export function hexOf(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex');
}

/** Octets behind their number in two octets. */
export function measured(octets: Uint8Array): Uint8Array {
  return octetsOf(octets.length >> 8, octets.length & 0xff, octets);
}
