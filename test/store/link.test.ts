import { describe, expect, test } from 'vitest';
import { HubStore, MemberStore } from '../../src/store/cluster/index.js';
import type { SharingStore, Store } from '../../src/store/store.js';
import type { StoredVerdict } from '../../src/store/verdict.js';
import type { VirtualClock } from '../../src/testing/index.js';
import { badOf, goodOf, Host, wishFor } from '../support/store.js';
import { type StrawChannel, strawPair } from '../support/straw-channel.js';

type Probed = Parameters<Parameters<HubStore['serve']>[0]['probe']>[0];

interface HubScene {
  readonly clock: VirtualClock;
  readonly hub: HubStore;
  readonly host: Host;
  readonly probed: Probed[];
  /** What a probe does. */
  probe: () => Promise<unknown>;
}

async function startHub(store?: Store): Promise<HubScene> {
  const [host, probed, hub] = [new Host(), [] as Probed[], new HubStore({ store })];
  const scene: HubScene = { ...{ clock: host.clock, hub, host, probed }, probe: async () => {} };
  hub.serve({
    probe(server) {
      probed.push(server);
      return scene.probe();
    },
  });
  await hub.open(host);
  return scene;
}

interface MemberScene {
  readonly member: MemberStore;
  readonly host: Host;
  /** The hub's end of its channel, and its own. */
  readonly ends: readonly [StrawChannel, StrawChannel];
}

/** A member with the hub's clock. */
async function startMember({ clock, hub }: HubScene): Promise<MemberScene> {
  const ends = strawPair();
  hub.connect(ends[0]);
  const [member, host] = [new MemberStore(ends[1]), new Host(clock)];
  const opened = member.open(host);
  await clock.advance(2_000);
  await opened;
  return { member, host, ends };
}

const now = (clock: VirtualClock) => ({ savedAt: clock.wall() });
const A = '192.0.2.1';
/** Which addresses it has heard of. */
const heard = ({ hints }: Host) => [...new Set(hints.map(({ address }) => address))];
/** The latest that it has heard of A. */
const latest = ({ hints }: Host) => hints.findLast(({ address }) => address === A);

