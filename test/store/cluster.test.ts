import { describe, expect, test } from 'vitest';
import { InvalidInputError } from '../../src/errors.js';
import { endpointKey } from '../../src/state/model.js';
import { ClusterHub, ClusterMember, type ClusterPeer, type WishedServer } from '../../src/store/port/index.js';
import type { Store, StoredGood, StoredVerdict } from '../../src/store/store.js';
import { VirtualClock } from '../../src/testing/virtual-clock.js';
import { bad, endpointOf, type FakeHost, fakeHost, good } from '../support/store-host.js';
import { type StrawPort, strawChannel } from '../support/straw-channel.js';

interface HubScene {
  readonly clock: VirtualClock;
  readonly hub: ClusterHub;
  readonly host: FakeHost;
  readonly probed: WishedServer[];
  /** What a probe does. */
  probe: (server: WishedServer) => Promise<unknown>;
}

async function startHub(store?: Store): Promise<HubScene> {
  const clock = new VirtualClock();
  const probed: WishedServer[] = [];
  const host = fakeHost(clock);
  const scene: HubScene = {
    ...{ clock, host, probed, probe: async () => {} },
    hub: new ClusterHub({
      store,
      probe: (server) => {
        probed.push(server);
        return scene.probe(server);
      },
    }),
  };
  await scene.hub.open(host);
  return scene;
}

interface MemberScene {
  readonly member: ClusterMember;
  readonly host: FakeHost;
  /** The hub's end of its channel, and its own. */
  readonly ports: readonly [StrawPort, StrawPort];
}

async function startMember({ clock, hub }: HubScene): Promise<MemberScene> {
  const ports = strawChannel();
  hub.join(ports[0]);
  const member = new ClusterMember(ports[1]);
  const host = fakeHost(clock);
  const opened = member.open(host);
  await clock.advance(2_000);
  await opened;
  return { member, host, ports };
}

function hold(host: FakeHost, verdict: StoredVerdict): void {
  host.held.set(endpointKey(verdict), verdict);
}

const now = (clock: VirtualClock) => ({ savedAt: clock.wall() });
const { state: goodState } = good('192.0.2.1') as { state: StoredGood };
const KEY = '192.0.2.1|853|dot';

