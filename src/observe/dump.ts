import type { Clock } from '../common/clock.js';
import { statusOf } from '../state/model.js';
import type { EndpointRecord } from '../state/table/endpoint-record.js';
import { type DumpOptions, type DumpRow, dumpLines } from '../store/dump-lines.js';
import { endOf } from './explain.js';

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
