import { type Endpoint, type EndpointTable, systemClock, TransportSelector } from '../src/index.js';
import { discoveryOf } from '../src/selector.js';
import { resolveServer } from '../src/server.js';
import { addressOf } from './addresses.js';

/** Of a hundred endpoints: one Good with times, nine Unknown, the others Bad. */
const KINDS = 100;
const GOOD_BELOW = 1;
const UNKNOWN_BELOW = 10;
const TOKEN = 1;
const PROBE_MS = 7_000;
const DRAW = 0.5;
const ESTIMATE = { mean: 20.25, deviation: 5.5 };

/**
 * A selector that knows so many endpoints: 90 % Bad, 9 % Unknown, 1 % Good with times. What contacts and probes would
 * have told its table in the course of days is told it directly.
 *
 * @param count - how many
 */
export function filledSelector(count: number): TransportSelector {
  const selector = new TransportSelector({ policy: { capacity: 2 * count, unknownShare: 1, prefixShare: 1 } });
  const { table } = discoveryOf(selector);
  const now = systemClock.now();
  for (let index = 0; index < count; index++) {
    const { dot } = resolveServer(addressOf(index));
    if (dot !== undefined) tell(table, dot, index % KINDS, now);
  }
  if (table.size !== count) throw new Error(`${table.size} endpoints are known, of ${count}`);
  return selector;
}

function tell(table: EndpointTable, endpoint: Endpoint, kind: number, now: number): void {
  // The default policy probes nobody who has not answered over Do53: two contacts leave it Unknown.
  table.contact(endpoint, now);
  table.contact(endpoint, now);
  if (kind < GOOD_BELOW) {
    const success = { result: 'success' } as const;
    const span = { startedAt: now, endedAt: now, draw: DRAW };
    const { record } = table.apply(endpoint, { type: 'evidence', source: 'live', evidence: success, ...span }, now);
    if (record !== undefined) record.timing = { warm: ESTIMATE, opening: ESTIMATE, clear: ESTIMATE };
  } else if (kind >= UNKNOWN_BELOW) {
    const evidence = { result: 'failure', phase: 'connect', kind: 'refused', controlled: true } as const;
    table.apply(endpoint, { type: 'asked' }, now);
    table.apply(endpoint, { type: 'probe-started', token: TOKEN, deadline: now + PROBE_MS }, now);
    const settled = { type: 'probe-settled', token: TOKEN, evidence, endedAt: now, draw: DRAW } as const;
    table.apply(endpoint, settled, now, 'connect refused');
  }
}
