import { performance } from 'node:perf_hooks';

/** How often it looks, in milliseconds. */
const BEAT_MS = 5;
/** Timers come so late on an idle machine. */
const JITTER_MS = 2;
/** What is kept from us is summed up for so long: many short waits are as bad as a long one. */
const WINDOW_MS = 100;
/** The loop is calm after so many windows in which it was, and is not waited for longer than for so many. */
const [CALM_WINDOWS, MOST_WINDOWS] = [2, 20];
// A test may put its own in their place.
const { setInterval, clearInterval, setTimeout } = globalThis;

/** Watches this process's event loop: for how long the machine lets it stand still. */
export class LoopBeat {
  readonly #now: () => number;
  readonly #cpu: () => number;
  #at: number;
  #spent: number;
  #windowAt: number;
  #inWindow = 0;
  #most = 0;

  /**
   * @param now - reads the time, in milliseconds
   * @param cpu - reads for how long this process has computed, in milliseconds
   */
  constructor(now: () => number = () => performance.now(), cpu: () => number = cpuMs) {
    this.#now = now;
    this.#cpu = cpu;
    this.#at = now();
    this.#spent = cpu();
    this.#windowAt = this.#at;
  }

  /** Looks from now on, and keeps nothing alive. */
  start(): Disposable {
    const timer = setInterval(() => this.look(), BEAT_MS).unref();
    return { [Symbol.dispose]: () => clearInterval(timer) };
  }

  /** The loop has come round. What it computed itself is no standing still. */
  look(): void {
    const [now, spent] = [this.#now(), this.#cpu()];
    const kept = now - this.#at - BEAT_MS - JITTER_MS - (spent - this.#spent);
    this.#at = now;
    this.#spent = spent;
    if (now - this.#windowAt >= WINDOW_MS) {
      this.#windowAt = now;
      this.#inWindow = 0;
    }
    this.#inWindow += Math.max(0, kept);
    this.note(this.#inWindow);
  }

  /** What another loop has seen that belongs to the same test, a program's, in milliseconds. */
  note(ms: number): void {
    this.#most = Math.max(this.#most, ms);
  }

  /** The longest that the loop has stood still since this was asked last, in milliseconds. */
  take(): number {
    this.look();
    const most = this.#most;
    this.#most = 0;
    this.#inWindow = 0;
    return most;
  }

  /** Resolves when the loop has not stood still for a while, or after two seconds in which it has. */
  async calm(limitMs: number): Promise<void> {
    for (let calm = 0, windows = 0; calm < CALM_WINDOWS && windows < MOST_WINDOWS; windows++) {
      this.take();
      await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
      calm = this.take() <= limitMs ? calm + 1 : 0;
    }
  }
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** This process's, for its tests. */
export const loopBeat: LoopBeat = new LoopBeat();
