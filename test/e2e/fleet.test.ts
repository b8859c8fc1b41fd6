import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TransportSelector } from '../../src/selector.js';
import type { PolicyInput } from '../../src/state/index.js';
import { RedisStore, type RedisStoreOptions } from '../../src/store/redis/index.js';
import { type Fault, type FaultServer, startFaultServer } from '../../src/testing/index.js';
import { buildCopy } from '../support/built.js';
import { figure } from '../support/figures.js';
import { type Redis, redisClient, startRedis } from '../support/redis.js';
import { badOf, goodOf } from '../support/store.js';
import { openGuard, query } from '../transport/support.js';

const VANTAGE = 'test1';

/** One member of a fleet. */
async function member(redis: Redis, options: Partial<RedisStoreOptions> = {}, policy?: PolicyInput) {
  const client = await redisClient(redis);
  return selectorOn({ client, vantage: VANTAGE, ...options }, policy);
}

async function selectorOn(options: RedisStoreOptions, policy: PolicyInput | undefined) {
  const told: string[] = [];
  const store = new RedisStore(options);
  const selector = new TransportSelector({ store, guard: openGuard, ...(policy === undefined ? {} : { policy }) });
  onTestFinished(() => selector.close());
  selector.on('store', ({ code }) => told.push(code));
  await expect.poll(() => selector.peek('192.0.2.1').reason, { timeout: 15_000 }).not.toBe('loading');
  return Object.assign(selector, { told });
}

/** What the others do that speak no DoT. */
const DARK: Fault = 'http';

async function fleetOf(count: number, dark = 0): Promise<FaultServer[]> {
  const fleet: FaultServer[] = [];
  for (let index = 0; index < count; index++) {
    const address = `127.${20 + Math.floor(index / 200)}.${index % 200}.53`;
    fleet.push(await startFaultServer({ address, fault: index < dark ? DARK : 'good' }));
  }
  onTestFinished(async () => {
    await Promise.all(fleet.map((server) => server.close()));
  });
  return fleet;
}

const refOf = ({ address, port, dotPort }: FaultServer) => ({ address, port, dotPort, zone: 'example.test' });

const goodOn = (selector: TransportSelector) =>
  [...selector.entries()].filter(({ status }) => status === 'Good').length;

let asked = 0;
function ask(selector: TransportSelector, server: FaultServer) {
  asked++;
  return selector.query(refOf(server), query(`n${asked}.example.test`, asked & 0xffff));
}

