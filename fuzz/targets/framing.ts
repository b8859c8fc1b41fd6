import { Framing } from '../../src/wire/framing.js';
import { hexOf, Input, measured, octetsOf } from '../input.js';
import { must, mustEqual } from '../promise.js';
import { cutFrames } from '../reference.js';
import type { Target } from '../target.js';

/** What a stream is cut into at first, in octets; memory below it costs nothing. */
const FIRST_PIECE = 1_024;
/** Streams up to this are also pushed octet by octet; longer ones would take all the time. */
const MAX_SINGLE = 256;

/** The longest message accepted, a number of cuts, the length of each piece, and the stream. */
export const framing: Target = {
  promise: 'any cutting of a stream gives the same messages, in memory that grows with what has come of them',
  maxLength: 4_096,
  run(octets) {
    const input = new Input(octets);
    const maxLength = input.pick([65_535, 4_096, 512, 64]);
    const cuts = Array.from({ length: input.u8() % 16 }, () => input.pick([1, 2, 3, 7, 64, 300, 1_024, 5_000]));
    const stream = input.rest();
    const expected = cutFrames(stream, maxLength);
    const single = stream.length <= MAX_SINGLE ? Array.from(stream, () => 1) : [];
    for (const pieces of [[stream], cutInto(stream, cuts), cutInto(stream, single)]) {
      const { messages, wrong } = pushed(pieces, maxLength);
      mustEqual(messages, expected.messages.map(hexOf), 'the messages of the reference, whatever the cuts');
      must(wrong === expected.wrong, 'and its verdict on the lengths', wrong);
    }
    checkStop(stream, maxLength, input.u8() % 4);
  },
  seeds: (captures) => {
    const stream = octetsOf(...captures.map(({ answer }) => measured(answer)));
    const wrong = octetsOf(measured(captures[0]?.answer ?? new Uint8Array(12)), 0, 11, 1, 2, 3);
    const announced = octetsOf(0, 1, 0, 0xff, 0xff, 'short');
    return [
      octetsOf(0, 3, 0, 3, 5, stream.subarray(0, 2_000)),
      octetsOf(3, 0, stream.subarray(0, 900)),
      wrong,
      announced,
    ];
  },
};

function cutInto(stream: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(stream.subarray(at, at + length));
    at += length;
  }
  return [...pieces, stream.subarray(at)];
}

/** Pushes pieces until one is refused, as a session does, and looks at the memory that is taken meanwhile. */
function pushed(pieces: readonly Uint8Array[], maxLength: number): { messages: string[]; wrong: boolean } {
  const messages: string[] = [];
  const framing = new Framing(maxLength);
  using memory = new MemoryWatch();
  let came = 0;
  for (const piece of pieces) {
    came += piece.length;
    const wrong = framing.push(piece, (one) => messages.push(hexOf(one)) > 0);
    const bound = Math.min(maxLength, Math.max(FIRST_PIECE, 2 * came));
    must(memory.largest <= bound, 'memory grows with what came', memory.largest, came);
    if (wrong !== undefined) return { messages, wrong: true };
  }
  return { messages, wrong: false };
}

/** Knows the largest array of octets that was made while it watched. */
class MemoryWatch {
  largest = 0;
  readonly #octets = globalThis.Uint8Array;

  constructor() {
    globalThis.Uint8Array = new Proxy(this.#octets, {
      construct: (target, args: [number]) => {
        if (typeof args[0] === 'number') this.largest = Math.max(this.largest, args[0]);
        return new target(...args);
      },
    });
  }

  [Symbol.dispose](): void {
    globalThis.Uint8Array = this.#octets;
  }
}

/** Who has heard enough is told no more. */
function checkStop(stream: Uint8Array, maxLength: number, after: number): void {
  let told = 0;
  new Framing(maxLength).push(stream, () => ++told <= after);
  const { messages } = cutFrames(stream, maxLength);
  must(told === Math.min(messages.length, after + 1), 'stops when told to', told, after, messages.length);
}
