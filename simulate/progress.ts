import { durationText } from './numbers.js';

/** What a progress bar needs of a terminal: `process.stderr` is one. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const BAR = 24;
const CLEARED = '\r\u001b[K';

/**
 * How far a simulated life has come, in one line of a terminal that is drawn over itself; nothing where the output is no
 * terminal, or one that cannot.
 */
export class Progress {
  readonly #terminal: Terminal | undefined;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #name: string;

  /**
   * @param terminal - where it is shown
   * @param name - whose life it is
   * @param now - milliseconds, for the time that is left
   */
  constructor(terminal: Terminal, name: string, now: () => number = () => performance.now()) {
    this.#terminal = terminal.isTTY === true && process.env.TERM !== 'dumb' ? terminal : undefined;
    this.#name = name;
    this.#now = now;
    this.#startedAt = now();
    this.show(0);
  }

  /** Shows how much is done, as a part of 1. */
  show(share: number): void {
    if (this.#terminal === undefined) return;
    const full = Math.floor(BAR * share);
    const percent = `${Math.floor(100 * share)}`.padStart(3);
    const text = `${this.#name}  ${percent} % [${'#'.repeat(full)}${'-'.repeat(BAR - full)}]${this.#left(share)}`;
    // Some terminals say 0, which means that they do not know.
    const room = (this.#terminal.columns || Number.POSITIVE_INFINITY) - 1;
    this.#terminal.write(`${CLEARED}${text.slice(0, room)}`);
  }

  /** Takes the line away. */
  end(): void {
    this.#terminal?.write(CLEARED);
  }

  #left(share: number): string {
    if (share === 0 || share >= 1) return '';
    const seconds = ((this.#now() - this.#startedAt) / 1_000) * ((1 - share) / share);
    return ` ${durationText(Math.max(1, Math.round(seconds)))} left`;
  }
}
