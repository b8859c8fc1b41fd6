import type { Clock } from '../common/clock.js';
import { statusOf } from '../state/model.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import { endOf } from './explain.js';

/** How a dump is written. */
export interface DumpOptions {
  /** Times in UTC with a `Z`; else local without a zone, as PowerDNS Recursor writes them. */
  readonly utc?: boolean | undefined;
  /** One more column, the endpoint's port and, where one is named, our own address. */
  readonly endpoints?: boolean | undefined;
}

/**
 * The table in the layout of PowerDNS Recursor's `dump-dot-probe-map`, so that its users' scripts read it: three header
 * lines, then address, domain, count of contacts after the first, status and end, separated by tabs, in address order.
 *
 * @param records - the rows, in address order
 * @param clock - tells the times of day
 * @param options - how
 */
export function dump(records: Iterable<EndpointRecord>, clock: Clock, options: DumpOptions = {}): string {
  const wallAhead = clock.wall() - clock.now();
  const lines: string[] = [];
  let busy = 0;
  for (const record of records) {
    const { endpoint, state } = record;
    const status = statusOf(state);
    if (status === 'Busy') busy++;
    const end = state === undefined ? 0 : endOf(state);
    const count = Math.max(0, record.contacts - 1);
    const time = timestamp(new Date(end + wallAhead), options.utc === true);
    const line = `${endpoint.address}\t${escapeName(record.zone ?? '.')}\t${count}\t${status}\t${time}`;
    const more = options.endpoints === true ? `\t${[endpoint.port, endpoint.localAddress ?? []].flat().join(' ')}` : '';
    lines.push(line + more);
  }
  const columns = `ip\tdomain\tcount\tstatus\tttd${options.endpoints === true ? '\tendpoint' : ''}`;
  return `${['; DoT probing map follows', `; ${columns}`, `; ${busy} Busy entries`, ...lines].join('\n')}\n`;
}

function timestamp(date: Date, utc: boolean): string {
  if (utc) return `${date.toISOString().slice(0, 19)}Z`;
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19);
}

/** Names come from strangers: what is not printable ASCII is written `\DDD` (RFC 1035 section 5.1). */
function escapeName(name: string): string {
  return name.replace(/[^!-~]/gu, (char) =>
    [...Buffer.from(char)].map((octet) => `\\${String(octet).padStart(3, '0')}`).join(''),
  );
}
