import { TokenBucket } from '../../common/token-bucket.js';
import type { StoreHost } from '../store.js';
import { type Read, readValue } from './value.js';

/** Messages that we read at once, and a second: a flood costs us no more, and what is missed each finds out by itself. */
const BURST = 20_000;
const PER_SECOND = 2_000;
/** How often we tell of rubbish at most, in milliseconds. */
const TELL_MS = 60_000;

/** What others say: read, checked, and handed on as hints. */
export class Inbox {
  readonly #host: StoreHost;
  readonly #instance: string;
  readonly #bucket: TokenBucket;
  #unreadable = 0;
  #quietUntil = Number.NEGATIVE_INFINITY;

  /**
   * @param host - who is to hear it
   * @param instance - our id: what we said ourselves is no news
   */
  constructor(host: StoreHost, instance: string) {
    this.#host = host;
    this.#instance = instance;
    this.#bucket = new TokenBucket(BURST, PER_SECOND / 1_000, host.clock.now());
  }

  /** A message has come. */
  heard(message: string): void {
    const { clock } = this.#host;
    const now = clock.now();
    if (this.#bucket.readyAt(now) > now) {
      this.unreadable('messages come too fast');
      return;
    }
    this.#bucket.take(now);
    const read = readValue(message, clock.wall());
    if (read === undefined) this.unreadable('a message is no verdict');
    else this.found(read);
  }

  /** A verdict that is somebody's, perhaps ours. */
  found({ by, verdict }: Read): void {
    if (by !== this.#instance) this.#host.hint(verdict);
  }

  /** Something that we do not read. */
  unreadable(what: string): void {
    this.#unreadable++;
    const now = this.#host.clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + TELL_MS;
    this.#host.tell('rubbish', `${what} (${this.#unreadable} so far)`);
  }
}
