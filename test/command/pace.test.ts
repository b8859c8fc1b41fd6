import { expect, it } from 'vitest';
import { Pace } from '../../packages/dotscout-cli/src/scan/pace.js';
import { parseAddress } from '../../src/state/index.js';

/** Begins all that may begin within some milliseconds, each probe over at once. */
function run(pace: Pace<{ address: ReturnType<typeof parseAddress> }>, ms: number): string[] {
  const begun: string[] = [];
  for (let now = 0; now <= ms; now += 10) {
    pace.look(now);
    for (let one = pace.take(now); one !== undefined; one = pace.take(now)) {
      begun.push(one.address.text);
      pace.ended(one, now);
    }
  }
  return begun;
}

function paceOf(rate: number, prefixRate: number, addresses: readonly string[]) {
  const pace = new Pace<{ address: ReturnType<typeof parseAddress> }>({ rate, prefixRate }, 0);
  for (const text of addresses) pace.add({ address: parseAddress(text) });
  return pace;
}

const inOnePrefix = (prefix: string, many: number) => Array.from({ length: many }, (_, at) => `${prefix}.${at}`);

it('no more begin a second than the rate allows', () => {
  const spread = Array.from({ length: 500 }, (_, at) => `10.0.${at % 250}.${Math.floor(at / 250)}`);
  expect(run(paceOf(100, 1_000_000, spread), 2_000)).toHaveLength(201);
});

it('a network is knocked at as often as it bears: a burst of 64, then 120 a minute', () => {
  const pace = paceOf(10_000, 120, inOnePrefix('192.0.2', 256));
  expect(run(pace, 10_000)).toHaveLength(64 + 20);
  expect(pace.size).toBe(256 - 84);
});

it('a network that has had enough keeps no other waiting', () => {
  const begun = run(paceOf(10_000, 120, [...inOnePrefix('192.0.2', 250), '198.51.100.1']), 0);
  expect(begun).toContain('198.51.100.1');
});

it('networks take turns', () => {
  const pace = paceOf(10_000, 120, [...inOnePrefix('192.0.2', 3), ...inOnePrefix('198.51.100', 3)]);
  expect(run(pace, 0).map((text) => text.split('.')[0])).toEqual(['192', '198', '192', '198', '192', '198']);
});

it('an IPv6 /48 has bounds of its own', () => {
  const addresses = Array.from({ length: 50 }, (_, at) => `2001:db8:1::${at + 1}`);
  expect(run(paceOf(10_000, 120, addresses), 0)).toHaveLength(20);
});

it('so many of one network at once, and the next when one of them ends', () => {
  const pace = paceOf(10_000, 120, inOnePrefix('192.0.2', 64));
  const begun: { address: ReturnType<typeof parseAddress> }[] = [];
  const takeAll = (now: number) => {
    pace.look(now);
    for (let one = pace.take(now); one !== undefined; one = pace.take(now)) begun.push(one);
  };
  takeAll(0);
  expect(begun).toHaveLength(16);
  const [first] = begun;
  if (first !== undefined) pace.ended(first, 100);
  takeAll(100);
  expect(begun).toHaveLength(17);
});

it('what holds it back has a name: the rate of all, or that of the networks that wait', () => {
  const spread = paceOf(100, 1_000_000, ['192.0.2.1', '198.51.100.1', '203.0.113.1']);
  expect(run(spread, 0)).toHaveLength(1);
  expect(spread.brake(0)).toBe('--rate');
  const crowded = paceOf(10_000, 120, inOnePrefix('192.0.2', 100));
  run(crowded, 1_000);
  expect(crowded.brake(1_000)).toBe('--prefix-rate');
  expect(paceOf(100, 120, []).brake(0)).toBeUndefined();
});
