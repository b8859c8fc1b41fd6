import { describe, expect, it } from 'vitest';
import { parseAddress, prefixKey } from '../../src/state/address/address.js';
import { count, figure, megabytes } from '../support/figures.js';
import { held } from '../support/memory.js';
import { apart, budget, expectRate, finds, inOne32, inOrder, type Siege, siege, slash32 } from '../support/siege.js';
import { HOUR, MINUTE, SECOND } from '../support/world.js';

/** Real servers, where no stranger is. */
function honest(index: number): string {
  return `90.${index >> 8}.${index & 255}.53`;
}

const isHonest = (address: string): boolean => address.startsWith('90.');

/** What is held of each network of a prefix length: the most of one, by verdict, and of all. */
function rowsBy(s: Siege, bits4: number, bits6: number): Map<string, number> {
  const rows = new Map<string, number>();
  for (const { endpoint } of s.selector.entries()) {
    const address = parseAddress(endpoint.address);
    const key = prefixKey(address, address.family === 4 ? bits4 : bits6);
    rows.set(key, (rows.get(key) ?? 0) + 1);
  }
  return rows;
}

/** No network holds more than its share, and Unknown ones no more than theirs. */
function expectShares(s: Siege): void {
  const { capacity, unknownShare, prefixShare } = s.policy;
  const { unknown, busy, good, bad } = s.selector.metrics().endpoints;
  expect(unknown + busy).toBeLessThanOrEqual(capacity * unknownShare);
  expect(unknown + busy + good + bad).toBeLessThanOrEqual(capacity);
  expect(Math.max(0, ...rowsBy(s, 24, 32).values())).toBeLessThanOrEqual(Math.floor(capacity * prefixShare));
}

/** What the policy allows each network in so long, and what each has seen. */
function expectBudgets(s: Siege, ms: number): void {
  const { policy, prober } = s;
  const [v4, v48, v32] = [s.worst(24), s.worst(48), s.worst(32)];
  expect(v4.perMinute).toBeLessThanOrEqual(budget(policy.ipv4Burst, policy.ipv4PerMinute, MINUTE));
  expect(v4.inAll).toBeLessThanOrEqual(budget(policy.ipv4Burst, policy.ipv4PerMinute, ms));
  expect(v4.atOnce).toBeLessThanOrEqual(policy.ipv4AtOnce);
  expect(v48.perMinute).toBeLessThanOrEqual(budget(policy.ipv6Burst, policy.ipv6PerMinute, MINUTE));
  expect(v48.atOnce).toBeLessThanOrEqual(policy.ipv6AtOnce);
  expect(v32.perMinute).toBeLessThanOrEqual(budget(policy.ipv6PerMinute, policy.ipv6PerMinute, MINUTE));
  expect(v32.inAll).toBeLessThanOrEqual(budget(policy.ipv6PerMinute, policy.ipv6PerMinute, ms));
  expectRate(s);
  expect(prober.all.mostAtOnce).toBeLessThanOrEqual(policy.probesAtOnce);
}

