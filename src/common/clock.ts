/** A timer that has been set and can be taken back. */
export interface Timer {
  /** Takes the timer back; harmless when it has fired or was cancelled before. */
  cancel(): void;
}

/**
 * Where dotscout reads time and sets timers. Everything that waits or expires goes through one of these, so that a test
 * can drive days in a moment (`VirtualClock` in `dotscout/testing`).
 */
export interface Clock {
  /** Milliseconds since any fixed moment; never goes back. All lifetimes are counted on it. */
  now(): number;
  /**
   * The same, perhaps a little behind: an earlier reading of this turn of the event loop will do. It serves what happens
   * at every query, where a reading would cost more than the rest. It never gives less than an earlier reading of either
   * kind; `now` is used where it is absent.
   */
  coarse?(): number;
  /** Milliseconds since 1970, UTC; may step. Read only for what people see and to notice sleep. */
  wall(): number;
  /**
   * Runs a function later.
   *
   * @param ms - how much later, in milliseconds
   * @param run - what to run
   * @param options - `keepAlive`: the process must not end before it, because a caller awaits the result; default false
   */
  after(ms: number, run: () => void, options?: { keepAlive?: boolean | undefined }): Timer;
  /** Runs a function after the event loop has read what has arrived on its sockets. */
  turn(run: () => void): void;
}

/** The longest delay that `setTimeout` keeps; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** How often a reading is used again at most, so that time goes on in a long turn as well. */
const COARSE_USES = 32;
/** Readings closer together than this, in milliseconds, come from a loop within one turn: only there is a reading worth keeping. */
const CLOSE_MS = 0.01;
let reading = 0;
let usesLeft = 0;
let forgetting = false;

function readNow(): number {
  reading = performance.now();
  return reading;
}

/** What runs next in this turn may take long. */
function forgetReading(): void {
  usesLeft = 0;
  forgetting = false;
}

/** The system's own clock. Its timers keep no process alive unless asked to. */
export const systemClock: Clock = {
  now: readNow,
  coarse() {
    if (usesLeft > 0) {
      usesLeft--;
      return reading;
    }
    const before = reading;
    if (readNow() - before < CLOSE_MS) {
      usesLeft = COARSE_USES;
      if (!forgetting) queueMicrotask(forgetReading);
      forgetting = true;
    }
    return reading;
  },
  wall: () => Date.now(),
  after(ms, run, options) {
    const timer = setTimeout(run, Math.min(Math.max(0, ms), MAX_TIMEOUT_MS));
    if (options?.keepAlive !== true) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  turn(run) {
    setImmediate(run);
  },
};
