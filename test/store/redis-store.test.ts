import { afterEach, describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../src/common/errors.js';
import { type RedisClient, RedisStore, type RedisStoreOptions } from '../../src/store/redis/index.js';
import type { VirtualClock } from '../../src/testing/virtual-clock.js';
import { badOf, goodOf, Host, wishFor } from '../support/store.js';
import { StrawClient } from '../support/straw-redis.js';

const never = () => new Promise<never>(() => {});
const PLACE = 'dotscout:1:ams1:';
const CHANNEL = `${PLACE}c:`;

interface Scene {
  readonly client: StrawClient;
  readonly clock: VirtualClock;
  readonly host: Host;
  readonly store: RedisStore;
}

const stores: RedisStore[] = [];
afterEach(() => {
  for (const store of stores.splice(0)) void store.close();
});

/** A store whose engine answers nothing in particular, open. */
async function scene(prepare: (client: StrawClient) => void = () => {}): Promise<Scene> {
  const client = new StrawClient();
  prepare(client);
  const host = new Host();
  const { clock } = host;
  const store = new RedisStore({ client, vantage: 'ams1' });
  stores.push(store);
  const opened = store.open(host);
  for (let i = 0; i < 10; i++) await clock.advance(500);
  expect([...(await opened)]).toEqual([]);
  return { client, clock, host, store };
}

const at = (clock: VirtualClock, address: string) => goodOf(address, { savedAt: clock.wall() });

describe('a client that', () => {
  const bad: Record<string, (client: StrawClient) => void> = {
    'never connects': (client) => {
      client.connecting = never;
    },
    'never answers': (client) => {
      client.answer = never;
    },
    'cannot connect': (client) => {
      client.connecting = () => Promise.reject(new Error('refused'));
    },
    'throws at everything': (client) => {
      client.duplicate = () => {
        throw new Error('no');
      };
    },
    'returns no promises': (client) => {
      client.connecting = () => undefined as unknown as Promise<void>;
      client.duplicate = () => ({ connect() {}, on() {}, destroy() {} }) as never;
    },
  };

  test.each(Object.entries(bad))('%s: lost is told once, nothing waits, little is held', async (_what, prepare) => {
    const { client, clock, host, store } = await scene(prepare);
    for (let i = 0; i < 200; i++) {
      store.append(at(clock, `192.0.2.${i}`));
      const leased = store.lease(wishFor(`192.0.2.${i}`), 7_000);
      await clock.advance(1_000);
      expect(await leased).toBe(true);
    }
    expect(host.told).toEqual(['unreachable']);
    expect(client.open).toBeLessThanOrEqual(2);
    expect(client.unanswered).toBeLessThanOrEqual(64);
    const closed = store.close();
    await clock.advance(1_000);
    await closed;
    expect([client.open, clock.pending]).toEqual([0, 0]);
  });
});

describe('the connection', () => {
  test('is asked for again after a break, more and more seldom, at most every 2 s', async () => {
    const { client, clock, host } = await scene();
    expect(client.open).toBe(2);
    client.connecting = () => Promise.reject(new Error('refused'));
    client.connections[0]?.break();
    expect(host.told).toEqual(['unreachable']);
    const before = client.connections.length;
    await clock.advance(60_000);
    const tries = (client.connections.length - before) / 2;
    expect(tries).toBeGreaterThanOrEqual(30);
    expect(tries).toBeLessThanOrEqual(64);
    client.connecting = async () => {};
    await clock.advance(2_000);
    expect(host.told).toEqual(['unreachable', 'recovered']);
    expect(client.open).toBe(2);
  });

  test('that carries nothing any more is noticed within 6 s though nothing is sent', async () => {
    const { client, clock, host } = await scene();
    await clock.advance(60_000);
    expect(host.told).toEqual([]);
    client.say = () => {};
    await clock.advance(6_001);
    expect(host.told).toEqual(['unreachable']);
  });

  test('that only reads for 10 s, as in a failover, is not given up; what waits is told after it', async () => {
    const { client, clock, host, store } = await scene();
    await clock.advance(60_000);
    const held: (() => void)[] = [];
    client.answer = ([name]) => (name === 'PING' ? 'PONG' : new Promise((resolve) => held.push(() => resolve('OK'))));
    store.append(at(clock, '192.0.2.1'));
    for (let i = 0; i < 100; i++) await clock.advance(100);
    expect([host.told, client.open]).toEqual([[], 2]);
    client.answer = () => 'OK';
    for (const answer of held) answer();
    await store.flush();
    await clock.advance(60_000);
    expect([host.told, client.open, client.unanswered]).toEqual([[], 2, 0]);
  });

  test('whose commands bring nothing for 15 s is given up, though the other one is alive', async () => {
    const { client, clock, host, store } = await scene();
    client.answer = ([name]) => (name === 'PING' ? 'PONG' : never());
    store.append(at(clock, '192.0.2.1'));
    for (let i = 0; i < 148; i++) await clock.advance(100);
    expect(host.told).toEqual([]);
    for (let i = 0; i < 10; i++) await clock.advance(100);
    expect(host.told).toEqual(['unreachable']);
  });

  test('that stands still is given up a second after the next change', async () => {
    const { client, clock, host, store } = await scene();
    client.answer = never;
    store.append(at(clock, '192.0.2.1'));
    for (let i = 0; i < 9; i++) await clock.advance(100);
    expect(host.told).toEqual([]);
    for (let i = 0; i < 3; i++) await clock.advance(100);
    expect(host.told).toEqual(['unreachable']);
  });

  test('errors that come after its end harm nobody', async () => {
    const { client, clock, host, store } = await scene();
    const closed = store.close();
    await clock.advance(1_000);
    await closed;
    for (const connection of client.connections) connection.break();
    client.say('{', CHANNEL);
    await clock.advance(60_000);
    expect([host.told, client.open, clock.pending]).toEqual([[], 0, 0]);
  });
});

describe('a flood', () => {
  test('of changes while the engine is gone: the newest of each endpoint is kept, at most 100,000', async () => {
    const { client, clock, host, store } = await scene((straw) => {
      straw.connecting = never;
    });
    for (let i = 0; i < 100_010; i++) store.append(at(clock, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`));
    expect(host.told).toEqual(['unreachable', 'too-many']);
    client.connecting = async () => {};
    for (let i = 0; i < 20; i++) await clock.advance(500);
    await store.flush();
    const sets = client.connections.flatMap(({ sent }) => sent.filter(([name]) => name === 'SET'));
    expect(sets).toHaveLength(100_000);
    expect(sets[0]?.[1]).toBe(`${PLACE}v:10.0.0.10|853|dot`);
  });

  test('of messages: what is beyond 20,000 at once and 2,000 a second is not read', async () => {
    const { client, clock, host } = await scene();
    const message = (i: number) =>
      JSON.stringify({ by: 'x', lifeMs: 1_000, ageMs: 0, ...at(clock, `10.1.${i >> 8}.${i & 255}`) });
    for (let i = 0; i < 30_000; i++) client.say(message(i), CHANNEL);
    expect(host.hints.length).toBe(20_000);
    expect(host.told).toEqual(['rubbish']);
    await clock.advance(1_000);
    for (let i = 0; i < 30_000; i++) client.say(message(30_000 + i), CHANNEL);
    expect(host.hints.length).toBe(22_000);
  });

  test('of pages: a scan that never ends is given up', async () => {
    let pages = 0;
    const { clock, host } = await scene((straw) => {
      straw.answer = ([name]) => {
        if (name === 'SCAN') pages++;
        return name === 'SCAN' ? ['7', []] : null;
      };
    });
    for (let i = 0; i < 300; i++) await clock.advance(1_000);
    expect(pages).toBe(20_000);
    expect(host.told).toEqual([]);
  });
});

describe('members with different TLS', () => {
  const alert = { phase: 'handshake', kind: 'alert' } as const;
  const closed = { phase: 'handshake', kind: 'closed' } as const;

  test('M11 what one cannot negotiate is no verdict for another, told or found; any other failure is', async () => {
    const told = (clock: VirtualClock, address: string, how: typeof alert | typeof closed) =>
      JSON.stringify({ by: 'x', lifeMs: 60_000, ageMs: 0, ...badOf(address, { savedAt: clock.wall(), ...how }) });
    const found = new Map<string, string>();
    const { client, clock, host } = await scene((straw) => {
      const { clock: engine } = new Host();
      found.set(`${PLACE}v:192.0.2.1|853|dot`, told(engine, '192.0.2.1', alert));
      found.set(`${PLACE}v:192.0.2.2|853|dot`, told(engine, '192.0.2.2', closed));
      straw.answer = ([name, key = '']) => {
        if (name === 'SCAN') return ['0', [...found.keys()]];
        return name === 'GETRANGE' ? found.get(key) : 60_000;
      };
    });
    client.say(told(clock, '192.0.2.3', alert), CHANNEL);
    client.say(told(clock, '192.0.2.4', closed), CHANNEL);
    expect(host.hints.map(({ address }) => address)).toEqual(['192.0.2.2', '192.0.2.4']);
    expect(host.told).toEqual([]);
  });

  test.each([
    ['M11 Bad by an alert: it is told, and its lease is given back, so that each may try', alert, 1],
    ['Bad by its end: it is told, and its lease is left, so that all hear of it first', closed, 0],
  ] as const)('%s', async (_what, how, givenBack) => {
    const { client, clock, host, store } = await scene((straw) => {
      straw.answer = ([name]) => (name === 'SET' ? 'OK' : null);
    });
    const wish = wishFor('192.0.2.1');
    expect(await store.lease(wish, 7_000)).toBe(true);
    store.append(host.hold(badOf('192.0.2.1', { savedAt: clock.wall(), ...how })));
    store.release(wish.endpoint);
    await store.flush();
    const sent = client.connections.flatMap((connection) => connection.sent);
    const counted = ['PUBLISH', 'EVAL'].map((what) =>
      sent.filter(([name, at]) => name === what && !at?.includes('beat')),
    );
    expect(counted.map(({ length }) => length)).toEqual([1, givenBack]);
  });
});

test('a lease that is given back is deleted only where it is still ours', async () => {
  const { client, store } = await scene((straw) => {
    straw.answer = ([name]) => (name === 'SET' ? 'OK' : null);
  });
  const wish = wishFor('192.0.2.1');
  expect(await store.lease(wish, 7_000.5)).toBe(true);
  store.release(wish.endpoint);
  store.release(wish.endpoint);
  const sent = client.connections.flatMap((connection) => connection.sent);
  const [set] = sent.filter(([name]) => name === 'SET');
  const evals = sent.filter(([name]) => name === 'EVAL');
  const key = `${PLACE}l:192.0.2.1|853|dot`;
  expect(set).toEqual(['SET', key, expect.stringMatching(/^[0-9a-f-]{36}$/), 'NX', 'PX', '7001']);
  expect(evals).toEqual([['EVAL', expect.stringContaining('get'), '1', key, set?.[2]]]);
  // An engine that is full refuses a script with such a line, though it only deletes.
  expect(evals[0]?.[1]).not.toMatch(/^#!/);
});

test.each([
  ['nothing', undefined],
  ['no client', { vantage: 'ams1' }],
  ['a client without duplicate', { client: {}, vantage: 'ams1' }],
  ['a prefix with a star', { client: new StrawClient(), vantage: 'ams1', prefix: 'a*' }],
  ['no vantage', { client: new StrawClient() }],
  ['an empty vantage', { client: new StrawClient(), vantage: '' }],
  ['half a character', { client: new StrawClient(), vantage: '\ud800' }],
])('options: %s is refused with a code', (_what, options) => {
  expect(() => new RedisStore(options as unknown as RedisStoreOptions)).toThrow(InvalidInputError);
});

test('a client needs no more than duplicate, and any name makes a vantage', () => {
  const client: RedisClient = new StrawClient();
  expect(() => new RedisStore({ client, vantage: 'Café, 2nd floor*', prefix: 'my:{dns}' })).not.toThrow();
});