describe('a member', () => {
  test('gets what the hub knows when it comes, and what it learns later', async () => {
    const scene = await startHub();
    for (let i = 0; i < 1_000; i++) hold(scene.host, good(`10.0.${i >> 8}.${i & 255}`, now(scene.clock)));
    hold(scene.host, good('192.0.2.9', { savedAt: scene.clock.wall() - 300_000_000 }));
    const { host } = await startMember(scene);
    expect(host.hints.size).toBe(1_000);
    const learned = bad('192.0.2.1', now(scene.clock));
    scene.hub.append({ ...learned, zone: 'example.org.', nameserver: 'ns.example.org' });
    await scene.clock.advance(1);
    expect(host.hints.get(KEY)).toEqual(learned);
    expect(host.codes).toEqual([]);
  });

  test('probes nothing: what it wishes the hub probes once, however many wish it', async () => {
    const scene = await startHub();
    const [one, two] = [await startMember(scene), await startMember(scene)];
    scene.probe = async () => {
      hold(scene.host, good('192.0.2.1', now(scene.clock)));
      scene.hub.append(good('192.0.2.1', now(scene.clock)));
    };
    const endpoint = endpointOf('192.0.2.1');
    expect(await Promise.all([one, two].map(({ member }) => member.lease(endpoint)))).toEqual([false, false]);
    await scene.clock.advance(1);
    expect(scene.probed).toEqual([{ address: '192.0.2.1', dotPort: 853, localAddress: undefined }]);
    expect([one, two].map(({ host }) => host.hints.get(KEY)?.state?.verdict)).toEqual(['good', 'good']);
  });

  test('wishes in vain: the hub tries again every 5 s at most', async () => {
    const scene = await startHub();
    const { member } = await startMember(scene);
    for (let i = 0; i < 100; i++) {
      expect(await member.lease(endpointOf('192.0.2.1'))).toBe(false);
      await scene.clock.advance(100);
    }
    expect(scene.probed).toHaveLength(2);
  });

  test.each([
    ['a Good that is not due for refresh', good('192.0.2.1'), 0],
    ['a Good that is', good('192.0.2.1', { state: { ...goodState, refreshInMs: 0 } }), 1],
    ['a Bad that is not due', bad('192.0.2.1'), 0],
  ])('of %s gets what the hub holds', async (_what, verdict, probes) => {
    const scene = await startHub();
    const { member, host } = await startMember(scene);
    hold(scene.host, { ...verdict, ...now(scene.clock) });
    await member.lease(endpointOf('192.0.2.1'));
    await scene.clock.advance(1);
    expect([scene.probed.length, host.hints.get(KEY)?.state?.verdict]).toEqual([probes, verdict.state?.verdict]);
  });

  test('that only decides asks for a Good of the hub’s to be confirmed once a minute, and probes nothing', async () => {
    const scene = await startHub();
    const { member, ports } = await startMember(scene);
    hold(scene.host, good('192.0.2.1', now(scene.clock)));
    const before = ports[1].sent.length;
    for (let i = 0; i < 600; i++) {
      expect(await member.lease(endpointOf('192.0.2.1'))).toBe(false);
      await scene.clock.advance(1_000);
    }
    const wishes = ports[1].sent.slice(before).filter((sent) => (sent as { type?: string }).type === 'batch');
    expect([wishes.length, scene.probed.length]).toEqual([10, 0]);
  });

  test('tries itself what it holds for Bad and the hub for Good, and leaves the rest of the Bad to the hub', async () => {
    const scene = await startHub();
    const { member, host } = await startMember(scene);
    const endpoint = endpointOf('192.0.2.1');
    hold(host, bad('192.0.2.1', now(scene.clock)));
    scene.hub.append(bad('192.0.2.1', { savedAt: scene.clock.wall() - 86_300_000 }));
    await scene.clock.advance(1);
    expect(await member.lease(endpoint)).toBe(false);
    scene.hub.append(good('192.0.2.1', now(scene.clock)));
    await scene.clock.advance(1);
    expect(await member.lease(endpoint)).toBe(true);
  });

  test('tells what it learns: the hub and the other members take it for a hint, it itself hears no echo', async () => {
    const scene = await startHub();
    const [one, two] = [await startMember(scene), await startMember(scene)];
    one.member.append(good('192.0.2.1', now(scene.clock)));
    await scene.clock.advance(1);
    await one.member.flush();
    expect([scene.host, one.host, two.host].map(({ hints }) => [...hints.keys()])).toEqual([[KEY], [], [KEY]]);
  });

  test('probes by itself what the hub has not probed within a minute', async () => {
    const scene = await startHub();
    const { member } = await startMember(scene);
    scene.probe = () => Promise.reject(new Error('no budget'));
    const endpoint = endpointOf('192.0.2.1');
    const asked: boolean[] = [];
    for (let i = 0; i < 10; i++) {
      asked.push(await member.lease(endpoint));
      await scene.clock.advance(10_000);
    }
    expect(asked).toEqual([false, false, false, false, false, false, false, true, false, false]);
  });
});

