import { resolveServer } from '../src/contact/server.js';
import { Decider } from '../src/decide/decider.js';
import { Discovery } from '../src/discovery/discovery.js';
import { type Endpoint, EndpointTable, type Rules, systemClock } from '../src/index.js';
import { KeysSeen } from '../src/observe/keys-seen.js';
import { newCounters } from '../src/observe/metrics.js';
import { partsOf } from '../src/options.js';
import { isAttempting } from '../src/transport/exchange.js';
import { addressOf } from './addresses.js';

/** Of a hundred endpoints: one Good with times, nine Unknown, the others Bad. */
const KINDS = 100;
const GOOD_BELOW = 1;
const UNKNOWN_BELOW = 10;
const TOKEN = 1;
const PROBE_MS = 7_000;
const DRAW = 0.5;
const ESTIMATE = { mean: 20.25, deviation: 5.5 };

/** What a selector decides with, and what it holds. */
export interface Filled extends AsyncDisposable {
  readonly decider: Decider;
  readonly discovery: Discovery;
}

/**
 * What decides in a selector, put together as a selector does it, that knows so many endpoints: 90 % Bad, 9 % Unknown,
 * 1 % Good with times. What contacts and probes would have told its table in the course of days is told it directly.
 *
 * @param count - how many
 * @param rules - in force
 */
export function filledDecider(count: number, rules: Rules = []): Filled {
  const parts = partsOf({ rules, policy: { capacity: 2 * count, unknownShare: 1, prefixShare: 1 } });
  const { clock, events, policy, rules: inForce, guard, prober, random, dot, do53 } = parts;
  const counters = newCounters();
  const isOpen = (endpoint: Endpoint) => isAttempting(dot) && dot.isOpen?.(endpoint) === true;
  const discovery = new Discovery({
    clock,
    rules: inForce,
    guard,
    prober,
    random,
    counters,
    events,
    table: new EndpointTable(policy, isOpen),
    keys: new KeysSeen(clock, events),
    store: undefined,
    adopt: () => false,
  });
  const decider = new Decider({ parts, discovery, counts: counters.decisions, isWarm: isOpen });
  const now = systemClock.now();
  for (let index = 0; index < count; index++) {
    const endpoint = resolveServer(addressOf(index)).dot;
    if (endpoint !== undefined) tell(discovery.table, endpoint, index % KINDS, now);
  }
  if (discovery.table.size !== count) throw new Error(`${discovery.table.size} endpoints are known, of ${count}`);
  return {
    decider,
    discovery,
    async [Symbol.asyncDispose]() {
      discovery.close();
      await Promise.all([dot.close(), do53.close()]);
    },
  };
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
