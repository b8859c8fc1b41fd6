import type { Channel } from '../../src/store/cluster/index.js';

/** One end of a channel without threads: what is sent is heard at once at the other end, as a copy. */
export class StrawChannel implements Channel {
  other: StrawChannel | undefined;
  /** Everything that was sent from here. */
  readonly sent: unknown[] = [];
  isClosed = true;
  hear: (message: unknown) => void = () => {};
  tellGone: () => void = () => {};
  /** What was sent from here while the other end stands still. */
  #held: unknown[] | undefined;

  send(message: unknown): void {
    const copy = structuredClone(message);
    this.sent.push(copy);
    if (this.#held === undefined) this.other?.hear(copy);
    else this.#held.push(copy);
  }

  listen(heard: (message: unknown) => void, gone: () => void): void {
    this.isClosed = false;
    this.hear = heard;
    this.tellGone = gone;
  }

  close(): void {
    this.isClosed = true;
    this.hear = () => {};
    this.tellGone = () => {};
  }

  /** The other end reads nothing for now. */
  hold(): void {
    this.#held ??= [];
  }

  /** It reads on. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) this.other?.hear(message);
  }

  /** The other end has gone. */
  end(): void {
    this.tellGone();
  }
}

/** Both ends of a channel. */
export function strawPair(): [StrawChannel, StrawChannel] {
  const ends: [StrawChannel, StrawChannel] = [new StrawChannel(), new StrawChannel()];
  ends[0].other = ends[1];
  ends[1].other = ends[0];
  return ends;
}
