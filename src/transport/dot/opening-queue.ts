import type { Clock, Timer } from '../../common/clock.js';
import { Groups } from '../../common/groups.js';
import { localError } from '../failure.js';
import type { OpeningBound } from './openings.js';
import { type DotSend, waitsToItsEnd } from './query.js';
import { sessionKey } from './session-key.js';

/** What opening a session takes of our loop at least, in milliseconds: so long one waits for each before. */
const OPENING_MS = 1.5;

/** How many are refused in one turn of the loop: what each does instead, a query over Do53, costs us 0.1 ms. */
const REFUSED_AT_ONCE = 64;

/** How often those that wait are looked at, in milliseconds. */
const LOOK_MS = 10;

interface Waiting {
  /** By what its session is found. */
  readonly key: string;
  /** Among which it waits. */
  readonly groups: Groups<DotSend>;
  readonly since: number;
  readonly refuseAt: number;
}

/**
 * Queries that wait until a session may be opened. Those that one session can serve wait together: only the first of them asks
 * for it. And the first that meets the bound which all share ends the look, so that tens of thousands that wait cost no more
 * than a few.
 */
export class OpeningQueue {
  readonly #clock: Clock;
  readonly #tryPlace: (send: DotSend) => OpeningBound | undefined;
  readonly #waiting = new Map<DotSend, Waiting>();
  /** By the keys of their sessions, those in whose stead nothing else may be asked: they come first. */
  readonly #needed = new Groups<DotSend>();
  readonly #others = new Groups<DotSend>();
  /** When the next is to be refused, or earlier. */
  #refusal = Number.POSITIVE_INFINITY;
  #timer: Timer | undefined;

  /**
   * @param clock - where it reads time
   * @param tryPlace - gives a query to a session, or says which bound forbids to open one
   */
  constructor(clock: Clock, tryPlace: (send: DotSend) => OpeningBound | undefined) {
    this.#clock = clock;
    this.#tryPlace = tryPlace;
  }

  /** Gives a query to a session, now or when one may be opened; where that cannot be in its time, it is refused. */
  place(send: DotSend): void {
    const bound = this.#tryPlace(send);
    if (bound !== undefined) this.#add(send, bound === 'openings' && this.#isTooLong(send) ? 0 : send.openingMs);
    else if (this.#waiting.size > 0) this.placeFor(sessionKey(send.endpoint, send.authenticator));
  }

  /** Takes one out; whether it waited. */
  delete(send: DotSend): boolean {
    const waiting = this.#waiting.get(send);
    if (waiting === undefined) return false;
    this.#waiting.delete(send);
    waiting.groups.delete(waiting.key, send);
    return true;
  }

  /**
   * A session takes queries: it gets those that wait for it.
   *
   * @param key - by what it is found
   * @returns which bound keeps the rest waiting
   */
  placeFor(key: string): OpeningBound | undefined {
    return this.#placeAll(this.#needed.of(key)) ?? this.#placeAll(this.#others.of(key));
  }

  #placeAll(group: ReadonlySet<DotSend>): OpeningBound | undefined {
    for (const send of group) {
      const bound = this.#tryPlace(send);
      if (bound !== undefined) return bound;
      this.#placed(send);
    }
    return undefined;
  }

  /**
   * How many wait for a session.
   *
   * @param key - by what it is found
   */
  countFor(key: string): number {
    return this.#needed.of(key).size + this.#others.of(key).size;
  }

  /** Places those that may be placed now, and refuses those that have waited long enough. */
  look(): void {
    if (this.#waiting.size === 0) return;
    for (const groups of [this.#needed, this.#others]) {
      // Any other of them would open a session too.
      for (const group of groups.all()) if (this.#placeAll(group) === 'openings') break;
    }
    if (this.#clock.now() >= this.#refusal) this.#refuseDue();
    this.#arm();
  }

  /** Takes all out. */
  drain(): DotSend[] {
    const all = [...this.#waiting.keys()];
    for (const send of all) this.delete(send);
    this.#timer?.cancel();
    this.#timer = undefined;
    return all;
  }

  /** Whether more sessions are to be opened before than may be in its time; one that may wait for all of its time waits. */
  #isTooLong(send: DotSend): boolean {
    const groups = this.#needed.size + this.#others.size;
    if (groups * OPENING_MS <= send.openingMs || waitsToItsEnd(send, this.#clock.now())) return false;
    return this.countFor(sessionKey(send.endpoint, send.authenticator)) === 0;
  }

  #add(send: DotSend, waitMs: number): void {
    const since = this.#clock.now();
    const refuseAt = Math.min(since + waitMs, send.limitAt);
    const key = sessionKey(send.endpoint, send.authenticator);
    const groups = waitsToItsEnd(send, since) ? this.#needed : this.#others;
    this.#waiting.set(send, { key, groups, since, refuseAt });
    groups.add(key, send);
    this.#refusal = Math.min(this.#refusal, refuseAt);
    this.#arm();
  }

  #placed(send: DotSend): void {
    const { since } = this.#waiting.get(send) ?? {};
    if (since !== undefined) send.openingMs = Math.max(0, send.openingMs - (this.#clock.now() - since));
    this.delete(send);
  }

  #refuseDue(): void {
    const now = this.#clock.now();
    const due: DotSend[] = [];
    this.#refusal = Number.POSITIVE_INFINITY;
    for (const [send, { refuseAt }] of this.#waiting) {
      if (refuseAt <= now && due.length < REFUSED_AT_ONCE) due.push(send);
      else this.#refusal = Math.min(this.#refusal, refuseAt);
    }
    for (const send of due) {
      // What one is told may take others out.
      if (!this.#waiting.has(send)) continue;
      const bound = this.#tryPlace(send);
      if (bound === undefined) this.#placed(send);
      else if (this.delete(send)) send.settle({ error: localError(bound), retry: 'no' });
    }
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return;
    const isDue = this.#clock.now() >= this.#refusal;
    this.#timer = this.#clock.after(isDue ? 0 : LOOK_MS, () => {
      this.#timer = undefined;
      this.look();
    });
  }
}
