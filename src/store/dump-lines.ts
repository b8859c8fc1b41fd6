import { printable } from '../common/presentation.js';
import { type Names, requireNames } from '../state/known-names.js';
import type { Status } from '../state/model.js';

/** What a dump says of one endpoint. */
export interface DumpRow {
  /** In canonical form. */
  readonly address: string;
  /** The endpoint's port. */
  readonly port: number;
  /** Our own address, where one is named. */
  readonly localAddress?: string | undefined;
  /** The zone that was last asked for there; `.` by default. */
  readonly zone?: string | undefined;
  /** Contacts after the first. */
  readonly count: number;
  /** How the endpoint stands. */
  readonly status: Status;
  /** When that ends by itself, in milliseconds since 1970. */
  readonly until: number;
}

/** How a dump is written. */
export interface DumpOptions {
  /** Times in UTC with a `Z`; else local without a zone, as PowerDNS Recursor writes them. */
  readonly utc?: boolean | undefined;
  /** One more column, the endpoint's port and, where one is named, our own address. */
  readonly endpoints?: boolean | undefined;
}

const NAMES: Names<DumpOptions> = { utc: true, endpoints: true };

/**
 * Rows in the layout of PowerDNS Recursor's `dump-dot-probe-map`, so that its users' scripts read them: three header
 * lines, then address, domain, count of contacts after the first, status and end, separated by tabs.
 *
 * @param rows - in the order in which they are written; PowerDNS Recursor's is that of addresses
 * @param options - how
 * @returns the lines, without their ends
 */
export function dumpLines(rows: Iterable<DumpRow>, options: DumpOptions = {}): string[] {
  requireNames('INVALID_OPTION', options, NAMES);
  const { utc = false, endpoints = false } = options;
  const lines: string[] = [];
  let busy = 0;
  for (const { address, port, localAddress, zone = '.', count, status, until } of rows) {
    if (status === 'Busy') busy++;
    const line = `${address}\t${printable(zone)}\t${count}\t${status}\t${timestamp(until, utc)}`;
    const place = localAddress === undefined ? `${port}` : `${port} ${localAddress}`;
    lines.push(endpoints ? `${line}\t${place}` : line);
  }
  const columns = `ip\tdomain\tcount\tstatus\tttd${endpoints ? '\tendpoint' : ''}`;
  return ['; DoT probing map follows', `; ${columns}`, `; ${busy} Busy entries`, ...lines];
}

function timestamp(wall: number, utc: boolean): string {
  if (utc) return `${new Date(wall).toISOString().slice(0, 19)}Z`;
  return new Date(wall - new Date(wall).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
