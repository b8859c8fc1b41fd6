/** What would have been done for zones of one class, had it been no dry run. */
export interface DryRunRow {
  /** The class: a zone's top-level label with a final dot, `.` for the root, `-` where no zone was named, `*` for the rest. */
  readonly zone: string;
  /** Decisions. */
  readonly decisions: number;
  /** Of those, to be encrypted: DoT was proven. */
  readonly encrypted: number;
  /**
   * Of those again, to be joined by Do53, as far as can be told without asking: a probe took longer than DoT would have been
   * given.
   */
  readonly hedged: number;
  /** Probes that were begun; a dry run probes as usual. */
  readonly probed: number;
}

/** Classes that are counted each for itself; the root zone has about 1,400 children, of which a host meets a part. */
const MAX_CLASSES = 256;
const UNNAMED = '-';
const REST = '*';

type Counted = 'decisions' | 'encrypted' | 'hedged' | 'probed';
type Row = { -readonly [K in Counted]: number };

/** Counts what a dry run would have done, by the zones' top-level labels: few enough to read, and no user's name. */
export class DryRunCounts {
  readonly #rows = new Map<string, Row>();

  /** One more, for a zone in canonical form. */
  add(zone: string | undefined, what: Counted): void {
    const row = this.#rowOf(classOf(zone));
    row[what]++;
  }

  /** The table, by decisions. */
  report(): DryRunRow[] {
    const rows = [...this.#rows].map(([zone, row]) => ({ zone, ...row }));
    return rows.sort((a, b) => b.decisions - a.decisions || (a.zone < b.zone ? -1 : 1));
  }

  #rowOf(zone: string): Row {
    const known = this.#rows.get(zone);
    if (known !== undefined) return known;
    if (this.#rows.size >= MAX_CLASSES && zone !== REST) return this.#rowOf(REST);
    const row = { decisions: 0, encrypted: 0, hedged: 0, probed: 0 };
    this.#rows.set(zone, row);
    return row;
  }
}

function classOf(zone: string | undefined): string {
  if (zone === undefined) return UNNAMED;
  return zone.slice(zone.lastIndexOf('.', zone.length - 2) + 1) || zone;
}
