import { describe, expect, it } from 'vitest';
import type { OfflineInfo } from '../../src/observe/events.js';
import { answerTo, parseQuery } from '../../src/testing/index.js';
import { DAY, HOUR, MINUTE, message, mostWithin, SECOND, servers, type World, world } from '../support/world.js';

const RATE = 50;

function timesOf(w: World): number[] {
  return w.begun().map(({ at }) => at);
}

/** A world with 200 Good servers and 50 Bad ones, all proven within a second. */
async function peopled(): Promise<{ w: World; good: string[]; bad: string[]; since: number }> {
  const w = world({ policy: { onlyAfterAnswer: false, threshold: 1 } });
  const good = servers(200);
  const bad = Array.from({ length: 50 }, (_, index) => `10.200.${index}.53`);
  w.proveNetwork();
  for (const address of bad) w.prober.set(address, ['refused', 'good']);
  for (const address of bad) await w.contact(address);
  await w.clock.advance(SECOND);
  for (const address of good) w.makeGood(address);
  for (const address of good) expect(w.status(address)).toBe('Good');
  for (const address of bad) expect(w.status(address)).toBe('Bad');
  return { w, good, bad, since: w.clock.now() };
}

describe('S14', () => {
  it('S14 the wall clock steps back 1 h: nothing changes', async () => {
    const { w, good, bad } = await peopled();
    const [before, probes] = [w.transitions.length, w.begun().length];
    w.clock.stepWall(-HOUR);
    await w.clock.advance(HOUR);
    for (const address of [...good, ...bad]) w.selector.decide(address);
    await w.clock.advance(HOUR);
    expect([w.transitions.length, w.begun().length]).toEqual([before, probes]);
  });

  it.each([
    ['S14 the wall clock steps 10 d forward', (w: World) => w.clock.stepWall(10 * DAY)],
    ['S14 the machine sleeps 4 d', (w: World) => w.clock.sleep(4 * DAY)],
  ])('%s: Good is usable and refreshed over 10 min, Bad keeps its remainder', async (_, leap) => {
    const { w, good, bad } = await peopled();
    const [before, probes] = [w.transitions.length, w.begun().length];
    await w.clock.advance(HOUR);
    leap(w);
    for (const address of good) expect(w.selector.decide(address).action).toBe('encrypt');
    for (const address of bad) expect(w.selector.decide(address).reason).toBe('bad');
    await w.clock.advance(12 * MINUTE);
    const refreshes = timesOf(w).slice(probes);
    expect(refreshes).toHaveLength(good.length);
    expect(mostWithin(refreshes, SECOND)).toBeLessThanOrEqual(RATE);
    const minutes = new Set(refreshes.map((at) => Math.floor(at / MINUTE)));
    expect(minutes.size).toBeGreaterThanOrEqual(10);
    expect(w.transitions).toHaveLength(before);
    // The remainder of Bad's day is waited for on our own clock, to the end and no longer.
    await w.clock.advanceTo(22 * HOUR);
    for (const address of bad) w.selector.decide(address);
    await w.clock.advance(MINUTE);
    expect(w.begun()).toHaveLength(probes + good.length);
    await w.clock.advanceTo(DAY + MINUTE);
    for (const address of bad) w.selector.decide(address);
    await w.clock.advance(MINUTE);
    for (const address of bad) expect(w.status(address)).toBe('Good');
  });

  it('S14 a step of exactly 5 min is no sleep, and one above is', async () => {
    for (const [step, refreshed] of [
      [5 * MINUTE, 0],
      [5 * MINUTE + 1, 10],
    ] as const) {
      const w = world();
      for (const address of servers(10)) w.makeGood(address);
      w.clock.stepWall(step);
      await w.clock.advance(15 * MINUTE);
      expect(w.begun()).toHaveLength(refreshed);
    }
  });
});