describe('a member', () => {
  test('gets what the hub knows when it comes, and what it learns later', async () => {
    const scene = await startHub();
    for (let i = 0; i < 1_000; i++) scene.host.hold(goodOf(`10.0.${i >> 8}.${i & 255}`, now(scene.clock)));
    scene.host.hold(goodOf('192.0.2.9', { savedAt: scene.clock.wall() - 300_000_000 }));
    const { host } = await startMember(scene);
    expect(host.hints.length).toBe(1_000);
    const learned = badOf(A, now(scene.clock));
    scene.hub.append({ ...learned, zone: 'example.org.', nameserver: 'ns.example.org' });
    await scene.clock.advance(1);
    expect(latest(host)).toEqual(learned);
    expect(host.told).toEqual([]);
  });

  test('probes nothing: what it wishes the hub probes once, however many wish it', async () => {
    const scene = await startHub();
    const [one, two] = [await startMember(scene), await startMember(scene)];
    scene.probe = async () => {
      scene.host.hold(goodOf(A, now(scene.clock)));
      scene.hub.append(goodOf(A, now(scene.clock)));
    };
    const wish = wishFor(A);
    expect(await Promise.all([one, two].map(({ member }) => member.lease(wish)))).toEqual([false, false]);
    await scene.clock.advance(1);
    expect(scene.probed).toEqual([{ address: A, port: 53, dotPort: 853, zone: 'example.org.' }]);
    expect([one, two].map(({ host }) => latest(host)?.verdict)).toEqual(['good', 'good']);
  });

  test('wishes in vain: the hub tries again every 5 s at most', async () => {
    const scene = await startHub();
    const { member } = await startMember(scene);
    for (let i = 0; i < 100; i++) {
      expect(await member.lease(wishFor(A))).toBe(false);
      await scene.clock.advance(100);
    }
    expect(scene.probed).toHaveLength(2);
  });

  test.each([
    ['a Good that is not due for refresh', goodOf(A), 0],
    ['a Good that is', goodOf(A, { refreshMs: 0 }), 1],
    ['a Bad that is not due', badOf(A), 0],
  ])('of %s gets what the hub holds', async (_what, verdict, probes) => {
    const scene = await startHub();
    const { member, host } = await startMember(scene);
    scene.host.hold({ ...verdict, ...now(scene.clock) });
    await member.lease(wishFor(A));
    await scene.clock.advance(1);
    expect([scene.probed.length, latest(host)?.verdict]).toEqual([probes, verdict.verdict]);
  });

  test('that only decides asks for a Good of the hub’s to be confirmed once a minute, and probes nothing', async () => {
    const scene = await startHub();
    const { member, ends } = await startMember(scene);
    scene.host.hold(goodOf(A, now(scene.clock)));
    const before = ends[1].sent.length;
    for (let i = 0; i < 600; i++) {
      expect(await member.lease(wishFor(A))).toBe(false);
      await scene.clock.advance(1_000);
    }
    const wishes = ends[1].sent.slice(before).filter((sent) => (sent as { type?: string }).type === 'batch');
    expect([wishes.length, scene.probed.length]).toEqual([10, 0]);
  });

  test('tries itself what it holds for Bad and the hub for Good, and leaves the rest of the Bad to the hub', async () => {
    const scene = await startHub();
    const { member, host } = await startMember(scene);
    const wish = wishFor(A);
    host.hold(badOf(A, now(scene.clock)));
    scene.hub.append(badOf(A, { savedAt: scene.clock.wall() - 86_300_000 }));
    await scene.clock.advance(1);
    expect(await member.lease(wish)).toBe(false);
    scene.hub.append(goodOf(A, now(scene.clock)));
    await scene.clock.advance(1);
    expect(await member.lease(wish)).toBe(true);
  });

  test('tells what it learns: the hub and the other members take it for a hint, it itself hears no echo', async () => {
    const scene = await startHub();
    const [one, two] = [await startMember(scene), await startMember(scene)];
    one.member.append(goodOf(A, now(scene.clock)));
    await scene.clock.advance(1);
    await one.member.flush();
    expect([scene.host, one.host, two.host].map(heard)).toEqual([[A], [], [A]]);
  });

  test('probes by itself what the hub has not probed within a minute', async () => {
    const scene = await startHub();
    const { member } = await startMember(scene);
    scene.probe = () => Promise.reject(new Error('no budget'));
    const wish = wishFor(A);
    const asked: boolean[] = [];
    for (let i = 0; i < 10; i++) {
      asked.push(await member.lease(wish));
      await scene.clock.advance(10_000);
    }
    expect(asked).toEqual([false, false, false, false, false, false, false, true, false, false]);
  });
});

describe('a hub that', () => {
  test('is not there: lost is told once, the member probes by itself and keeps what it learns', async () => {
    const [hubs, own] = strawPair();
    const [member, host, hub] = [new MemberStore(own), new Host(), new HubStore()];
    const { clock } = host;
    const opened = member.open(host);
    await clock.advance(2_000);
    await opened;
    expect(await member.lease(wishFor(A))).toBe(true);
    member.append(goodOf(A, now(clock)));
    await expect(member.flush()).rejects.toThrow('nobody reads');
    expect(host.told).toEqual(['unreachable']);
    const hubHost = new Host(clock);
    hub.connect(hubs);
    await hub.open(hubHost);
    await clock.advance(1);
    await member.flush();
    expect([heard(hubHost), host.told]).toEqual([[A], ['unreachable', 'recovered']]);
    expect(await member.lease(wishFor(A))).toBe(false);
  });

  test('stands still is noticed at the first wish, and caught up with when it goes on', async () => {
    const scene = await startHub();
    const { member, host, ends } = await startMember(scene);
    ends[1].hold();
    expect(await member.lease(wishFor(A))).toBe(false);
    await scene.clock.advance(1_001);
    expect(host.told).toEqual(['unreachable']);
    expect(await member.lease(wishFor(A))).toBe(true);
    for (let i = 0; i < 1_000; i++) member.append(goodOf(A, now(scene.clock)));
    await scene.clock.advance(10_000);
    expect(scene.host.hints.length).toBe(0);
    ends[1].release();
    await scene.clock.advance(1);
    expect([host.told, heard(scene.host)]).toEqual([['unreachable', 'recovered'], [A]]);
  });

  test('says goodbye is lost, and another one in its place is found', async () => {
    const scene = await startHub();
    const { member, host, ends } = await startMember(scene);
    await scene.hub.close();
    expect(host.told).toEqual(['unreachable']);
    member.append(goodOf(A, now(scene.clock)));
    const next = await startHub();
    next.hub.connect(ends[0]);
    await next.clock.advance(1);
    await scene.clock.advance(1);
    expect([host.told, heard(next.host)]).toEqual([['unreachable', 'recovered'], [A]]);
  });

  test('ends is lost for good, and nothing throws', async () => {
    const scene = await startHub();
    const { member, host, ends } = await startMember(scene);
    ends[1].end();
    expect(host.told).toEqual(['unreachable']);
    member.append(goodOf(A, now(scene.clock)));
    expect(await member.lease(wishFor(A))).toBe(true);
    await scene.clock.advance(10_000);
    expect(host.told).toEqual(['unreachable']);
  });
});

