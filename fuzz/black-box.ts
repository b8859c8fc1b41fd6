/** The longest input that is recorded, in octets. */
const MAX_INPUT = 65_536;

/**
 * The input that is being run, on memory that another thread reads: what hangs or ends its thread can tell nobody else.
 */
export class BlackBox {
  readonly #head: Uint32Array;
  readonly #octets: Uint8Array;

  /** @param memory - of {@link BlackBox.memory}, shared by both threads */
  constructor(memory: SharedArrayBuffer) {
    this.#head = new Uint32Array(memory, 0, 2);
    this.#octets = new Uint8Array(memory, 8);
  }

  /** Memory for one. */
  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(8 + MAX_INPUT);
  }

  /** Notes an input that is to be run. */
  note(octets: Uint8Array): void {
    this.#octets.set(octets.subarray(0, MAX_INPUT));
    this.#head[1] = octets.length;
    Atomics.add(this.#head, 0, 1);
  }

  /** How many were noted. */
  get count(): number {
    return Atomics.load(this.#head, 0);
  }

  /** The last that was noted. */
  get last(): Uint8Array {
    return this.#octets.slice(0, this.#head[1]);
  }
}
