/** How long messages and octets are counted together, in milliseconds. */
const WINDOW_MS = 10_000;

/** Messages that match nothing which a session bears in a window. */
const MAX_MESSAGES = 16;

/** Octets that match nothing which it bears in a window, as a multiple of what was asked. */
const MAX_RATIO = 4;

/** What counts as asked where less was: one padded answer too many (RFC 8467: 468 octets) is no flood. */
const LEAST_ASKED = 1_024;

/** Counts what a server sends that nobody asked for, so that it cannot keep us reading for ever. */
export class Unsolicited {
  #windowStart = 0;
  #messages = 0;
  #octets = 0;
  #asked = 0;

  /**
   * Counts a query.
   *
   * @param octets - its length
   * @param now - on the monotonic clock
   */
  asked(octets: number, now: number): void {
    this.#roll(now);
    this.#asked += octets;
  }

  /**
   * Counts a message that matches nothing.
   *
   * @param octets - its length
   * @param now - on the monotonic clock
   * @returns whether it was one too many
   */
  received(octets: number, now: number): boolean {
    this.#roll(now);
    this.#messages++;
    this.#octets += octets;
    return this.#messages >= MAX_MESSAGES || this.#octets > MAX_RATIO * Math.max(this.#asked, LEAST_ASKED);
  }

  #roll(now: number): void {
    if (now - this.#windowStart < WINDOW_MS) return;
    this.#windowStart = now;
    this.#messages = 0;
    this.#octets = 0;
    this.#asked = 0;
  }
}