test('three on one engine, 200 servers: each is probed once in all, and all know it', async () => {
  const redis = await startRedis();
  const fleet = await fleetOf(200, 40);
  const members = await Promise.all([member(redis), member(redis), member(redis)]);
  const settled = () =>
    members.map((one) => [...one.entries()].filter(({ status }) => status === 'Good' || status === 'Bad').length);
  for (let round = 0; round < 40 && settled().some((count) => count < 200); round++) {
    for (const server of fleet) for (const one of members) await ask(one, server);
    await wait(250);
  }
  expect(settled()).toEqual([200, 200, 200]);
  const begun = members.map((one) => one.metrics().probes.begun ?? 0);
  const elsewhere = members.map((one) => one.metrics().probes.elsewhere ?? 0);
  const probes = members.map((_, index) => (begun[index] ?? 0) - (elsewhere[index] ?? 0));
  const doubled = probes.reduce((sum, one) => sum + one, 0) - 200;
  // A good server's connections are sessions as well, one for each member that asked it; a probe's is taken over.
  const toDark = fleet.slice(0, 40).map((server) => server.counters.connections);
  const toGood = fleet.slice(40).map((server) => server.counters.connections);
  figure(
    'fleet',
    `200 servers, 3 members: ${probes.join(' + ')} probes; connections to each dark one ${Math.max(...toDark)} at most`,
  );
  // A busy machine may hold an engine's answer back for longer than a member waits for it, which then probes too.
  expect(doubled).toBeGreaterThanOrEqual(0);
  expect(doubled).toBeLessThanOrEqual(4);
  expect(Math.min(...toDark)).toBe(1);
  expect(toDark.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(40 + doubled);
  expect(Math.max(...toGood)).toBeLessThanOrEqual(3 + doubled);
  for (const one of members) expect([one.metrics().queries.failed ?? 0, one.told]).toEqual([0, []]);
});

describe.each(['hangs', 'is killed'] as const)('an engine that %s for 10 s under load', (how) => {
  test('no query fails or waits, and all agree within 5 s of its return', async () => {
    const redis = await startRedis();
    const fleet = await fleetOf(24);
    const members = await Promise.all([member(redis), member(redis), member(redis)]);
    // The same queries without any engine, in turns with those: what they take tells how much an engine costs.
    const alone = new TransportSelector({ guard: openGuard });
    onTestFinished(() => alone.close());
    const everybody = [...members, alone];
    const load = async (ms: number): Promise<{ with: number; without: number }> => {
      const times: number[][] = everybody.map(() => []);
      const until = performance.now() + ms;
      while (performance.now() < until) {
        for (const server of fleet.slice(0, 12)) {
          for (const [index, one] of everybody.entries()) {
            const startedAt = performance.now();
            await ask(one, server);
            times[index]?.push(performance.now() - startedAt);
          }
        }
        await wait(5);
      }
      const p50 = (some: readonly number[]) => some.toSorted((a, b) => a - b)[some.length >> 1] ?? 0;
      return { with: p50(times.slice(0, -1).flat()), without: p50(times.at(-1) ?? []) };
    };
    await load(3_000);
    if (how === 'hangs') redis.hang();
    else await redis.kill();
    // Half of them are new to everybody: found out without the engine, by each for itself.
    const [first, second] = members;
    const during = await load(5_000);
    for (const server of fleet.slice(12)) for (let time = 0; time < 3; time++) await ask(first, server);
    await load(5_000);
    if (how === 'hangs') redis.resume();
    else await redis.start();
    // Who asked nothing of it meanwhile has noticed nothing.
    const noticed = () => members.map((one) => one.told.at(-1) ?? 'recovered');
    await expect.poll(noticed, { timeout: 10_000 }).toEqual(Array(3).fill('recovered'));
    await expect.poll(() => goodOn(second), { timeout: 5_000 }).toBe(24);
    await expect.poll(() => members.map(goodOn), { timeout: 5_000 }).toEqual([24, 24, 24]);
    const ratio = (during.with / during.without).toFixed(3);
    figure(
      `engine ${how}`,
      `meanwhile p50 ${during.with.toFixed(3)} ms, ${ratio} of that without any engine; 0 failed`,
    );
    for (const one of members) expect(one.metrics().queries.failed ?? 0).toBe(0);
  });
});

test('a client that never settles: queries and probes go on, and memory has a bound', async () => {
  const never = () => new Promise<never>(() => {});
  let open = 0;
  let most = 0;
  const duplicate = () => {
    open++;
    most = Math.max(most, open);
    const destroy = () => {
      open--;
    };
    return { connect: never, sendCommand: never, subscribe: never, on: () => {}, destroy };
  };
  const selector = await selectorOn({ client: { duplicate }, vantage: VANTAGE }, undefined);
  const [server] = (await fleetOf(1)) as [FaultServer];
  for (let time = 0; time < 3; time++) await ask(selector, server);
  await server.until(({ handshakes }) => handshakes === 1);
  await expect.poll(async () => (await ask(selector, server)).transport, { timeout: 10_000 }).toBe('dot');
  expect(selector.told).toEqual(['unreachable']);
  expect([selector.metrics().queries.failed ?? 0, most]).toEqual([0, 2]);
});

test('others’ word is hearsay: what one has found Good nobody makes Bad, and rubbish is told once', async () => {
  const redis = await startRedis();
  const client = await redisClient(redis);
  const [server] = (await fleetOf(1)) as [FaultServer];
  const place = { address: server.address, port: server.dotPort, savedAt: Date.now() };
  const ours = await member(redis);
  await ours.probe(refOf(server));
  expect(ours.explain(refOf(server)).status).toBe('Good');
  const channel = `dotscout:1:${VANTAGE}:c:`;
  const lie = (value: unknown) =>
    client.publish(
      channel,
      typeof value === 'string' ? value : JSON.stringify({ by: 'liar', ageMs: 0, lifeMs: 1e9, ...Object(value) }),
    );
  await lie(badOf(server.address, place));
  for (const rubbish of ['', 'nonsense', '{}', '[]', 'null', 'x'.repeat(100_000), { verdict: 'good' }])
    await lie(rubbish);
  await lie(goodOf('192.0.2.77', { savedAt: Date.now(), leftMs: 7_000_000_000, refreshMs: 7_000_000_000 }));
  await expect.poll(() => ours.explain('192.0.2.77').status).toBe('Good');
  expect(ours.explain(refOf(server)).status).toBe('Good');
  // No longer than our own policy would have it.
  expect(Number(ours.explain('192.0.2.77').until) - Date.now()).toBeLessThanOrEqual(3 * 86_400_000);
  expect(ours.told).toEqual(['rubbish']);
  await client.set(`dotscout:1:${VANTAGE}:v:rubbish`, 'rubbish');
  const other = await member(redis);
  expect([other.explain(refOf(server)).status, other.told]).toEqual(['Good', ['rubbish']]);
});

test('each key ends when its verdict does, names none, and is of one vantage', async () => {
  const redis = await startRedis();
  const client = await redisClient(redis);
  const [server] = (await fleetOf(1)) as [FaultServer];
  const ours = await member(redis);
  await ours.probe(refOf(server));
  await ours.flush();
  const [key = ''] = await client.keys('*:v:*');
  expect([await client.keys('*:l:*'), key]).toEqual([[], `dotscout:1:${VANTAGE}:v:${server.dot.key}`]);
  const left = await client.pTTL(key);
  expect(left > 3 * 86_400_000 - 60_000 && left <= 3 * 86_400_000).toBe(true);
  expect(await client.get(key)).not.toContain('example');
  const elsewhere = await member(redis, { vantage: 'elsewhere' });
  expect(elsewhere.explain(refOf(server)).status).toBe('Unknown');
  elsewhere.networkChanged(VANTAGE);
  await expect.poll(() => elsewhere.explain(refOf(server)).status).toBe('Good');
  elsewhere.networkChanged();
  expect(elsewhere.explain(refOf(server)).status).toBe('Unknown');
});

test.each([{}, { client: 1 }, { client: createClient(), vantage: '' }, { client: createClient() }])(
  'options %# are refused',
  (options) => {
    expect(() => new RedisStore(options as never)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  },
);

test('a process that shares and forgets to close ends by itself', async () => {
  const redis = await startRedis();
  await using copy = await buildCopy();
  const { code, lines, stderr } = await copy.run(
    `import { createClient } from 'redis';
    import { TransportSelector } from '@/index.js';
    import { RedisStore } from '@/store/redis/index.js';
    const { port } = JSON.parse(process.argv[1]);
    const store = new RedisStore({ client: createClient({ url: 'redis://127.0.0.1:' + port }), vantage: 'test1' });
    const selector = await TransportSelector.open({ store });
    selector.report(selector.decide('9.9.9.9'), { transport: 'dot', ok: true, rcode: 0 });
    await selector.flush();
    console.log(JSON.stringify(selector.decide('9.9.9.9').action));`,
    { input: { port: redis.port } },
  );
  expect({ code, lines, stderr }).toEqual({ code: 0, lines: ['encrypt'], stderr: '' });
  const client = await redisClient(redis);
  expect(await client.keys('*:v:*')).toEqual([`dotscout:1:${VANTAGE}:v:9.9.9.9|853|dot`]);
});
