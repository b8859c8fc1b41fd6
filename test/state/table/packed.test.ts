import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Applied,
  type Effect,
  type Endpoint,
  type EndpointState,
  EndpointTable,
  type Evicted,
  endpointKey,
  type HistoryItem,
  type Policy,
  resolvePolicy,
  type StateEvent,
  transition,
} from '../../../src/state/index.js';
import { HISTORY_LENGTH } from '../../../src/state/table/row-extras.js';
import { anyEvent, anyPolicy } from '../arbitraries.js';
import { DAY, HOUR, SECOND } from '../life.js';

/** What the table is to be like: a plain map of plain objects over `transition`. */
class Plain {
  readonly rows = new Map<string, { state: EndpointState; contacts: number; history: readonly HistoryItem[] }>();
  policy: Policy;

  constructor(policy: Policy) {
    this.policy = policy;
  }

  apply({ key }: Endpoint, event: StateEvent, now: number, detail?: string, ofAll = false): readonly Effect[] {
    const known = this.rows.get(key);
    const { state, effects } = transition(known?.state, event, this.policy, now);
    if (state === undefined) this.rows.delete(key);
    else {
      const { contacts, history } = known ?? { contacts: 0, history: [] };
      const told = effects.filter((effect) => effect.type === 'announce');
      const changes = told.map(({ from, to, why }) => ({ at: now, from, to, why, detail }));
      const counted = contacts + (event.type === 'contact' ? 1 : 0);
      // Of what was never Good another network leaves no history.
      const isNothing = ofAll && event.type === 'epoch' && known?.state.verdict === 'bad' && !known.state.formerlyGood;
      const after = isNothing ? [] : [...history, ...changes].slice(-HISTORY_LENGTH);
      this.rows.set(key, { state, contacts: counted, history: after });
    }
    return effects;
  }
}

const SPELLINGS = ['192.0.2.1', '192.0.2.2', '192.0.3.1', '2001:db8::1', '2001:db8::2', '2001:db9::1', 'fe80::1%eth0'];
const ENDPOINTS: readonly Endpoint[] = [
  ...SPELLINGS.map((address) => ({ address, port: 853, transport: 'dot' })),
  { address: '192.0.2.1', port: 8853, transport: 'dot' },
  { address: '192.0.2.1', port: 853, transport: 'doq' },
  { address: '192.0.2.1', port: 853, transport: 'dot', localAddress: '198.51.100.1' },
  { address: 'fe80::1%eth1', port: 853, transport: 'dot' },
].map((parts) => ({ key: endpointKey(parts), ...parts }));

const PROVEN = { key: '203.0.113.9|853|dot', address: '203.0.113.9', port: 853, transport: 'dot' };

/** A network on which DoT has worked: until then a table does what no single state asks for (S20). */
function prove(table: EndpointTable, now: number): void {
  const event = { type: 'evidence', source: 'live', evidence: { result: 'success' }, draw: 0 } as const;
  table.apply(PROVEN, { ...event, startedAt: now, endedAt: now }, now);
  table.apply(PROVEN, { type: 'forget' }, now);
}

/** How often to play; where each mutant of a source is tried, a part of it must do. */
function runs(many: number): number {
  return Math.ceil(many / Number(process.env.FEWER_RUNS ?? 1));
}

const gap = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 30 * SECOND }) },
  { weight: 2, arbitrary: fc.nat({ max: HOUR }) },
  { weight: 1, arbitrary: fc.nat({ max: 3 * DAY }) },
);
/** Fractions, as the system's clock has them. */
const later = fc.tuple(gap, fc.double({ min: 0, max: 1, noNaN: true })).map(([ms, part]) => ms + part);
/** A few of them most of the time, so that they live through much. */
const which = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 1 }) },
  { weight: 1, arbitrary: fc.nat({ max: ENDPOINTS.length - 1 }) },
);
const step = fc.tuple(which, anyEvent, later);

function expectSame(table: EndpointTable, plain: Plain): void {
  const rows = [...table.records()]
    .map(({ endpoint, state, contacts, history }) => [endpoint.key, { state, contacts, history }] as const)
    // What another network has ended may stand there until it is told.
    .filter(([, { state }]) => state !== undefined);
  expect(new Map(rows)).toEqual(plain.rows);
  const states = [...plain.rows.values()].map(({ state }) => state);
  const isFlying = ({ probe }: EndpointState) => probe.phase === 'in-flight';
  expect(table.inFlight).toBe(states.filter(isFlying).length);
  expect(table.busy).toBe(states.filter((state) => state.verdict === 'unknown' && isFlying(state)).length);
  for (const verdict of ['good', 'bad'] as const) {
    expect(table.count(verdict)).toBe(states.filter((state) => state.verdict === verdict).length);
  }
  expect(table.count('unknown')).toBeGreaterThanOrEqual(states.filter(({ verdict }) => verdict === 'unknown').length);
}

function play(policy: Policy, steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): void {
  const table = new EndpointTable(policy);
  const plain = new Plain(policy);
  let now = 0.25;
  prove(table, now);
  for (const [index, make, ms] of steps) {
    now += ms;
    const endpoint = ENDPOINTS[index] ?? ENDPOINTS[0];
    if (endpoint === undefined) throw new Error('no endpoint');
    const event = make(now, plain.rows.get(endpoint.key)?.state);
    const detail = event.type === 'probe-settled' ? 'connect refused' : undefined;
    const before = new Set(plain.rows.keys());
    const applied: Applied =
      event.type === 'contact' ? table.contact(endpoint, now) : table.apply(endpoint, event, now, detail);
    for (const { record } of applied.evicted) plain.rows.delete(record.endpoint.key);
    const isRefused = applied.record === undefined && !before.has(endpoint.key);
    const effects = plain.apply(endpoint, event, now, detail);
    if (isRefused && plain.rows.has(endpoint.key)) plain.rows.delete(endpoint.key);
    else expect(applied.effects).toEqual(effects);
    expectSame(table, plain);
  }
}

