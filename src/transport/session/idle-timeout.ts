import type { Clock } from '../../common/clock.js';
import { EarliestTimeout } from '../../common/late-timers.js';

/** How long an idle session is kept where the server does not say, in milliseconds; BIND closes after 30 s. */
const IDLE_MS = 25_000;

/** How much sooner than the server we close, in milliseconds, so that no query meets its closing. */
const MARGIN_MS = 2_000;

/** When an idle session is closed (RFC 7766 section 6.2.3, RFC 7828 section 3.2.2). */
export class IdleTimeout {
  readonly #clock: Clock;
  readonly #over: () => void;
  readonly #fixedMs: number | undefined;
  #ms: number;
  #due: number | undefined;
  #since = 0;
  readonly #limit: EarliestTimeout;

  /**
   * @param clock - where to set the timer
   * @param over - called when it has been idle for too long
   * @param fixedMs - how long it is kept at most, in milliseconds; absent: 25 s, or as long as the server says
   */
  constructor(clock: Clock, over: () => void, fixedMs?: number) {
    this.#clock = clock;
    this.#over = over;
    this.#fixedMs = fixedMs;
    this.#ms = fixedMs ?? IDLE_MS;
    this.#limit = new EarliestTimeout(clock, () => this.#passed());
  }

  /**
   * Honours what the latest answer said: its TIMEOUT, or none any more.
   *
   * @param timeoutMs - the server's limit in milliseconds, above 0; `undefined` where the answer names none
   */
  honour(timeoutMs: number | undefined): void {
    const fixed = this.#fixedMs;
    // Of a limit too short for the margin, half.
    const said = timeoutMs === undefined ? IDLE_MS : Math.max(timeoutMs - MARGIN_MS, timeoutMs / 2);
    this.#ms = fixed === undefined ? said : Math.min(fixed, said);
  }

  /** Whether it is idle. */
  get running(): boolean {
    return this.#due !== undefined;
  }

  /** Since when it has been idle, or was the last time, on the monotonic clock. */
  get since(): number {
    return this.#since;
  }

  /** It is idle from now on. */
  begin(): void {
    const now = this.#clock.now();
    this.#since = now;
    this.#due = now + this.#ms;
    this.#limit.watch(this.#due);
  }

  /** It is busy again. */
  end(): void {
    this.#due = undefined;
  }

  /** Takes the timer back. */
  cancel(): void {
    this.#limit.cancel();
    this.#due = undefined;
  }

  #passed(): void {
    if (this.#due === undefined) return;
    if (this.#clock.now() >= this.#due) this.#over();
    else this.#limit.watch(this.#due);
  }
}