describe('the hub', () => {
  test('holds a bounded number of changes for a member that does not read, and sends it one message', async () => {
    const scene = await startHub();
    const { host, ends } = await startMember(scene);
    ends[0].hold();
    const before = ends[0].sent.length;
    for (let i = 0; i < 25_000; i++) {
      scene.hub.append(goodOf(`10.0.${i >> 8}.${i & 255}`, now(scene.clock)));
      if (i % 1_000 === 0) await scene.clock.advance(100);
    }
    expect(ends[0].sent.length - before).toBe(1);
    ends[0].release();
    await scene.clock.advance(1);
    expect(host.hints.length).toBeGreaterThanOrEqual(20_000);
    expect(host.hints.length).toBeLessThanOrEqual(20_200);
    expect(heard(host)).toContain('10.0.97.167');
  });

  test('changes of one turn go in one message, the newest of each', async () => {
    const scene = await startHub();
    const { host, ends } = await startMember(scene);
    const before = ends[0].sent.length;
    for (let i = 0; i < 100; i++) scene.hub.append(badOf(A, now(scene.clock)));
    scene.hub.append(goodOf(A, now(scene.clock)));
    scene.hub.append(goodOf('192.0.2.2', now(scene.clock)));
    await scene.clock.advance(1);
    expect(ends[0].sent.length - before).toBe(1);
    expect(host.hints.map(({ verdict }) => verdict)).toEqual(['good', 'good']);
  });

  test('forgets a member that has ended', async () => {
    const scene = await startHub();
    const { ends } = await startMember(scene);
    ends[0].end();
    const before = ends[0].sent.length;
    scene.hub.append(goodOf(A, now(scene.clock)));
    await scene.clock.advance(10_000);
    expect([ends[0].sent.length - before, ends[0].isClosed, scene.clock.pending]).toEqual([0, true, 0]);
    expect(scene.hub.members).toBe(0);
  });

  test('sends nothing to a member whose selector is closed, and all to the next one in its place', async () => {
    const scene = await startHub();
    const { member, ends } = await startMember(scene);
    await member.close();
    const before = ends[0].sent.length;
    scene.host.hold(goodOf(A, now(scene.clock)));
    scene.hub.append(goodOf(A, now(scene.clock)));
    await scene.clock.advance(10_000);
    expect(ends[0].sent.length).toBe(before);
    const [next, host] = [new MemberStore(ends[1]), new Host(scene.clock)];
    const opened = next.open(host);
    await scene.clock.advance(1);
    await opened;
    expect(heard(host)).toEqual([A]);
  });

  test('ignores what is no message of ours, and of a broken one keeps what is sound', async () => {
    const scene = await startHub();
    const { member, ends } = await startMember(scene);
    const batch = { dotscout: 1, type: 'batch', number: 1, vantage: null, verdicts: [], wishes: [], isWhole: false };
    const sound = goodOf(A, now(scene.clock));
    const wish = { address: '192.0.2.3', dotPort: 853, port: 53, zone: 'example.org.' };
    const hostile: unknown[] = [
      ...[undefined, null, 1, 'dotscout', [], {}, { dotscout: 1 }, { dotscout: 2, type: 'hello' }],
      ...[
        { type: 'batch', verdicts: [] },
        { ...batch, verdicts: null },
        { ...batch, number: -1 },
      ],
      { ...batch, verdicts: Array.from({ length: 100_000 }, () => sound) },
      { ...batch, vantage: 'elsewhere', verdicts: [goodOf('192.0.2.2', now(scene.clock))] },
      { dotscout: 1, type: 'hello', id: 'x'.repeat(10_000), vantage: null, isAnswer: false },
      { dotscout: 1, type: 'got', number: 1e300 },
      { ...batch, verdicts: [null, { ...sound, port: 0 }, { ...sound, address: '192.0.2.01' }, sound] },
      { ...batch, wishes: [null, 7, {}, { ...wish, dotPort: 0 }, { ...wish, address: 'ns.example.org' }] },
    ];
    for (const message of hostile) ends[1].send(message);
    await scene.clock.advance(1);
    expect(heard(scene.host)).toEqual([A]);
    expect(scene.probed).toEqual([]);
    expect(await member.lease(wishFor('192.0.2.4'))).toBe(false);
    await scene.clock.advance(1);
    expect(scene.probed).toHaveLength(1);
  });

  test('has a store beside: it loads, is told, and what it hears from other hosts the members hear as well', async () => {
    const told: string[] = [];
    let hint: (verdict: StoredVerdict) => void = () => {};
    const store: Store = {
      async open(host) {
        hint = host.hint;
        return [goodOf('192.0.2.7', { savedAt: host.clock.wall() })];
      },
      append: ({ address }) => void told.push(address),
      compact: async () => void told.push('compact'),
      flush: async () => void told.push('flush'),
      close: async () => void told.push('close'),
    };
    const scene = await startHub(store);
    const { host } = await startMember(scene);
    hint(goodOf(A, now(scene.clock)));
    scene.hub.append(badOf('192.0.2.2', now(scene.clock)));
    await scene.clock.advance(1);
    expect(heard(scene.host)).toEqual([A]);
    expect(heard(host)).toEqual([A, '192.0.2.2']);
    await scene.hub.compact();
    await scene.hub.flush();
    expect(await scene.hub.lease(wishFor(A), 1)).toBe(true);
    await scene.hub.close();
    expect(told).toEqual(['192.0.2.2', 'compact', 'flush', 'close']);
  });
});