it('S15 refreshes of 10,000 Good servers learned in one second are spread, never more a second than the rate', async () => {
  // A quarter of a day, so that the test is quick; the spread is as narrow as that.
  const life = 6 * HOUR;
  const w = world({ policy: { onlyAfterAnswer: false, goodMs: life } });
  const all = servers(10_000);
  for (const [index, address] of all.entries()) {
    w.makeGood(address);
    if (index % 1_000 === 999) await w.clock.advance(100);
  }
  await w.clock.advance(MINUTE);
  for (const address of all) w.selector.decide(address);
  await w.clock.advance(life - 2 * MINUTE);
  const times = timesOf(w);
  expect(times).toHaveLength(all.length);
  expect(new Set(w.begun().map(({ address }) => address)).size).toBe(all.length);
  expect(mostWithin(times, SECOND)).toBeLessThanOrEqual(RATE);
  expect(Math.min(...times)).toBeGreaterThanOrEqual(0.7 * life);
  expect(Math.max(...times)).toBeLessThanOrEqual(0.9 * life + 2 * MINUTE);
  // Spread evenly over a fifth of the life, 10,000 are 139 a minute.
  expect(mostWithin(times, MINUTE)).toBeLessThanOrEqual(2 * 139);
  expect(w.selector.metrics().endpoints).toMatchObject({ good: all.length });
  expect(w.transitions).toHaveLength(all.length);
}, 120_000);

it('S16 another network: no old verdict is used; formerly Good servers are probed at their first contact', async () => {
  const { w, good, bad } = await peopled();
  const probes = w.begun().length;
  w.selector.setPolicy({ onlyAfterAnswer: true, threshold: 2 });
  w.selector.networkChanged('cafe');
  for (const address of [...good, ...bad]) {
    expect(w.selector.peek(address)).toMatchObject({ action: 'clear', reason: 'unknown' });
  }
  await w.clock.advance(HOUR);
  expect(w.begun()).toHaveLength(probes);
  for (const address of [...good, ...bad]) expect(w.selector.decide(address).reason).toBe('unknown');
  await w.clock.advance(10 * SECOND);
  const begun = w.begun().slice(probes);
  expect(begun.map(({ address }) => address).sort()).toEqual([...good].sort());
  expect(
    mostWithin(
      begun.map(({ at }) => at),
      SECOND,
    ),
  ).toBeLessThanOrEqual(RATE);
  for (const address of good) expect(w.selector.decide(address).action).toBe('encrypt');
  // The same network again is no change.
  w.selector.networkChanged('cafe');
  for (const address of good) expect(w.selector.decide(address).action).toBe('encrypt');
});

