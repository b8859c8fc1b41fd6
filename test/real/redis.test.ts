import { readFileSync } from 'node:fs';
import { createClient } from 'redis';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { RedisStore, type RedisStoreOptions } from '../../src/store/redis/index.js';
import { type Redis, startRedis } from '../support/redis.js';
import { enginesHere } from '../support/redis-server.js';
import { badOf, goodOf, type LiveHost, liveHost, wishFor } from '../support/store.js';

const WITHIN = { timeout: 5_000, interval: 10 };
const KEY = '192.0.2.1|853|dot';
const PLACE = 'dotscout:1:ams1:';
const VERDICT = `${PLACE}v:${KEY}`;

const good = (address: string, more: Parameters<typeof goodOf>[1] = {}) =>
  goodOf(address, { savedAt: Date.now(), ...more });
const bad = (address: string, more: Parameters<typeof badOf>[1] = {}) =>
  badOf(address, { savedAt: Date.now(), ...more });

const place = (address: string) => ({ address, port: 853, transport: 'dot', savedAt: Date.now() });

const urlOf = ({ port }: Redis) => `redis://127.0.0.1:${port}`;

interface Instance {
  readonly store: RedisStore;
  readonly host: LiveHost;
}

/** A store with a selector of straw, which ends with the test. */
async function instance(redis: Redis, options: Partial<RedisStoreOptions> = {}): Promise<Instance> {
  const store = new RedisStore({ client: createClient({ url: urlOf(redis) }), vantage: 'ams1', ...options });
  const host = liveHost();
  onTestFinished(() => store.close());
  await store.open(host);
  return { store, host };
}

/** A client that looks on, and does what we never would. */
async function stranger(redis: Redis) {
  const client = createClient({ url: urlOf(redis) });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.destroy());
  return client;
}

