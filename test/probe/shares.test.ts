import { describe, expect, test } from 'vitest';
import type { ProbeResult } from '../../src/probe/prober.js';
import { resolvePolicy } from '../../src/state/policy.js';
import { seededRandom } from '../../src/testing/random.js';
import { count, figure } from '../support/figures.js';
import { SECOND, type World, world } from '../support/world.js';

const POLICY = resolvePolicy({});
const HALF = POLICY.probesAtOnce / 2;
const QUARTER = POLICY.probesAtOnce / 4;
const SHARE = POLICY.probesAtOnce * POLICY.groupShare;

/** As many contacts as make a probe wanted, answered over Do53. */
function meet(w: World, address: string, zone: string): void {
  for (let hits = 0; hits < POLICY.threshold; hits++) {
    const decision = w.selector.decide({ address, zone });
    w.selector.report(decision, { transport: 'do53', ok: true, rcode: 0 });
  }
}

/** Probes under way, by the first two octets of their addresses. */
function underWay(w: World): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { endpoint } of w.entries()) {
    if (w.selector.explain(endpoint.address).probe.phase !== 'in-flight') continue;
    const net = endpoint.address.split('.').slice(0, 2).join('.');
    found[net] = (found[net] ?? 0) + 1;
  }
  return found;
}

describe('many servers of one hoster', () => {
  /** What a server is to a probe, and how long that takes where a round trip takes 20 ms. */
  const KINDS = {
    capable: { ms: 80, evidence: { result: 'success' } },
    refusing: { ms: 20, evidence: { result: 'failure', phase: 'connect', kind: 'refused', controlled: true } },
    blackHole: { ms: 4_000, evidence: { result: 'failure', phase: 'connect', kind: 'silent', controlled: true } },
  } as const;
  const [SERVERS, QUERIES, PER_SECOND] = [400, 10_000, 250];
  /** In each /24: some hosters have networks full of name servers. */
  const PER_24 = 100;

  const addressOf = (index: number): string => `10.1.${Math.floor(index / PER_24)}.${(index % PER_24) + 1}`;
  const zoneOf = (index: number): string => `customer${index}.hoster.example`;

  /** One of the servers by Zipf's law, as queries are spread over them. */
  function zipf(random: () => number): () => number {
    let sum = 0;
    const ends = Array.from({ length: SERVERS }, (_, index) => {
      sum += 1 / (index + 1);
      return sum;
    });
    return () => {
      const draw = random() * sum;
      return ends.findIndex((end) => draw < end);
    };
  }

  test('400 new servers in one /16 and under one parent zone are found without idle slots', async () => {
    const random = seededRandom(3);
    const script = Object.fromEntries(
      Array.from({ length: SERVERS }, (_, index) => {
        const draw = random();
        const { ms, evidence } = KINDS[draw < 0.55 ? 'capable' : draw < 0.8 ? 'refusing' : 'blackHole'];
        const probe = () =>
          new Promise<ProbeResult>((resolve) => {
            w.clock.after(ms, () => resolve({ evidence, times: { total: ms } }));
          });
        return [addressOf(index), probe];
      }),
    );
    const w = world({ probes: { script } });
    const pick = zipf(seededRandom(5));
    const secondContact = new Map<string, number>();
    const met = new Map<string, number>();
    const slots: number[] = [];
    for (let query = 0; query < QUERIES; query++) {
      const index = pick();
      const address = addressOf(index);
      const decision = w.selector.decide({ address, zone: zoneOf(index) });
      w.selector.report(decision, { transport: 'do53', ok: true, rcode: 0 });
      const contacts = (met.get(address) ?? 0) + 1;
      met.set(address, contacts);
      if (contacts === POLICY.threshold) secondContact.set(address, w.clock.now());
      await w.clock.advance(SECOND / PER_SECOND);
      const { candidates, inFlight } = w.selector.metrics();
      if (candidates > 0) slots.push(inFlight);
    }
    const begun = new Map(w.begun().map(({ address, at }) => [address, at]));
    const waits = [...secondContact].map(([address, at]) => (begun.get(address) ?? Number.POSITIVE_INFINITY) - at);
    waits.sort((a, b) => a - b);
    const within = (share: number) => waits[Math.floor(share * waits.length)] ?? Number.NaN;
    const busy = slots.reduce((sum, taken) => sum + taken, 0) / slots.length;
    figure(
      'shares',
      `${count(waits.length)} servers of one /16 and parent zone, met in ${QUERIES / PER_SECOND} s: probed ${count(within(0.5))} ms ` +
        `after the second contact in the median, ${count(within(0.9))} ms nine tenths; while some waited ${count(busy, 1)} slots busy`,
    );
    expect(w.selector.metrics().dropped).toEqual({});
    expect(within(0.5)).toBeLessThanOrEqual(50);
    expect(within(0.9)).toBeLessThanOrEqual(3 * SECOND);
    // All that one group can have, but where the rate of all probes binds.
    expect(busy).toBeGreaterThan(0.9 * HALF);
  });
});

describe('a group beyond its share', () => {
  /** A world in which hosters of black holes have met so many of their servers, and hold what they can. */
  async function held(...hosters: readonly { readonly net: string; readonly servers: number }[]): Promise<World> {
    const w = world({ probes: { script: {}, otherwise: 'silent' } });
    for (const { net, servers } of hosters) {
      for (let index = 0; index < servers; index++)
        meet(w, `${net}.${index}.1`, `z${index}.net${net.slice(3)}.example`);
    }
    await w.clock.advance(SECOND);
    return w;
  }

  test('holds half of the slots and no more, though nobody else waits', async () => {
    const w = await held({ net: '10.1', servers: 60 });
    expect(underWay(w)).toEqual({ '10.1': HALF });
  });

  test('leaves the last quarter to those within their share, who begin at once', async () => {
    const w = await held({ net: '10.1', servers: 60 });
    for (let other = 0; other < QUARTER; other++) meet(w, `10.${100 + other}.0.1`, `other${other}.example`);
    await w.clock.advance((QUARTER / POLICY.probesPerSecond) * SECOND + 20);
    const others = Array.from({ length: QUARTER }, (_, other) => [`10.${100 + other}`, 1]);
    expect(underWay(w)).toEqual({ '10.1': HALF, ...Object.fromEntries(others) });
  });

  test('gives way where others want a place: all come to their share first, and then alike', async () => {
    const w = await held({ net: '10.1', servers: 100 });
    for (let index = 0; index < 60; index++) {
      meet(w, `10.2.${index}.1`, `z${index}.net2.example`);
      meet(w, `10.3.${index}.1`, `z${index}.net3.example`);
    }
    await w.clock.advance(SECOND);
    expect(underWay(w)).toEqual({ '10.1': HALF, '10.2': SHARE, '10.3': SHARE });
    // The first probes end; whose turn it is then, holds least.
    await w.clock.advance(4 * SECOND);
    const now = underWay(w);
    const most = Math.max(...Object.values(now));
    expect(Object.keys(now).sort()).toEqual(['10.1', '10.2', '10.3']);
    expect(most - Math.min(...Object.values(now))).toBeLessThanOrEqual(1);
  });
});