test('a hub whose own store is shared with other hosts leaves it to that who probes, and tells it what members find', async () => {
  const told: unknown[] = [];
  const store: SharingStore = {
    open: async () => [],
    append: ({ address }) => void told.push(address),
    compact: async () => {},
    flush: async () => {},
    close: async () => {},
    lease: async () => false,
    release: ({ address }) => void told.push(`released ${address}`),
    networkChanged: (id) => void told.push(id),
  };
  const scene = await startHub(store);
  const { member } = await startMember(scene);
  expect(await scene.hub.lease(wishFor(A), 7_000)).toBe(false);
  scene.hub.release(wishFor(A).endpoint);
  member.append(goodOf(A, now(scene.clock)));
  await scene.clock.advance(1);
  scene.hub.networkChanged('b');
  expect(told).toEqual([`released ${A}`, A, 'b']);
});

describe('another network', () => {
  test('what is true of one is not read on another, and both hear each other once they are on the same', async () => {
    const scene = await startHub();
    const { member, host } = await startMember(scene);
    scene.hub.networkChanged('b');
    scene.hub.append(goodOf(A, now(scene.clock)));
    await scene.clock.advance(1);
    member.append(goodOf('192.0.2.2', now(scene.clock)));
    await scene.clock.advance(1);
    expect([host.hints.length, scene.host.hints.length]).toEqual([0, 0]);
    scene.host.hold(goodOf(A, now(scene.clock)));
    member.networkChanged('b');
    await scene.clock.advance(1);
    expect(heard(host)).toEqual([A]);
    member.append(goodOf('192.0.2.3', now(scene.clock)));
    await scene.clock.advance(1);
    expect(heard(scene.host)).toEqual(['192.0.2.3']);
  });
});
