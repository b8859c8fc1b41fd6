import { EventEmitter } from 'node:events';
import type { ThreadPeer } from '../../src/store/port/index.js';

/** One end of a channel of straw: what is sent arrives at the other end in the same turn, as a clone. */
export class StrawPort extends EventEmitter implements ThreadPeer {
  other: StrawPort | undefined;
  /** Everything that was sent from here. */
  readonly sent: unknown[] = [];
  /** What was sent from here while the other end stands still. */
  #held: unknown[] | undefined;

  postMessage(message: unknown): void {
    const clone = structuredClone(message);
    this.sent.push(clone);
    if (this.#held === undefined) this.other?.emit('message', clone);
    else this.#held.push(clone);
  }

  /** The other end reads nothing for now. */
  hold(): void {
    this.#held ??= [];
  }

  /** It reads on. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.other?.emit('message', message);
  }
}

/** Both ends of a channel. */
export function strawChannel(): [StrawPort, StrawPort] {
  const ends: [StrawPort, StrawPort] = [new StrawPort(), new StrawPort()];
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}
