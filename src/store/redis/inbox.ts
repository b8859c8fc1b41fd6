import { TokenBucket } from '../../common/token-bucket.js';
import type { StoreHost } from '../store.js';
import { isOfOneMember, type Read, readValue } from './value.js';

/** Messages that we read at once, and each second. A flood costs no more; each member finds out by itself what it missed. */
const BURST = 20_000;
const PER_SECOND = 2_000;
/** The least time between two events that tell of rubbish, in milliseconds. */
const TELL_MS = 60_000;

/** Reads and checks what others say, and hands it on as hints. */
export class Inbox {
  readonly #host: StoreHost;
  readonly #instance: string;
  readonly #bucket: TokenBucket;
  #unreadable = 0;
  #quietUntil = Number.NEGATIVE_INFINITY;

  /**
   * @param host - gets the hints
   * @param instance - our id: our own messages are dropped
   */
  constructor(host: StoreHost, instance: string) {
    this.#host = host;
    this.#instance = instance;
    this.#bucket = new TokenBucket(BURST, PER_SECOND / 1_000, host.clock.now());
  }

  /** Reads a message. */
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

  /** Hands on a verdict, unless it is our own, or holds of another alone. */
  found({ by, verdict }: Read): void {
    if (by !== this.#instance && !isOfOneMember(verdict)) this.#host.hint(verdict);
  }

  /** Counts rubbish, and tells of it now and then. */
  unreadable(what: string): void {
    this.#unreadable++;
    const now = this.#host.clock.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + TELL_MS;
    this.#host.tell('rubbish', `${what} (${this.#unreadable} so far)`);
  }
}