it('S17 our own network down for 60 s under load: no verdict changes, a probe a second, all as before in 2 min', async () => {
  const w = world();
  const good = servers(100);
  const strangers = Array.from({ length: 1_000 }, (_, index) => `10.${100 + (index >> 8)}.${index & 0xff}.53`);
  let up = true;
  const offline: OfflineInfo[] = [];
  w.selector.on('offline', (info) => offline.push(info));
  const exchange = (bytes: Uint8Array): Uint8Array | Promise<Uint8Array> => {
    const query = parseQuery(bytes);
    if (query === undefined) throw new TypeError('no query');
    return up ? answerTo(query, {}) : new Promise(() => {});
  };
  for (const address of [...good, ...strangers]) {
    w.dot.set(address, exchange);
    w.do53.set(address, exchange);
    w.prober.set(address, async (_, { timeoutMs }) => {
      if (up) return { evidence: { result: 'success' }, rcode: 0, times: { total: 1 } };
      await new Promise<void>((resolve) => w.clock.after(timeoutMs, resolve));
      const silent = { result: 'failure', phase: 'connect', kind: 'silent', controlled: false } as const;
      return { evidence: silent, times: { total: timeoutMs } };
    });
  }
  for (const address of good) w.makeGood(address);
  const failed: unknown[] = [];
  let encrypted = 0;
  const ask = (address: string | undefined): void => {
    if (address === undefined) return;
    w.selector.query(address, message('example.org')).then(
      (result) => {
        if (result.transport === 'dot') encrypted += 1;
      },
      (error) => failed.push(error),
    );
  };
  const load = async (seconds: number, newcomers: readonly string[]): Promise<void> => {
    const steps = seconds * 20;
    for (let step = 0; step < steps; step++) {
      for (let i = 0; i < 5; i++) ask(good[(step * 5 + i) % good.length]);
      for (const address of newcomers.slice(
        Math.floor((step * newcomers.length) / steps),
        Math.floor(((step + 1) * newcomers.length) / steps),
      )) {
        ask(address);
        ask(address);
      }
      await w.clock.advance(50);
    }
  };
  await load(10, []);
  expect([failed.length, encrypted, w.begun().length]).toEqual([0, 1000, 0]);
  const before = w.transitions.length;

  up = false;
  const downAt = w.clock.now();
  await load(60, strangers);
  expect(failed.length).toBeGreaterThan(1000);
  expect(offline[0]).toMatchObject({ offline: true });
  expect(w.transitions).toHaveLength(before);
  const during = timesOf(w).filter((at) => at >= downAt);
  expect(during.length).toBeGreaterThan(10);
  expect(mostWithin(during, SECOND)).toBe(1);

  up = true;
  const backAt = w.clock.now();
  await load(120, strangers);
  expect(w.clock.now() - backAt).toBe(2 * MINUTE);
  expect(offline.at(-1)).toMatchObject({ offline: false, ipv4: false, ipv6: false });
  expect(mostWithin(timesOf(w), SECOND)).toBeLessThanOrEqual(RATE);
  for (const address of good) {
    expect(w.selector.explain(address)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
    expect(w.selector.explain(address).history).toHaveLength(1);
  }
  expect(w.selector.metrics()).toMatchObject({ inFlight: 0 });
  const clear = w.selector.metrics().clearToGood;
  await load(5, []);
  expect(w.selector.metrics().clearToGood).toEqual(clear);
  // The strangers, asked again, are found out as on any other day.
  for (const address of strangers) expect(w.status(address)).not.toBe('Bad');
  expect(strangers.filter((address) => w.status(address) === 'Good').length).toBeGreaterThan(900);
}, 120_000);

describe('S18', () => {
  /** One /24's worth and a few, as a stranger's zone would list them. */
  const delegation = Array.from({ length: 260 }, (_, index) => `203.0.113.${index & 0xff}`)
    .map((address, index) => (index < 256 ? address : `198.51.100.${index & 0xff}`))
    .map((address) => ({ address, zone: 'stuffed.example' }));

  it('S18 260 addresses ranked 1,000 times: at most two hits a call, no probe where nothing has ever answered', async () => {
    const w = world();
    const contacts = (): number => w.entries().reduce((sum, entry) => sum + entry.contacts, 0);
    for (let call = 0; call < 1_000; call++) {
      const before = contacts();
      expect(w.selector.rank(delegation)).toHaveLength(260);
      expect(contacts() - before).toBeLessThanOrEqual(2);
      await w.clock.advance(10);
    }
    await w.clock.advance(HOUR);
    expect(w.begun()).toEqual([]);
    expect(w.selector.metrics().candidates).toBe(0);
  });

  it('S18 only those that have answered are probed', async () => {
    const w = world();
    for (let call = 0; call < 1_000; call++) {
      const [first] = w.selector.rank(delegation);
      if (call % 100 === 0 && first !== undefined) await w.selector.query(first, message('stuffed.example'));
      await w.clock.advance(10);
    }
    await w.clock.advance(HOUR);
    const answered = new Set(w.do53.calls.map(({ address }) => address));
    expect(w.begun().length).toBeGreaterThan(0);
    for (const { address } of w.begun()) expect(answered.has(address)).toBe(true);
  });
});
