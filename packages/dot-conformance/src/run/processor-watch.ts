import { processorWaitOfMs } from '../../../../tools/processor-wait.js';

const LOOK_MS = 100;
/** Looks that make up the second in which it has waited the longest. */
const LOOKS = 10;

/** Watches how long a resolver waits for a processor while it could run: then others have it, and its slowness is not its own. */
export class ProcessorWatch implements Disposable {
  readonly #pid: () => number | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #waited = new Waited();

  /** @param pid - which process it is, if it runs; another after a restart */
  constructor(pid: () => number | undefined) {
    this.#pid = pid;
    this.#timer = setInterval(() => void this.#look(), LOOK_MS);
  }

  /** How long it has waited in the worst second so far, in milliseconds. */
  get mostMs(): number {
    return this.#waited.mostMs;
  }

  async #look(): Promise<void> {
    const pid = this.#pid();
    if (pid !== undefined) this.#waited.add(pid, await processorWaitOfMs(pid));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** The time that a process has waited, look for look. */
export class Waited {
  #pid: number | undefined;
  /** Since its start, at the latest looks. */
  #looks: number[] = [];
  #mostMs = 0;

  /** How long it has waited in the worst ten looks, in milliseconds. */
  get mostMs(): number {
    return this.#mostMs;
  }

  /**
   * One look.
   *
   * @param pid - the process; another begins anew
   * @param sinceStartMs - how long it has waited since it began, in milliseconds
   */
  add(pid: number, sinceStartMs: number): void {
    if (pid !== this.#pid) this.#looks = [];
    this.#pid = pid;
    this.#looks = [...this.#looks, sinceStartMs].slice(-LOOKS - 1);
    this.#mostMs = Math.max(this.#mostMs, sinceStartMs - (this.#looks[0] ?? sinceStartMs));
  }
}