describe('a hub that', () => {
  test('is not there: lost is told once, the member probes by itself and keeps what it learns', async () => {
    const clock = new VirtualClock();
    const [hubs, own] = strawChannel();
    const [member, host] = [new ClusterMember(own), fakeHost(clock)];
    const opened = member.open(host);
    await clock.advance(2_000);
    await opened;
    expect(await member.lease(endpointOf('192.0.2.1'))).toBe(true);
    member.append(good('192.0.2.1', now(clock)));
    await expect(member.flush()).rejects.toThrow('nobody reads');
    expect(host.codes).toEqual(['lost']);
    const hub = new ClusterHub({ probe: async () => {} });
    const hubHost = fakeHost(clock);
    hub.join(hubs);
    await hub.open(hubHost);
    await clock.advance(1);
    await member.flush();
    expect([[...hubHost.hints.keys()], host.codes]).toEqual([[KEY], ['lost', 'back']]);
    expect(await member.lease(endpointOf('192.0.2.1'))).toBe(false);
  });

  test('stands still is noticed at the first wish, and caught up with when it goes on', async () => {
    const scene = await startHub();
    const { member, host, ports } = await startMember(scene);
    ports[1].hold();
    expect(await member.lease(endpointOf('192.0.2.1'))).toBe(false);
    await scene.clock.advance(1_001);
    expect(host.codes).toEqual(['lost']);
    expect(await member.lease(endpointOf('192.0.2.1'))).toBe(true);
    for (let i = 0; i < 1_000; i++) member.append(good('192.0.2.1', now(scene.clock)));
    await scene.clock.advance(10_000);
    expect(scene.host.hints.size).toBe(0);
    ports[1].release();
    await scene.clock.advance(1);
    expect([host.codes, [...scene.host.hints.keys()]]).toEqual([['lost', 'back'], [KEY]]);
  });

  test('says goodbye is lost, and another one in its place is found', async () => {
    const scene = await startHub();
    const { member, host, ports } = await startMember(scene);
    await scene.hub.close();
    expect(host.codes).toEqual(['lost']);
    member.append(good('192.0.2.1', now(scene.clock)));
    const next = await startHub();
    next.hub.join(ports[0]);
    await next.clock.advance(1);
    await scene.clock.advance(1);
    expect([host.codes, [...next.host.hints.keys()]]).toEqual([['lost', 'back'], [KEY]]);
  });

  test.each(['close', 'exit', 'disconnect'])('ends (%s) is lost for good, and nothing throws', async (end) => {
    const scene = await startHub();
    const { member, host, ports } = await startMember(scene);
    ports[1].emit(end);
    expect(host.codes).toEqual(['lost']);
    member.append(good('192.0.2.1', now(scene.clock)));
    expect(await member.lease(endpointOf('192.0.2.1'))).toBe(true);
    await scene.clock.advance(10_000);
    expect(host.codes).toEqual(['lost']);
  });
});

