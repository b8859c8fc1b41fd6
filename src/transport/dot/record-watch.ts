import { type Clock, systemClock, type Timer } from '../../common/clock.js';
import type { OctetsRead } from '../tls/octets-read.js';

/**
 * How often sessions are looked at, in milliseconds. A change of keys costs us 10 us. A flood of them goes on until the end of
 * the turn of the loop in which this time is over, and libuv reads much in one turn: some 60 ms of our CPU in all, on loopback.
 */
const LOOK_MS = 25;

/**
 * Where that time was over less than this late, in milliseconds, no flood holds up the loop. A look costs 0.1 ms where 1,024
 * sessions are open, so that one is enough then in as long as {@link CALM_MS}.
 */
const LATE_MS = 5;

/** How often sessions are looked at where the loop is not held up, in milliseconds. */
const CALM_MS = 100;

/** Over how long octets are counted, in milliseconds. */
const WINDOW_MS = 10_000;

/**
 * Octets without data that a session may bring in a window: more than 16 tickets of 4 KB, which are borne, and 3,000 changes of
 * keys, which cost us 30 ms.
 */
const MAX_OCTETS = 80 * 1024;

/**
 * Octets of which one at least is data. A record of TLS 1.3 with one octet of data has 23, one of TLS 1.2 has 30: a server that
 * sends its answers octet by octet is slow, and no flood.
 */
const DATA_SHARE = 1 / 32;

/** A session that is watched. */
export interface WatchedSession {
  /** What it has read so far; absent before it stands, and where nothing counts. */
  readonly octetsRead: OctetsRead | undefined;
  /** Is told, once, that records without data come to it without end. */
  floodedWithRecords(): void;
}

/** What a session had read when the window began. */
interface Mark {
  readonly session: WatchedSession;
  readonly octetsRead: OctetsRead;
  at: number;
  all: number;
  data: number;
}

/**
 * Sees sessions whose server sends records without data: changes of keys (RFC 8446 section 4.6.3), empty records (section 5.1).
 * Each costs us CPU, none reaches us, and OpenSSL bounds neither of them where data comes between. Answers cost nothing: one
 * timer reads counters, as long as any session is open.
 */
export class RecordWatch {
  readonly #clock: Clock;
  readonly #sessions = new Map<WatchedSession, Mark>();
  #timer: Timer | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  /** @param clock - where it reads time; default the system's, for records cost real time, even under a virtual clock */
  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** Watches a session that stands; one that has no counters is let alone. */
  add(session: WatchedSession): void {
    const { octetsRead } = session;
    if (octetsRead === undefined) return;
    const at = this.#clock.now();
    this.#sessions.set(session, { session, octetsRead, at, all: octetsRead.all(), data: octetsRead.data() });
    this.#arm();
  }

  /** Watches it no more. */
  delete(session: WatchedSession): void {
    if (!this.#sessions.delete(session) || this.#sessions.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(now: number): void {
    this.#lookedAt = now;
    for (const mark of this.#sessions.values()) {
      const { session, octetsRead } = mark;
      const all = octetsRead.all() - mark.all;
      if (all > MAX_OCTETS && octetsRead.data() - mark.data < all * DATA_SHARE) {
        this.delete(session);
        session.floodedWithRecords();
      } else if (now - mark.at >= WINDOW_MS)
        Object.assign(mark, { at: now, all: octetsRead.all(), data: octetsRead.data() });
    }
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#sessions.size === 0) return;
    const dueAt = this.#clock.now() + LOOK_MS;
    this.#timer = this.#clock.after(LOOK_MS, () => {
      this.#timer = undefined;
      const now = this.#clock.now();
      if (now - dueAt >= LATE_MS || now - this.#lookedAt >= CALM_MS) this.#look(now);
      this.#arm();
    });
  }
}
