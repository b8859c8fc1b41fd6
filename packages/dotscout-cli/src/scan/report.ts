import type { Line } from '../input/lines.js';
import type { ProbeRecord } from '../look/record.js';
import { count, wrapped } from '../text.js';
import { BadLines } from './bad-lines.js';
import type { Brakes } from './brakes.js';
import type { WrittenRecord } from './format.js';
import type { Standing } from './progress.js';
import type { Scan, ScanListener } from './scan.js';
import { ScanCounts } from './scan-counts.js';

/** Counts what a scan does, for the bar while it runs and for the summary at its end. */
export class ScanReport implements ScanListener {
  readonly #tally = new ScanCounts();
  readonly #badLines: BadLines;
  #octets = 0;
  #skippedOctets = 0;
  #probed = 0;
  #local = 0;

  /** @param input - what people call it */
  constructor(input: string) {
    this.#badLines = new BadLines(input);
  }

  /** Counts what an earlier run has written. */
  readonly earlier = (record: WrittenRecord): void => this.#tally.add(record);

  /** {@inheritDoc ScanListener.done} */
  done(line: Line, records: readonly ProbeRecord[]): void {
    this.#octets += line.octets;
    if (records.length === 0) this.#skippedOctets += line.octets;
    this.#probed += records.length;
    for (const record of records) {
      if (record.kind === 'local') this.#local++;
      this.#tally.add(record);
    }
  }

  /** {@inheritDoc ScanListener.bad} */
  bad(line: Line): void {
    this.#octets += line.octets;
    this.#badLines.add(line);
  }

  /** How far it is. */
  standing({ inFlight, brakes }: Pick<Scan, 'inFlight' | 'brakes'>): Standing {
    const [octets, skippedOctets, probed] = [this.#octets, this.#skippedOctets, this.#probed];
    return { octets, skippedOctets, probed, inFlight, brake: brakes.current };
  }

  /** What is wrong with the input, in lines. */
  badLines(): readonly string[] {
    return this.#badLines.lines();
  }

  /** What this machine did not let us do, in lines. */
  ownTrouble(): readonly string[] {
    if (this.#local === 0) return [];
    const many = `${count(this.#local)} addresses were not learned of`;
    return [`${many} for trouble of this machine’s own, such as too low a limit on open files (ulimit -n)`];
  }

  /**
   * The table of kinds, how long it took and what held it back, in lines.
   *
   * @param ms - of this run
   * @param brakes - of this run
   * @param width - columns of a line
   */
  summary(ms: number, brakes: Pick<Brakes, 'summary'>, width: number): readonly string[] {
    const probed = this.#probed;
    const before = this.#tally.records - probed;
    const rate = count(Math.round((1_000 * probed) / Math.max(ms, 1)));
    const earlier = before === 0 ? '' : `, ${count(before)} before`;
    const totals = `${count(probed)} addresses in ${(ms / 1_000).toFixed(1)} s, ${rate} a second${earlier}`;
    const below = [totals, ...brakes.summary(ms)].flatMap((line) => wrapped(line, width, '  '));
    return [...this.#tally.table(width), '', ...below];
  }
}
