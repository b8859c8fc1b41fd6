import { networkInterfaces } from 'node:os';
import type { Clock } from '../../common/clock.js';

/** How much further than the monotonic clock the wall clock goes while the machine sleeps, in milliseconds, at least. */
const SLEEP_MS = 5_000;

/** How often our own addresses are listed at most, in milliseconds: that is a system call or several. */
const LISTED_MS = 1_000;

/** How much of our time the listing may take at most, on a host with very many addresses. */
const LISTING_SHARE = 1 / 200;

/** Sees, at the moment when a session is taken, that the machine has slept or that our own address is gone. */
export class PathChanges {
  readonly #clock: Clock;
  /** The wall clock's lead over the monotonic one. */
  #lead: number;
  #own: ReadonlySet<string> = new Set();
  #listAgainAt = Number.NEGATIVE_INFINITY;

  /** @param clock - both of its times are compared */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lead = clock.wall() - clock.now();
  }

  /**
   * Whether the machine has slept since the last look: the wall clock went on, and the monotonic one stood still. A wall
   * clock that somebody sets forward looks alike, and costs fresh sessions.
   *
   * @param now - on the monotonic clock
   */
  slept(now: number): boolean {
    const lead = this.#clock.wall() - now;
    const slept = lead - this.#lead > SLEEP_MS;
    this.#lead = lead;
    // The next look at our addresses must not be an old one.
    if (slept) this.#listAgainAt = now;
    return slept;
  }

  /**
   * Lists our addresses anew where that is due.
   *
   * @param now - on the monotonic clock
   * @returns whether one is ours no more: what is being opened may have been begun from there
   */
  lostOne(now: number): boolean {
    if (now < this.#listAgainAt) return false;
    const before = [...this.#own];
    this.#own = ownAddresses();
    const tookMs = this.#clock.now() - now;
    this.#listAgainAt = now + Math.max(LISTED_MS, tookMs / LISTING_SHARE);
    return before.some((one) => !this.#own.has(one));
  }

  /**
   * Whether an address was one of our interfaces' when they were listed last.
   *
   * @param address - the local address of a socket; what is not known is
   */
  isOurs(address: string | undefined): boolean {
    return address === undefined || this.#own.has(address);
  }
}

function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
}
