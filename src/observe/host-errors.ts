import type { Clock } from '../common/clock.js';
import { HOST_PARTS } from '../state/checks.js';
import type { HostPart } from '../state/model.js';
import { Counters, type Counts } from './metrics.js';

/** A part of the host's own has broken its contract. */
export interface HostErrorInfo {
  /** Which. */
  readonly part: HostPart;
  /**
   * What it threw, as it was. Where it gave what it should not: a `TypeError` that says so, with the value as its `cause`.
   */
  readonly error: unknown;
}

/** What a part of the host's own has to return. */
export interface Expected {
  /** Whether it is that. */
  is(result: unknown): boolean;
  /** What is said of anything else. */
  readonly otherwise: string;
}

/** An error that was not seen for so long, in milliseconds, is told anew: somebody may have mended it meanwhile. */
const FORGOTTEN_MS = 60_000;
/** Kinds of errors told of one part within that time: a message with a number in it would be a new kind each time. */
const MOST_KINDS = 16;

/**
 * What parts of the host's own throw: each counted, each kind told once. None of it reaches a query, and a part that is asked
 * for every query throws as often.
 */
export class HostErrors {
  readonly #clock: Clock;
  readonly #announce: (info: HostErrorInfo) => boolean;
  readonly #counts = new Counters<HostPart>();
  /** When each kind of error was last seen, by part. */
  readonly #seen = new Map<HostPart, Map<string, number>>();

  /**
   * @param clock - where time is read
   * @param announce - tells it; returns whether anybody was there to hear it
   */
  constructor(clock: Clock, announce: (info: HostErrorInfo) => boolean) {
    this.#clock = clock;
    this.#announce = announce;
  }

  /** How many there were, by part. */
  get counts(): Counts {
    return this.#counts.toObject();
  }

  /**
   * A part has thrown.
   *
   * @param part - which
   * @param error - whatever it threw
   */
  tell(part: HostPart, error: unknown): void {
    this.#counts.add(part);
    const seen = this.#seen.get(part) ?? new Map<string, number>();
    this.#seen.set(part, seen);
    const kind = kindOf(error);
    const before = seen.get(kind);
    const now = this.#clock.now();
    if (before === undefined && !this.#hasRoom(seen, now)) return;
    const isDue = before === undefined || now - before >= FORGOTTEN_MS;
    // First: a listener to this event may throw, too.
    seen.set(kind, now);
    if (isDue && !this.#announce({ part, error })) seen.delete(kind);
  }

  /**
   * The same of a failure, which says whether a part of the host's own was to blame.
   *
   * @param part - which; `undefined` where none was
   * @param error - what it threw
   * @param teller - the part that said so: it is to blame where it names one that nobody knows
   */
  heard(part: HostPart | undefined, error: unknown, teller: HostPart): void {
    if (part !== undefined) this.tell(HOST_PARTS.includes(part) ? part : teller, error);
  }

  /**
   * Calls a part of the host's own, whose failure does no harm.
   *
   * @param part - which
   * @param run - may throw, or return what rejects; both are told
   * @param expected - what it has to return, where that is to be checked; anything else is told, too
   * @returns what it returned; `undefined` where it threw, or returned something else
   */
  call<T>(part: HostPart, run: () => T, expected?: Expected): T | undefined {
    try {
      const result = run();
      if (typeof result === 'object' && result !== null && 'then' in result)
        // `resolve` takes in what can be awaited, and what throws when it is.
        Promise.resolve(result).then(undefined, (error) => this.tell(part, error));
      if (expected === undefined || expected.is(result)) return result;
      this.tell(part, new TypeError(expected.otherwise, { cause: result }));
      return undefined;
    } catch (error) {
      this.tell(part, error);
      return undefined;
    }
  }

  #hasRoom(seen: Map<string, number>, now: number): boolean {
    if (seen.size < MOST_KINDS) return true;
    for (const [kind, at] of seen) if (now - at >= FORGOTTEN_MS) seen.delete(kind);
    return seen.size < MOST_KINDS;
  }
}

/** What makes two errors the same to an operator: the name, and the code, or where there is none the message. */
function kindOf(error: unknown): string {
  // Getters of a host's own error class may throw.
  try {
    const { name, code, message } = Object(error) as Record<string, unknown>;
    return [typeof error, name, code ?? message ?? error].map(String).join(' ').slice(0, 200);
  } catch {
    return typeof error;
  }
}