describe.each(enginesHere())('%s', (engineName) => {
  const startEngine = () => startRedis(engineName);

  describe('what one learns', () => {
    test('the others hear at once, and who comes later reads it', async () => {
      const engine = await startEngine();
      const [one, two] = [await instance(engine), await instance(engine)];
      one.store.append(good('192.0.2.1', { zone: 'example.org.', nameserver: 'ns.example.org' }));
      one.store.append(bad('2001:db8::1'));
      await one.store.flush();
      await vi.waitFor(() => expect([...two.host.hints.keys()].sort()).toEqual([KEY, '2001:db8::1|853|dot']), WITHIN);
      const { host } = await instance(engine);
      expect(host.hints.get(KEY)).toEqual({ ...good('192.0.2.1'), savedAt: expect.closeTo(Date.now(), -3) });
      expect(host.hints.get('2001:db8::1|853|dot')?.verdict).toBe('bad');
      expect(one.host.hints.size).toBe(0);
      expect([one.host.told, two.host.told, host.told]).toEqual([[], [], []]);
    });

    test('stands in the engine as long as it is worth anything, without names', async () => {
      const engine = await startEngine();
      const { store } = await instance(engine);
      const client = await stranger(engine);
      store.append(good('192.0.2.1', { savedAt: Date.now() - 60_000, zone: 'example.org.' }));
      await store.flush();
      expect(await client.pTTL(VERDICT)).toBeCloseTo(259_200_000 - 60_000, -4);
      expect(await client.get(VERDICT)).not.toContain('example');
      expect(await client.keys('*')).toEqual([VERDICT]);
    });

    test('ages in the engine by its clock, whatever ours say', async () => {
      const engine = await startEngine();
      const { store } = await instance(engine);
      const client = await stranger(engine);
      store.append(bad('192.0.2.1'));
      await store.flush();
      await client.pExpire(VERDICT, 3_600_000);
      const { host } = await instance(engine);
      const age = Date.now() - (host.hints.get(KEY)?.savedAt ?? 0);
      expect(86_400_000 - age).toBeCloseTo(3_600_000, -4);
    });

    test('stays here where it is over, forgotten, unknown, or true of our own address or interface alone', async () => {
      const engine = await startEngine();
      const { store } = await instance(engine);
      const client = await stranger(engine);
      store.append(good('192.0.2.1', { savedAt: Date.now() - 300_000_000 }));
      store.append({ ...place('192.0.2.2'), verdict: 'absent' });
      store.append({ ...place('192.0.2.3'), verdict: 'unknown', leftMs: 1_000, level: 0 });
      store.append(good('192.0.2.4', { localAddress: '198.51.100.1' }));
      store.append(good('fe80::1%eth0'));
      await store.flush();
      expect(await client.keys('*')).toEqual([]);
    });

    test('5,000 changes are all told, and the newest of each stands', async () => {
      const engine = await startEngine();
      const [one, two] = [await instance(engine), await instance(engine)];
      const addresses = Array.from({ length: 5_000 }, (_, i) => `198.18.${i >> 8}.${i & 255}`);
      for (const address of addresses) one.store.append(bad(address));
      for (const address of addresses) one.store.append(good(address));
      await one.store.flush();
      await vi.waitFor(() => expect(two.host.hints.size).toBe(5_000), WITHIN);
      const { host } = await instance(engine);
      expect(host.hints.size).toBe(5_000);
      expect([...host.hints.values()].every(({ verdict }) => verdict === 'good')).toBe(true);
    });
  });

  test('what docs/fleets.md lets an instance do is enough, and reaches no other key', async () => {
    const engine = await startEngine();
    const client = await stranger(engine);
    const page = readFileSync('docs/fleets.md', 'utf8');
    const acl = /^ACL SETUSER dotscout .*$/m.exec(page)?.[0].replace('>PASSWORD', '>secret') ?? '';
    await client.sendCommand(acl.split(' '));
    const confined = () => createClient({ url: `redis://dotscout:secret@127.0.0.1:${engine.port}` });
    const [one, two] = [await instance(engine, { client: confined() }), await instance(engine, { client: confined() })];
    one.store.append(good('192.0.2.1'));
    await one.store.flush();
    await vi.waitFor(() => expect([...two.host.hints.keys()]).toEqual([KEY]), WITHIN);
    const wish = wishFor('192.0.2.2');
    expect([await one.store.lease(wish, 7_000), await two.store.lease(wish, 7_000)]).toEqual([true, false]);
    one.store.release(wish.endpoint);
    await vi.waitFor(async () => expect(await two.store.lease(wish, 7_000)).toBe(true), WITHIN);
    const three = await instance(engine, { client: confined() });
    expect([...three.host.hints.keys()]).toEqual([KEY]);
    expect([one, two, three].map(({ host }) => host.told)).toEqual([[], [], []]);
    const outside = await instance(engine, { client: confined(), prefix: 'other' });
    expect(outside.host.told).toEqual(['unreachable']);
  });

  describe('vantages', () => {
    test('share nothing with each other, and networkChanged moves from one to the other', async () => {
      const engine = await startEngine();
      const [one, two] = [await instance(engine, { vantage: 'a b*' }), await instance(engine, { vantage: 'c' })];
      one.store.append(good('192.0.2.1'));
      await one.store.flush();
      two.store.append(good('192.0.2.2'));
      await two.store.flush();
      expect([one.host.hints.size, two.host.hints.size]).toEqual([0, 0]);
      two.store.networkChanged('a b*');
      await vi.waitFor(() => expect([...two.host.hints.keys()]).toEqual([KEY]), WITHIN);
      one.store.append(good('192.0.2.3'));
      await vi.waitFor(() => expect(two.host.hints.has('192.0.2.3|853|dot')).toBe(true), WITHIN);
    });

    test('a network without a name shares with nobody, and everyone there probes', async () => {
      const engine = await startEngine();
      const [one, two] = [await instance(engine), await instance(engine)];
      one.store.networkChanged(undefined);
      one.store.append(good('192.0.2.1'));
      expect(await two.store.lease(wishFor('192.0.2.1'), 7_000)).toBe(true);
      expect(await one.store.lease(wishFor('192.0.2.1'), 7_000)).toBe(true);
      await one.store.flush();
      const client = await stranger(engine);
      expect(await client.keys('*:v:*')).toEqual([]);
    });
  });

  describe('leases', () => {
    test('one of three probes; without a verdict the next one may, with one nobody until it ends', async () => {
      const engine = await startEngine();
      const [one, two, three] = [await instance(engine), await instance(engine), await instance(engine)];
      const wish = wishFor('192.0.2.1');
      const asked = await Promise.all([one, two, three].map(({ store }) => store.lease(wish, 7_000)));
      expect(asked.filter(Boolean)).toHaveLength(1);
      const holder = [one, two, three][asked.indexOf(true)] ?? one;
      const others = [one, two, three].filter((each) => each !== holder);
      expect(await holder.store.lease(wish, 7_000)).toBe(true);
      holder.store.release(wish.endpoint);
      await vi.waitFor(async () => expect(await others[0]?.store.lease(wish, 7_000)).toBe(true), WITHIN);
      others[0]?.store.append(good('192.0.2.1'));
      others[0]?.store.release(wish.endpoint);
      await others[0]?.store.flush();
      expect(await Promise.all([holder, others[1]].map((each) => each?.store.lease(wish, 7_000)))).toEqual([
        false,
        false,
      ]);
      const client = await stranger(engine);
      expect(await client.pTTL(`dotscout:1:ams1:l:${KEY}`)).toBeGreaterThan(5_000);
    });

    test('one whose holder has died ends by itself', async () => {
      const engine = await startEngine();
      const [one, two] = [await instance(engine), await instance(engine)];
      expect(await one.store.lease(wishFor('192.0.2.1'), 200)).toBe(true);
      await one.store.close();
      expect(await two.store.lease(wishFor('192.0.2.1'), 200)).toBe(false);
      await vi.waitFor(async () => expect(await two.store.lease(wishFor('192.0.2.1'), 60_000)).toBe(true), WITHIN);
    });

    test('one that somebody holds for ever keeps nobody from probing for longer than two probes take', async () => {
      const engine = await startEngine();
      const { store } = await instance(engine);
      const client = await stranger(engine);
      await client.set(`dotscout:1:ams1:l:${KEY}`, 'mine');
      expect(await store.lease(wishFor('192.0.2.1'), 100)).toBe(false);
      await vi.waitFor(async () => expect(await store.lease(wishFor('192.0.2.1'), 100)).toBe(true), WITHIN);
    });
  });

  describe('an engine', () => {
    const ways = {
      'that stands still': [async (engine: Redis) => engine.hang(), async (engine: Redis) => engine.resume()],
      'that is killed': [(engine: Redis) => engine.kill(), (engine: Redis) => engine.start()],
    } as const;

    test.each(Object.entries(ways))(
      '%s is told of once, and what changed meanwhile when it is back',
      async (_how, [stop, start]) => {
        const engine = await startEngine();
        const [one, two] = [await instance(engine), await instance(engine)];
        await stop(engine);
        one.store.append(good('192.0.2.1'));
        two.store.append(bad('192.0.2.2'));
        await vi.waitFor(
          () => expect([one.host.told, two.host.told]).toEqual([['unreachable'], ['unreachable']]),
          WITHIN,
        );
        for (let i = 0; i < 100; i++) one.store.append(good('192.0.2.1'));
        await expect(one.store.flush()).rejects.toThrow('out of reach');
        expect(await one.store.lease(wishFor('192.0.2.3'), 7_000)).toBe(true);
        await start(engine);
        const back = performance.now();
        await vi.waitFor(() => {
          expect([...two.host.hints.keys()]).toEqual([KEY]);
          expect([...one.host.hints.keys()]).toEqual(['192.0.2.2|853|dot']);
        }, WITHIN);
        expect(performance.now() - back).toBeLessThan(5_000);
        expect([one.host.told, two.host.told]).toEqual([
          ['unreachable', 'recovered'],
          ['unreachable', 'recovered'],
        ]);
      },
    );

    test('that is not there at the start is waited for 3 s at most, and found when it comes', async () => {
      const engine = await startEngine();
      await engine.kill();
      const one = await instance(engine);
      expect(one.host.told).toEqual(['unreachable']);
      one.store.append(good('192.0.2.1'));
      await engine.start();
      await vi.waitFor(() => expect(one.host.told).toEqual(['unreachable', 'recovered']), WITHIN);
      const client = await stranger(engine);
      await vi.waitFor(async () => expect(await client.keys('*')).toEqual([VERDICT]), WITHIN);
    });

    test('that takes no writes for 3 s, as in a failover: no session ends, each probes, and what changed is told after it', async () => {
      const engine = await startEngine();
      const [one, two] = [await instance(engine), await instance(engine)];
      const client = await stranger(engine);
      await client.sendCommand(['CLIENT', 'PAUSE', '3000', 'WRITE']);
      one.store.append(good('192.0.2.1'));
      expect(await client.get(VERDICT)).toBe(null);
      await vi.waitFor(() => expect([...two.host.hints.keys()]).toEqual([KEY]), { ...WITHIN, timeout: 10_000 });
      await one.store.flush();
      expect([one.host.told, two.host.told]).toEqual([[], []]);
    });

    test('that is emptied forgets, and nobody else does', async () => {
      const engine = await startEngine();
      const [one, two] = [await instance(engine), await instance(engine)];
      one.store.append(good('192.0.2.1'));
      await vi.waitFor(() => expect(two.host.hints.size).toBe(1), WITHIN);
      const client = await stranger(engine);
      await client.flushAll();
      one.store.append(good('192.0.2.2'));
      await vi.waitFor(() => expect(two.host.hints.size).toBe(2), WITHIN);
      expect([one.host.told, two.host.told]).toEqual([[], []]);
    });

    test('that is full takes back a lease all the same', async () => {
      const engine = await startEngine();
      const { store } = await instance(engine);
      const client = await stranger(engine);
      const wish = wishFor('192.0.2.3');
      expect(await store.lease(wish, 60_000)).toBe(true);
      expect(await client.keys('*:l:*')).toHaveLength(1);
      await client.configSet('maxmemory', '1');
      store.release(wish.endpoint);
      await vi.waitFor(async () => expect(await client.keys('*:l:*')).toEqual([]), WITHIN);
    });

    test('that is full refuses: the fleet knows and newcomers do not; told, tried again, and told when it takes it', async () => {
      const engine = await startEngine();
      const { store, host } = await instance(engine);
      const other = await instance(engine);
      const client = await stranger(engine);
      await client.configSet('maxmemory', '1');
      store.append(good('192.0.2.1'));
      await vi.waitFor(() => expect(host.told).toEqual(['full']), WITHIN);
      expect(host.details[0]).toContain('OOM');
      await vi.waitFor(() => expect([...other.host.hints.keys()]).toEqual([KEY]), WITHIN);
      const newcomer = await instance(engine);
      expect(newcomer.host.hints.size).toBe(0);
      expect(await store.lease(wishFor('192.0.2.3'), 7_000)).toBe(true);
      await client.configSet('maxmemory', '0');
      await vi.waitFor(() => expect(host.told).toEqual(['full', 'recovered']), WITHIN);
      expect(await client.keys('*:v:*')).toEqual([VERDICT]);
      const later = await instance(engine);
      await vi.waitFor(() => expect([...later.host.hints.keys()]).toEqual([KEY]), WITHIN);
      await vi.waitFor(() => expect([...newcomer.host.hints.keys()]).toEqual([KEY]), WITHIN);
    });

    test('full of rubbish: what is sound is read, the rest is told of once', async () => {
      const engine = await startEngine();
      const one = await instance(engine);
      one.store.append(good('192.0.2.1'));
      await one.store.flush();
      const client = await stranger(engine);
      const sound = (await client.get(VERDICT)) ?? '';
      const at = (address: string) => `dotscout:1:ams1:v:${address}|853|dot`;
      const life = { expiration: { type: 'PX', value: 100_000 } } as const;
      await client.set(at('192.0.2.2'), '{', life);
      await client.set(at('192.0.2.3'), 'x'.repeat(10_000_000), life);
      await client.hSet(at('192.0.2.4'), 'field', 'value');
      await client.set(at('192.0.2.5'), sound, life);
      await client.set(at('192.0.2.6'), sound.replace('192.0.2.1', '192.0.2.6'));
      await client.set(at('192.0.2.7'), sound.replaceAll(/\d+/g, '-1'), life);
      await client.set(at('192.0.2.8'), 'null', life);
      await client.set(`dotscout:1:ams1:v:`, '"', life);
      await client.set(`${PLACE}c:`, 'x');
      const { host } = await instance(engine);
      expect([...host.hints.keys()]).toEqual([KEY]);
      expect(host.told).toEqual(['rubbish']);
      for (const message of ['', '{', 'null', '[]', 'x'.repeat(1_000_000), sound.replace('good', 'best')])
        await client.publish(`${PLACE}c:`, message);
      await client.publish(`${PLACE}c:`, sound.replace('192.0.2.1', '192.0.2.9'));
      await vi.waitFor(() => expect([...host.hints.keys()]).toEqual([KEY, '192.0.2.9|853|dot']), WITHIN);
      expect([host.told, one.host.told]).toEqual([['rubbish'], ['rubbish']]);
    });
  });
});
