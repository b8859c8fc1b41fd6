import { type Options, SingleBar } from 'cli-progress';
import type { Clock } from 'dotscout';
import { count, duration, type Output } from '../text.js';

/** How far a scan is. */
export interface Standing {
  /** Octets of the input whose lines are through, and those of them that an earlier run was through with. */
  readonly octets: number;
  readonly skippedOctets: number;
  /** Addresses that this run has probed. */
  readonly probed: number;
  readonly inFlight: number;
}

const FORMAT = '[{bar}] {percentage} %  {probed} probed  {rate}/s  {inFlight} in flight{left}';
/** Where nobody knows how long the input is. */
const ENDLESS = '{probed} probed  {rate}/s  {inFlight} in flight  {elapsed}';
/** How long the rate looks back, in milliseconds. */
const WINDOW_MS = 10_000;

/** How far a scan is, in one line of a terminal that is drawn over itself; nothing where the output is no terminal. */
export class ScanProgress {
  readonly #bar: SingleBar | undefined;
  readonly #total: number | undefined;
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #samples: { readonly at: number; readonly probed: number }[];

  /**
   * @param stream - a terminal, or anything else
   * @param total - octets of the input; `undefined` where nobody knows
   * @param clock - for rate and time left
   */
  constructor(stream: NodeJS.WritableStream & Output, total: number | undefined, clock: Clock) {
    this.#clock = clock;
    this.#total = total;
    this.#startedAt = clock.now();
    this.#samples = [{ at: this.#startedAt, probed: 0 }];
    if (stream.isTTY !== true || process.env.TERM === 'dumb') return;
    const options: Options = {
      stream,
      format: total === undefined ? ENDLESS : FORMAT,
      barsize: 24,
      barCompleteChar: '#',
      barIncompleteChar: '-',
      clearOnComplete: true,
      forceRedraw: true,
      gracefulExit: false,
    };
    this.#bar = new SingleBar(options);
    this.#bar.start(total ?? 0, 0, this.#payload({ octets: 0, skippedOctets: 0, probed: 0, inFlight: 0 }));
  }

  /** Shows it. */
  show(standing: Standing): void {
    const now = this.#clock.now();
    this.#samples.push({ at: now, probed: standing.probed });
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? now) <= now - WINDOW_MS) this.#samples.shift();
    this.#bar?.update(standing.octets, this.#payload(standing));
  }

  /** Takes the line away. */
  end(): void {
    this.#bar?.stop();
  }

  #payload(standing: Standing): Record<string, string> {
    const elapsedMs = this.#clock.now() - this.#startedAt;
    return {
      probed: count(standing.probed),
      inFlight: count(standing.inFlight),
      rate: count(Math.round(this.#rate(standing.probed))),
      elapsed: duration(elapsedMs),
      left: this.#left(standing, elapsedMs),
    };
  }

  /** Probes a second, lately. */
  #rate(probed: number): number {
    const first = this.#samples[0];
    const ms = this.#clock.now() - (first?.at ?? 0);
    return ms <= 0 ? 0 : (1_000 * (probed - (first?.probed ?? 0))) / ms;
  }

  /** From all of this run: what comes last, such as the silent ones, would make a shorter view jump. */
  #left({ octets, skippedOctets }: Standing, elapsedMs: number): string {
    const done = octets - skippedOctets;
    if (this.#total === undefined || done <= 0) return '';
    return `  ${duration((elapsedMs * Math.max(0, this.#total - octets)) / done)} left`;
  }
}