describe('P9', () => {
  const STRANGERS = 1_000_000;
  const GOOD = 1_000;
  /** What the heap may grow by, in octets. */
  const MOST_GROWTH = 100_000_000;

  it('P9 1,000,000 addresses from one zone in an hour: memory and probes bounded, what is Good untouched', async () => {
    const s = siege({ finds: (address) => (isHonest(address) ? finds.good() : finds.closed()) });
    const good = Array.from({ length: GOOD }, (_, index) => honest(index));
    for (const address of good) s.makeGood(address);
    // The two clocks are set off against each other, to a millisecond or so.
    const ends = (): number[] => good.map((address) => Math.round(Number(s.selector.explain(address).until) / SECOND));
    const endsBefore = ends();
    const before = held();
    const perStep = 250;
    for (let index = 0; index < STRANGERS; index++) {
      // Three of four over IPv4, a /24 after the other; the rest in one IPv6 /32. One of sixteen answers and is asked again.
      const address = index % 4 === 3 ? inOne32(index) : inOrder(index);
      if (index % 64 < 4) s.meet(address, 'hostile.example');
      else s.contact(address, 'hostile.example');
      if (index % perStep !== perStep - 1) continue;
      await s.clock.advance((HOUR * perStep) / STRANGERS);
      // Half of what is Good is used now and then, the other half not at all.
      s.contact(good[((index / perStep) % (GOOD / 2)) | 0] ?? '', 'good.example');
    }
    const after = held();
    const [heap, external] = [after.heap - before.heap, after.external - before.external];
    expect(heap).toBeLessThan(MOST_GROWTH);
    expect(heap + external).toBeLessThan(MOST_GROWTH);
    const untouched = s.having('Good', good);
    expect([untouched, s.lost]).toEqual([GOOD, []]);
    expect(ends()).toEqual(endsBefore);
    expectShares(s);
    expectBudgets(s, HOUR);
    const { probes, endpoints, candidates } = s.selector.metrics();
    expect(probes.begun).toBeLessThanOrEqual((HOUR / SECOND) * s.policy.probesPerSecond);
    expect(candidates).toBeLessThanOrEqual(s.policy.candidates * s.policy.groupShare);
    figure(
      'P9',
      `${count(STRANGERS)} addresses: heap ${megabytes(heap)}, outside of it ${megabytes(external)}; probes ${count(probes.begun ?? 0)} ` +
        `(${s.mostPerSecond} a second at most; to one /24 ${s.worst(24).inAll} in all, ${s.worst(24).atOnce} at once; ` +
        `to the IPv6 /32 ${count(s.worst(32).inAll)} in the hour); Good untouched ${count(untouched)} of ${count(GOOD)}; ` +
        `rows ${count(endpoints.unknown + endpoints.busy + endpoints.good + endpoints.bad)}`,
    );
  });

  it('P9 each of 20,000 addresses in 32 IPv6 networks speaks DoT: they hold half of the table, what is Good stays', async () => {
    const s = siege({ policy: { capacity: 8_000, candidates: 100 }, finds: finds.good });
    const good = Array.from({ length: GOOD }, (_, index) => honest(index));
    for (const address of good) s.makeGood(address);
    const strangers = 20_000;
    const perStep = 50;
    for (let index = 0; index < strangers; index++) {
      s.meet(inOne32(index >> 5, slash32(index & 31)), `z${index & 63}.hostile${index & 31}.example`);
      if (index % perStep !== perStep - 1) continue;
      await s.clock.advance(SECOND);
      // Each of them every 100 s.
      for (let used = (index / perStep) | 0, left = 10; left > 0; left--) {
        s.contact(good[(used * 10 + left) % GOOD] ?? '', 'good.example');
      }
    }
    const { endpoints, probes } = s.selector.metrics();
    expect(endpoints.good).toBeLessThanOrEqual(GOOD + 32 * Math.floor(s.policy.capacity * s.policy.prefixShare));
    expect([s.having('Good', good), s.lost.filter(({ endpoint }) => isHonest(endpoint.address))]).toEqual([GOOD, []]);
    expectShares(s);
    expect(s.worst(48).atOnce).toBeLessThanOrEqual(s.policy.ipv6AtOnce);
    expectRate(s);
    figure(
      'P9',
      `${count(strangers)} addresses in 32 IPv6 /32, all of which speak DoT, and ${count(s.policy.capacity)} rows: probes ${count(probes.begun ?? 0)}, rows Good ${count(endpoints.good)}, ` +
        `the ${count(GOOD)} of others untouched`,
    );
  });
});