describe('packed rows are what a plain map over transition would be', () => {
  it('whatever happens to them: every field of every state, contacts, history, effects', () => {
    expect.hasAssertions();
    const roomy = anyPolicy.map((policy) =>
      resolvePolicy({ ...policy, capacity: 1_000, prefixShare: 1, unknownShare: 1 }),
    );
    fc.assert(
      fc.property(roomy, fc.array(step, { maxLength: 150, size: 'max' }), (policy, steps) => play(policy, steps)),
      { numRuns: runs(300) },
    );
  });

  it('and where rows must leave: the others are untouched', () => {
    expect.hasAssertions();
    const narrow = anyPolicy.map((policy) =>
      resolvePolicy({ ...policy, capacity: 16, prefixShare: 0.1, unknownShare: 0.3 }),
    );
    fc.assert(
      fc.property(narrow, fc.array(step, { maxLength: 150, size: 'max' }), (policy, steps) => play(policy, steps)),
      { numRuns: runs(200) },
    );
  });

  it('and under another policy from some moment on, a sweep, a sleep and another network', () => {
    expect.hasAssertions();
    const whole = fc.constantFrom('sweep', 'slept', 'epoch', 'policy', 'part');
    const roomy = (policy: Policy) => resolvePolicy({ ...policy, capacity: 1_000, prefixShare: 1, unknownShare: 1 });
    const steps = fc.array(fc.oneof(step, step, step, whole), { maxLength: 100, size: 'max' });
    fc.assert(
      fc.property(anyPolicy.map(roomy), anyPolicy.map(roomy), steps, (one, other, list) => {
        const table = new EndpointTable(one);
        const plain = new Plain(one);
        // In all and by endpoint: who is told of another network may be told later, but in order.
        const told = new Map(ENDPOINTS.map(({ key }) => [key, { table: [] as Effect[], plain: [] as Effect[] }]));
        const hear = (changed: readonly Evicted[]): void => {
          for (const { record, effects } of changed) told.get(record.endpoint.key)?.table.push(...effects);
        };
        const tellAll = (event: StateEvent, chosen: (state: EndpointState) => boolean): void => {
          for (const endpoint of ENDPOINTS) {
            const state = plain.rows.get(endpoint.key)?.state;
            if (state === undefined || !chosen(state)) continue;
            told.get(endpoint.key)?.plain.push(...plain.apply(endpoint, event, now, undefined, true));
          }
        };
        let now = 0;
        prove(table, now);
        for (const what of list) {
          if (typeof what !== 'string') {
            const [index, make, ms] = what;
            now += ms;
            const endpoint = ENDPOINTS[index] as Endpoint;
            const event = make(now, plain.rows.get(endpoint.key)?.state);
            const { effects } =
              event.type === 'contact' ? table.contact(endpoint, now) : table.apply(endpoint, event, now);
            const sides = told.get(endpoint.key);
            sides?.table.push(...effects);
            sides?.plain.push(...plain.apply(endpoint, event, now, undefined));
          } else if (what === 'policy') {
            plain.policy = plain.policy === one ? other : one;
            table.setPolicy(plain.policy);
          } else if (what === 'epoch') {
            tellAll({ type: 'epoch' }, () => true);
            hear(table.newEpoch(now));
            prove(table, now);
          } else if (what === 'part') {
            hear(table.catchUp(2, now));
          } else if (what === 'sweep') {
            tellAll({ type: 'tick' }, () => true);
            hear(table.sweep(1_000, now));
          } else {
            hear(table.catchUp(1_000, now));
            tellAll({ type: 'slept', draw: 0.5 }, ({ verdict }) => verdict === 'good');
            table.slept(() => 0.5, now);
            hear(table.catchUp(1_000, now));
          }
          expectSame(table, plain);
        }
        hear(table.catchUp(1_000, now));
        expectSame(table, plain);
        for (const { table: ours, plain: theirs } of told.values()) expect(ours).toEqual(theirs);
        expect([table.size, table.isBehind]).toEqual([plain.rows.size, false]);
      }),
      { numRuns: runs(200) },
    );
  });

  it('a glance, and a hit in place, tell what the events would have told', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        fc.array(fc.tuple(anyEvent, later), { maxLength: 100, size: 'max' }),
        later,
        (policy, steps, wait) => {
          const table = new EndpointTable(policy);
          const [endpoint] = ENDPOINTS as [Endpoint];
          let now = 0;
          for (const [make, ms] of steps) {
            now += ms;
            table.apply(endpoint, make(now, table.get(endpoint.key)?.state), now);
          }
          now += wait;
          const row = table.numbered.locate('192.0.2.1');
          const state = table.get(endpoint.key)?.state;
          expect(row >= 0).toBe(state !== undefined);
          if (state === undefined) return;
          const names = ['stale', 'good', 'unknown', 'bad', 'busy'];
          const isBusy = state.verdict === 'unknown' && state.probe.phase === 'in-flight';
          const glance = names[table.numbered.glance(row, now)];
          const ticked = transition(state, { type: 'tick' }, policy, now);
          if (glance !== 'stale') expect([ticked.state, glance]).toEqual([state, isBusy ? 'busy' : state.verdict]);
          const touched = transition(state, { type: 'contact' }, policy, now);
          const isCounted = names[table.numbered.hit(row, now)] !== 'stale';
          if (isCounted) expect(touched.effects).toEqual([]);
          expect(table.get(endpoint.key)?.state).toEqual(isCounted ? touched.state : state);
        },
      ),
      { numRuns: runs(500) },
    );
  });
});
