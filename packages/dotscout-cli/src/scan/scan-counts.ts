import { type Column, count, tableOf, visible } from '../text.js';
import type { WrittenRecord } from './format.js';

/** What a scan has found so far, by kind. */
export class ScanCounts {
  readonly #kinds = new Map<string, number>();
  #records = 0;

  /** How many records there are. */
  get records(): number {
    return this.#records;
  }

  /** Counts a record. */
  add({ verdict, kind, phase, tls }: Pick<WrittenRecord, 'verdict' | 'kind' | 'phase' | 'tls'>): void {
    const what = verdict === 'good' ? (tls ?? '') : [phase, kind].filter((word) => word !== null).join(' ');
    const key = `${verdict}\t${what}`;
    // A file to resume may hold anything.
    if (this.#kinds.has(key) || this.#kinds.size < MAX_KINDS) this.#kinds.set(key, (this.#kinds.get(key) ?? 0) + 1);
    this.#records++;
  }

  /**
   * The table of kinds, the most frequent first, in lines; where they are too narrow for it, without the shares.
   *
   * @param width - columns of a line
   */
  table(width: number): string[] {
    const kinds = [...this.#kinds].sort((a, b) => b[1] - a[1]);
    const rows = kinds.map(([key, many]) => [...key.split('\t').map(visible), count(many), this.#share(many)]);
    const table = [...rows, ['all', '', count(this.#records), this.#share(this.#records)]];
    const whole = tableOf(COLUMNS, table);
    if ((whole[0]?.length ?? 0) <= width) return whole;
    return tableOf(
      COLUMNS.slice(0, -1),
      table.map((row) => row.slice(0, -1)),
    );
  }

  #share(many: number): string {
    return this.#records === 0 ? '-' : `${((100 * many) / this.#records).toFixed(1)} %`;
  }
}

/** There are some twenty. */
const MAX_KINDS = 100;
const COLUMNS: readonly Column[] = [
  { title: 'verdict' },
  { title: 'kind' },
  { title: 'addresses', numbers: true },
  { title: 'share', numbers: true },
];