describe('crowding out', () => {
  /** A siege with servers proven Good and Bad, at once. */
  async function peopled(good: readonly string[], bad: readonly string[]): Promise<Siege> {
    const isBad = new Set(bad);
    const s = siege({ finds: (address) => (isBad.has(address) ? finds.closed() : finds.good()) });
    for (const address of good) s.makeGood(address);
    s.selector.setPolicy({ probesPerSecond: 10_000, probesAtOnce: 1_000, groupShare: 1, reservedShare: 0 });
    for (const [index, address] of bad.entries()) {
      s.meet(address, 'bad.example');
      if (index % 50 === 49) await s.clock.advance(SECOND);
    }
    await s.clock.advance(SECOND);
    s.selector.setPolicy({});
    expect([s.having('Good', good), s.having('Bad', bad)]).toEqual([good.length, bad.length]);
    return s;
  }

  it('over IPv6: a whole /32, then 500 of them; Good and Bad rows survive, the shares hold', async () => {
    const good = Array.from({ length: 1_000 }, (_, index) => honest(index));
    const bad = Array.from({ length: 5_000 }, (_, index) => honest(20_000 + index));
    const s = await peopled(good, bad);
    const share = Math.floor(s.policy.capacity * s.policy.prefixShare);
    const before = held();
    for (let index = 0; index < 100_000; index++) {
      s.contact(inOne32(index), 'hostile.example');
      if (index % 1_000 === 999) await s.clock.advance(SECOND);
    }
    const one = rowsBy(s, 24, 32).get(prefixKey(parseAddress(inOne32(0)), 32)) ?? 0;
    expect(one).toBe(share);
    expect(s.selector.metrics().endpoints.unknown).toBe(share);
    expectShares(s);
    const many = 500;
    for (let index = 0; index < 200_000; index++) {
      s.contact(inOne32(Math.floor(index / many), slash32(1 + (index % many))), 'hostile.example');
      if (index % 1_000 === 999) await s.clock.advance(SECOND);
    }
    expectShares(s);
    const after = held();
    expect([s.having('Good', good), s.having('Bad', bad), s.lost]).toEqual([good.length, bad.length, []]);
    // Nobody there has answered: no probe.
    expect([...s.prober.prefixes.keys()].filter((key) => key.startsWith('6/'))).toEqual([]);
    figure(
      'IPv6',
      `100,000 addresses of one /32: ${count(one)} rows; 200,000 of ${many} more: ${count(s.selector.metrics().endpoints.unknown)} rows; ` +
        `${count(good.length)} Good and ${count(bad.length)} Bad as before, no probe, ` +
        `heap and outside ${megabytes(after.heap + after.external - before.heap - before.external)}`,
    );
  });

  it('strangers’ addresses in a network full of Good: none of these leaves for them', async () => {
    const net = '2606:4700';
    const s = siege({ finds: finds.good });
    const share = Math.floor(s.policy.capacity * s.policy.prefixShare);
    const good = Array.from({ length: Math.floor(share * 0.9) }, (_, index) => inOne32(index, net));
    for (const address of good) s.makeGood(address);
    for (let index = 0; index < 20_000; index++) s.contact(inOne32(30_000 + index, net), 'hostile.example');
    await s.clock.advance(SECOND);
    expectShares(s);
    expect([s.having('Good', good), s.lost]).toEqual([good.length, []]);
    figure(
      'IPv6',
      `20,000 strangers in a /32 with ${count(good.length)} Good of the ${count(share)} that it may have: all of these stay`,
    );
  });

  it('a table full of Bad: newcomers are found all the same', async () => {
    const capacity = 20_000;
    const s = siege({ policy: { capacity }, finds: (address) => (isHonest(address) ? finds.good() : finds.closed()) });
    s.selector.setPolicy({ capacity, probesPerSecond: 10_000, probesAtOnce: 1_000, groupShare: 1, reservedShare: 0 });
    for (let index = 0; index < capacity; index++) {
      s.meet(apart(index), `z${index}.example`);
      if (index % 50 === 49) await s.clock.advance(SECOND);
    }
    s.selector.setPolicy({ capacity });
    const full = s.selector.metrics().endpoints;
    expect(full.bad).toBeGreaterThan(capacity * 0.9);
    // Strangers keep coming, each once; newcomers are asked for once in ten seconds.
    const servers = Array.from({ length: 20 }, (_, index) => honest(index));
    const from = s.clock.now();
    let met = 0;
    for (let second = 0; second < 120; second++) {
      for (let index = 0; index < 100; index++) s.answered(apart(2 * capacity + met++), 'hostile.example');
      for (let index = second % 10; index < servers.length; index += 10)
        s.answered(servers[index] ?? '', 'zone.example');
      await s.clock.advance(SECOND);
    }
    const waits = servers.map((address) => (s.firstProbe(address) ?? Number.POSITIVE_INFINITY) - from);
    const { bad, unknown } = s.selector.metrics().endpoints;
    expect(Math.max(...waits)).toBeLessThanOrEqual(MINUTE);
    expect(s.having('Good', servers)).toBe(servers.length);
    figure(
      'table',
      `${count(capacity)} rows, ${count(full.bad)} of them Bad and ${count(full.unknown)} Unknown, and 100 strangers a second: ` +
        `${servers.length} newcomers found after ${count(Math.max(...waits) / SECOND)} s at most; then Bad ${count(bad)}, Unknown ${count(unknown)}`,
    );
  });
});
