import type { Clock } from '../common/clock.js';
import { type Endpoint, type Status, statusOf } from '../state/model.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import { type DumpOptions, type DumpRow, dumpLines } from '../store/dump-lines.js';
import { endOf } from './explain.js';

/** One endpoint that is remembered. */
export interface EndpointEntry {
  /** Which. */
  readonly endpoint: Endpoint;
  /** What people see. */
  readonly status: Status;
  /** Since when the verdict holds. */
  readonly since: Date | undefined;
  /** When it ends by itself. */
  readonly until: Date | undefined;
  /** Contacts since it was first met. */
  readonly contacts: number;
  /** The latest zone that a host named with it. */
  readonly zone: string | undefined;
  /** The latest name server name that a host gave with it. */
  readonly nameserver: string | undefined;
}

/**
 * The rows of a table, for people and programs outside.
 *
 * @param records - the rows
 * @param clock - tells the times of day
 */
export function* entriesOf(records: Iterable<EndpointRecord>, clock: Clock): Iterable<EndpointEntry> {
  const wallAhead = clock.wall() - clock.now();
  for (const { endpoint, state, contacts, zone, nameserver } of records) {
    const since = state === undefined ? undefined : new Date(state.since + wallAhead);
    const until = state === undefined ? undefined : new Date(endOf(state) + wallAhead);
    yield { endpoint, status: statusOf(state), since, until, contacts, zone, nameserver };
  }
}

/**
 * The table as text, see {@link dumpLines}.
 *
 * @param records - the rows, in address order
 * @param clock - tells the times of day
 * @param options - how
 */
export function dump(records: Iterable<EndpointRecord>, clock: Clock, options?: DumpOptions): string {
  return `${dumpLines(rowsOf(records, clock.wall() - clock.now()), options).join('\n')}\n`;
}

function* rowsOf(records: Iterable<EndpointRecord>, wallAhead: number): Generator<DumpRow> {
  for (const { endpoint, state, zone, contacts } of records) {
    const { address, port, localAddress } = endpoint;
    const count = Math.max(0, contacts - 1);
    const until = (state === undefined ? 0 : endOf(state)) + wallAhead;
    yield { address, port, localAddress, zone, count, status: statusOf(state), until };
  }
}