describe('the hub', () => {
  test('holds a bounded number of changes for a member that does not read, and sends it one message', async () => {
    const scene = await startHub();
    const { host, ports } = await startMember(scene);
    ports[0].hold();
    const before = ports[0].sent.length;
    for (let i = 0; i < 25_000; i++) {
      scene.hub.append(good(`10.0.${i >> 8}.${i & 255}`, now(scene.clock)));
      if (i % 1_000 === 0) await scene.clock.advance(100);
    }
    expect(ports[0].sent.length - before).toBe(1);
    ports[0].release();
    await scene.clock.advance(1);
    expect(host.hints.size).toBeGreaterThanOrEqual(20_000);
    expect(host.hints.size).toBeLessThanOrEqual(20_200);
    expect(host.hints.has('10.0.97.167|853|dot')).toBe(true);
  });

  test('changes of one turn go in one message, the newest of each', async () => {
    const scene = await startHub();
    const { host, ports } = await startMember(scene);
    const before = ports[0].sent.length;
    for (let i = 0; i < 100; i++) scene.hub.append(bad('192.0.2.1', now(scene.clock)));
    scene.hub.append(good('192.0.2.1', now(scene.clock)));
    scene.hub.append(good('192.0.2.2', now(scene.clock)));
    await scene.clock.advance(1);
    expect(ports[0].sent.length - before).toBe(1);
    expect([...host.hints.values()].map(({ state }) => state?.verdict)).toEqual(['good', 'good']);
  });

  test.each(['close', 'exit', 'disconnect'])('forgets a member that has ended (%s)', async (end) => {
    const scene = await startHub();
    const { ports } = await startMember(scene);
    ports[0].emit(end);
    const before = ports[0].sent.length;
    scene.hub.append(good('192.0.2.1', now(scene.clock)));
    await scene.clock.advance(10_000);
    expect([ports[0].sent.length - before, ports[0].listenerCount('message'), scene.clock.pending]).toEqual([0, 0, 0]);
  });

  test('sends nothing to a member whose selector is closed, and all to the next one in its place', async () => {
    const scene = await startHub();
    const { member, ports } = await startMember(scene);
    await member.close();
    const before = ports[0].sent.length;
    hold(scene.host, good('192.0.2.1', now(scene.clock)));
    scene.hub.append(good('192.0.2.1', now(scene.clock)));
    await scene.clock.advance(10_000);
    expect(ports[0].sent.length).toBe(before);
    const [next, host] = [new ClusterMember(ports[1]), fakeHost(scene.clock)];
    const opened = next.open(host);
    await scene.clock.advance(1);
    await opened;
    expect([...host.hints.keys()]).toEqual([KEY]);
  });

  test('ignores what is no message of ours, and of a broken one keeps what is sound', async () => {
    const scene = await startHub();
    const { member, ports } = await startMember(scene);
    const batch = { dotscout: 1, type: 'batch', number: 1, vantage: null, verdicts: [], wishes: [], isWhole: false };
    const sound = good('192.0.2.1', now(scene.clock));
    const hostile: unknown[] = [
      ...[undefined, null, 1, 'dotscout', [], {}, { dotscout: 1 }, { dotscout: 2, type: 'hello' }],
      ...[
        { type: 'batch', verdicts: [] },
        { ...batch, verdicts: null },
        { ...batch, number: -1 },
      ],
      { ...batch, verdicts: Array.from({ length: 100_000 }, () => sound) },
      { ...batch, vantage: 'elsewhere', verdicts: [good('192.0.2.2', now(scene.clock))] },
      { dotscout: 1, type: 'hello', id: 'x'.repeat(10_000), vantage: null, isAnswer: false },
      { dotscout: 1, type: 'got', number: 1e300 },
      { ...batch, verdicts: [null, { ...sound, port: 0 }, { ...sound, address: '192.0.2.01' }, sound] },
      { ...batch, wishes: [null, 7, {}, { ...endpointOf('192.0.2.3'), port: 'x' }, { address: 'ns.example.org' }] },
    ];
    for (const message of hostile) ports[1].postMessage(message);
    await scene.clock.advance(1);
    expect([...scene.host.hints.keys()]).toEqual([KEY]);
    expect(scene.probed).toEqual([]);
    expect(await member.lease(endpointOf('192.0.2.4'))).toBe(false);
    await scene.clock.advance(1);
    expect(scene.probed).toHaveLength(1);
  });

  test('has a store beside: it loads, is told, and what it hears from other hosts the members hear as well', async () => {
    const told: string[] = [];
    let hint: (verdict: StoredVerdict) => void = () => {};
    const store: Store = {
      async open(host) {
        hint = host.hint;
        return [good('192.0.2.7', { savedAt: host.clock.wall() })];
      },
      append: ({ address }) => void told.push(address),
      compact: async () => void told.push('compact'),
      flush: async () => void told.push('flush'),
      close: async () => void told.push('close'),
    };
    const scene = await startHub(store);
    const { host } = await startMember(scene);
    hint(good('192.0.2.1', now(scene.clock)));
    scene.hub.append(bad('192.0.2.2', now(scene.clock)));
    await scene.clock.advance(1);
    expect([...scene.host.hints.keys()]).toEqual([KEY]);
    expect([...host.hints.keys()]).toEqual([KEY, '192.0.2.2|853|dot']);
    await scene.hub.compact();
    await scene.hub.flush();
    expect(await scene.hub.lease(endpointOf('192.0.2.1'), 1)).toBe(true);
    await scene.hub.close();
    expect(told).toEqual(['192.0.2.2', 'compact', 'flush', 'close']);
  });
});

describe('another network', () => {
  test('what is true of one is not read on another, and both hear each other once they are on the same', async () => {
    const scene = await startHub();
    const { member, host } = await startMember(scene);
    scene.hub.networkChanged('b');
    scene.hub.append(good('192.0.2.1', now(scene.clock)));
    await scene.clock.advance(1);
    member.append(good('192.0.2.2', now(scene.clock)));
    await scene.clock.advance(1);
    expect([host.hints.size, scene.host.hints.size]).toEqual([0, 0]);
    hold(scene.host, good('192.0.2.1', now(scene.clock)));
    member.networkChanged('b');
    await scene.clock.advance(1);
    expect([...host.hints.keys()]).toEqual([KEY]);
    member.append(good('192.0.2.3', now(scene.clock)));
    await scene.clock.advance(1);
    expect([...scene.host.hints.keys()]).toEqual(['192.0.2.3|853|dot']);
  });
});

test.each([
  ['a hub without probe', () => new ClusterHub({} as never)],
  ['a hub with half a store', () => new ClusterHub({ probe: async () => {}, store: {} as never })],
  ['a member without a peer', () => new ClusterMember(undefined as unknown as ClusterPeer)],
  ['a peer that cannot send', () => new ClusterHub({ probe: async () => {} }).join({ on() {}, off() {} })],
])('%s is refused with a code', (_what, make) => {
  expect(make).toThrow(InvalidInputError);
});
