import type { Clock, Timer } from './clock.js';

/** Timers of Node's may fire up to this early, in milliseconds. */
const EARLY_MS = 1;

/** How long those that are due are called at a time, in milliseconds, before the loop reads its sockets again. */
const SLICE_MS = 10;

/** The object that is called when its deadline is over. */
export interface Waiter<What> {
  /**
   * The deadline is over.
   *
   * @param what - what it was set for
   */
  wake(what: What): void;
}

/** A deadline that has been set and can be taken back. */
export interface Deadline {
  /** Takes it back; harmless when it is over or was cancelled before. */
  cancel(): void;
}

/**
 * Many deadlines on few timers: those of one length stand in the order in which they were set, and one timer serves the
 * first of them. A query sets two deadlines, and nearly all are taken back.
 *
 * They conclude nothing from their own lateness: before any fires, the loop gets a turn to read what has arrived (a stalled
 * loop runs its timers before it reads its sockets). None keeps the process alive.
 */
export class DeadlineQueue<What> {
  readonly #clock: Clock;
  readonly #queues = new Map<number, DelayQueue<What>>();

  /** @param clock - where to set the timers */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Sets a deadline.
   *
   * @param ms - how much later, in milliseconds, rounded up
   * @param waiter - who is called
   * @param what - what it is set for
   * @param now - the time, where it was read already
   */
  set(ms: number, waiter: Waiter<What>, what: What, now: number = this.#clock.now()): Deadline {
    const length = Math.max(0, Math.ceil(ms));
    let queue = this.#queues.get(length);
    if (queue === undefined) {
      queue = new DelayQueue(this.#clock, length, () => this.#queues.delete(length));
      this.#queues.set(length, queue);
    }
    return queue.add(waiter, what, now);
  }

  /** Cancels all deadlines. */
  close(): void {
    for (const queue of this.#queues.values()) queue.close();
    this.#queues.clear();
  }
}

/** The deadlines of one length, in the order in which they are due. */
class DelayQueue<What> {
  readonly #clock: Clock;
  readonly #length: number;
  readonly #emptied: () => void;
  #first: Entry<What> | undefined;
  #last: Entry<What> | undefined;
  /** It stays when all deadlines are cancelled, and fires for nothing: that is cheaper than a new timer each time. */
  #timer: Timer | undefined;
  /** How often those that are due were called: what is set meanwhile waits for the next time, however short it is. */
  #round = 0;

  constructor(clock: Clock, length: number, emptied: () => void) {
    this.#clock = clock;
    this.#length = length;
    this.#emptied = emptied;
  }

  add(waiter: Waiter<What>, what: What, now: number): Deadline {
    const due = now + this.#length;
    const entry: Entry<What> = new Entry(this, waiter, what, due, this.#round, this.#last);
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    if (this.#timer === undefined) this.#arm(this.#length);
    return entry;
  }

  remove(entry: Entry<What>): void {
    if (entry.previous === undefined) this.#first = entry.next;
    else entry.previous.next = entry.next;
    if (entry.next === undefined) this.#last = entry.previous;
    else entry.next.previous = entry.previous;
    entry.previous = undefined;
    entry.next = undefined;
  }

  close(): void {
    this.#timer?.cancel();
    this.#first = undefined;
    this.#last = undefined;
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.after(ms, () => {
      if (this.#first === undefined) this.#rearm();
      else this.#clock.turn(() => this.#fireDue());
    });
  }

  #fireDue(): void {
    const startedAt = this.#clock.now();
    const now = startedAt + EARLY_MS;
    const round = ++this.#round;
    let pause = false;
    // Deadlines that are set by those called come behind.
    const isDue = (entry: Entry<What>): boolean => entry.round < round && entry.due <= now;
    try {
      for (let first = this.#first; first !== undefined && isDue(first) && !pause; first = this.#first) {
        first.fire();
        pause = this.#clock.now() - startedAt > SLICE_MS;
      }
    } finally {
      if (pause && this.#first !== undefined) this.#clock.turn(() => this.#fireDue());
      else this.#rearm();
    }
  }

  #rearm(): void {
    this.#timer = undefined;
    if (this.#first === undefined) this.#emptied();
    else this.#arm(Math.max(EARLY_MS, this.#first.due - this.#clock.now()));
  }
}

class Entry<What> implements Deadline {
  readonly due: number;
  /** During which round it was set. */
  readonly round: number;
  previous: Entry<What> | undefined;
  next: Entry<What> | undefined;
  readonly #waiter: Waiter<What>;
  readonly #what: What;
  #queue: DelayQueue<What> | undefined;

  constructor(
    queue: DelayQueue<What>,
    waiter: Waiter<What>,
    what: What,
    due: number,
    round: number,
    previous: Entry<What> | undefined,
  ) {
    this.#queue = queue;
    this.#waiter = waiter;
    this.#what = what;
    this.due = due;
    this.round = round;
    this.previous = previous;
    this.next = undefined;
  }

  cancel(): void {
    this.#queue?.remove(this);
    this.#queue = undefined;
  }

  fire(): void {
    this.cancel();
    this.#waiter.wake(this.#what);
  }
}
