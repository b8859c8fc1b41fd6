import { type Options, SingleBar } from 'cli-progress';
import type { Clock } from 'dotscout';
import { count, duration, type Output, widthOf } from '../text.js';
import type { Brake } from './brakes.js';

/** How far a scan is. */
export interface Standing {
  /** Octets of the input whose lines are through, and those of them that an earlier run was through with. */
  readonly octets: number;
  readonly skippedOctets: number;
  /** Addresses that this run has probed. */
  readonly probed: number;
  readonly inFlight: number;
  /** What keeps it from going faster. */
  readonly brake?: Brake | undefined;
}

/** What a line can say. */
interface Words {
  readonly bar: string;
  readonly percentage: string;
  readonly probed: string;
  readonly rate: string;
  readonly inFlight: string;
  readonly left: string;
  readonly brake: string;
  readonly bareProbed: string;
  readonly bareBrake: string;
}

/** What a line says, the more the more columns there are. */
const LAYOUTS: readonly (readonly (keyof Words)[])[] = [
  ['bar', 'percentage', 'probed', 'rate', 'inFlight', 'left', 'brake'],
  ['percentage', 'probed', 'rate', 'inFlight', 'left', 'brake'],
  ['percentage', 'probed', 'rate', 'left', 'brake'],
  ['percentage', 'probed', 'left', 'bareBrake'],
  ['percentage', 'bareProbed', 'bareBrake'],
  ['percentage'],
];
const BAR_SIZE = 24;
/** How long the rate looks back, in milliseconds. */
const WINDOW_MS = 10_000;

/** How far a scan is, in one line of a terminal that is drawn over itself; nothing where the output is no terminal. */
export class ScanProgress {
  readonly #bar: SingleBar | undefined;
  readonly #total: number | undefined;
  readonly #clock: Clock;
  readonly #stream: Output;
  readonly #startedAt: number;
  readonly #samples: { readonly at: number; readonly probed: number }[];

  /**
   * @param stream - a terminal, or anything else
   * @param total - octets of the input; `undefined` where nobody knows
   * @param clock - for rate and time left
   */
  constructor(stream: NodeJS.WritableStream & Output, total: number | undefined, clock: Clock) {
    this.#clock = clock;
    this.#stream = stream;
    this.#total = total;
    this.#startedAt = clock.now();
    this.#samples = [{ at: this.#startedAt, probed: 0 }];
    if (stream.isTTY !== true || process.env.TERM === 'dumb') return;
    const options: Options = {
      stream,
      format: '{line}',
      clearOnComplete: true,
      forceRedraw: true,
      gracefulExit: false,
    };
    this.#bar = new SingleBar(options);
    const line = this.#line({ octets: 0, skippedOctets: 0, probed: 0, inFlight: 0 });
    this.#bar.start(total ?? 0, 0, { line });
  }

  /** Shows it. */
  show(standing: Standing): void {
    const now = this.#clock.now();
    this.#samples.push({ at: now, probed: standing.probed });
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? now) <= now - WINDOW_MS) this.#samples.shift();
    this.#bar?.update(standing.octets, { line: this.#line(standing) });
  }

  /** Takes the line away. */
  end(): void {
    this.#bar?.stop();
  }

  #line(standing: Standing): string {
    const words = this.#words(standing);
    // The last column stays free: some terminals break the line behind it.
    const width = widthOf(this.#stream) - 1;
    const lines = LAYOUTS.map((layout) => layout.map((name) => words[name]).filter((word) => word !== ''));
    const texts = lines.map(([first = '', ...rest]) =>
      // The percentage belongs to its bar.
      first === words.bar ? `${first} ${rest.join('  ')}` : [first, ...rest].join('  '),
    );
    return texts.find((text) => text.length <= width) ?? '';
  }

  #words(standing: Standing): Words {
    const { octets, probed, inFlight, brake } = standing;
    const elapsedMs = this.#clock.now() - this.#startedAt;
    const done = this.#total === undefined ? undefined : Math.min(1, octets / Math.max(1, this.#total));
    const full = Math.round((done ?? 0) * BAR_SIZE);
    return {
      bar: done === undefined ? '' : `[${'#'.repeat(full)}${'-'.repeat(BAR_SIZE - full)}]`,
      percentage: done === undefined ? '' : `${Math.floor(done * 100)} %`,
      probed: `${count(probed)} probed`,
      bareProbed: count(probed),
      rate: `${count(Math.round(this.#rate(probed)))}/s`,
      inFlight: `${count(inFlight)} in flight`,
      left: this.#total === undefined ? duration(elapsedMs) : this.#left(standing, elapsedMs),
      brake: brake === undefined ? '' : `held back by ${brake}`,
      bareBrake: brake ?? '',
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
    return `${duration((elapsedMs * Math.max(0, this.#total - octets)) / done)} left`;
  }
}
