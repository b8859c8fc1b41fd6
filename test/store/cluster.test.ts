import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Channel, HubStore, MemberStore, portChannel } from '../../src/store/cluster/index.js';
import { badOf, goodOf } from '../support/store.js';
import { SECOND, type World, World as WorldOf, type WorldOptions, world } from '../support/world.js';

const A = '192.0.2.1';
const B = '192.0.2.2';

/** Two ends of a channel without threads: what is sent is heard at once, as a copy. */
function pair(): [Channel & { end(): void }, Channel & { end(): void }] {
  const ends = [0, 1].map(() => ({ heard: (_: unknown): void => {}, gone: (): void => {} }));
  const side = (own: number) => ({
    send: (message: unknown) => ends[1 - own]?.heard(structuredClone(message)),
    listen(heard: (message: unknown) => void, gone: () => void) {
      ends[own] = { heard, gone };
    },
    close: () => {
      ends[own] = { heard: () => {}, gone: () => {} };
    },
    end: () => {
      for (const end of ends) end.gone();
    },
  });
  return [side(0), side(1)];
}

/** A hub and members around it, all on one clock each. */
async function cluster(count: number, options: WorldOptions = {}) {
  const store = new HubStore();
  const hub = world({ ...options, store });
  store.serve(hub.selector);
  await hub.clock.advance(0);
  const members: World[] = [];
  const channels: ReturnType<typeof pair>[] = [];
  for (let index = 0; index < count; index++) {
    const [near, far] = pair();
    channels.push([near, far]);
    store.connect(near);
    const made = new WorldOf({ ...options, store: new MemberStore(far) });
    onTestFinished(() => made.end());
    members.push(made);
  }
  const all = [hub, ...members];
  const pass = async (ms: number) => {
    for (let past = 0; past <= ms; past += 100) for (const one of all) await one.clock.advance(100);
  };
  await pass(100);
  return { store, hub, members: members as [World, World], channels, pass };
}

async function ripen(w: World, server: string): Promise<void> {
  for (let contact = 0; contact < 3; contact++) await w.ask(server);
}

describe('one hub and its members', () => {
  it('what a member would probe the hub probes, once, and all know it', async () => {
    const { hub, members, pass } = await cluster(2);
    for (const one of members) await ripen(one, A);
    await pass(500);
    expect([hub.begun(A).length, ...members.map((one) => one.begun(A).length)]).toEqual([1, 0, 0]);
    for (const one of [hub, ...members]) expect(one.status(A)).toBe('Good');
    expect((await members[0].ask(A)).transport).toBe('dot');
  });

  it('who comes later is told all, and by the hub what others find out in their queries', async () => {
    const { hub, store, members, pass } = await cluster(2);
    hub.makeGood(A);
    members[0].makeGood(B);
    await pass(100);
    expect(members[1].status(B)).toBe('Good');
    const [near, far] = pair();
    store.connect(near);
    const late = world({ store: new MemberStore(far) });
    await late.clock.advance(0);
    await hub.clock.advance(0);
    expect([late.status(A), late.status(B), store.members]).toEqual(['Good', 'Good', 3]);
  });

  it('a hub that has gone: a member probes by itself, and finds it again when it is back', async () => {
    const { hub, members, pass } = await cluster(1);
    const [only] = members;
    await only.clock.advance(5 * SECOND);
    await ripen(only, A);
    await only.clock.advance(SECOND);
    expect([only.status(A), only.begun(A).length, hub.begun(A).length]).toEqual(['Good', 1, 0]);
    await pass(2 * SECOND);
    await ripen(only, B);
    await pass(500);
    expect([only.status(B), only.begun(B).length, hub.begun(B).length]).toEqual(['Good', 0, 1]);
  });

  it('a member that has gone is forgotten', async () => {
    const { store, channels } = await cluster(2);
    channels[0]?.[0].end();
    expect(store.members).toBe(1);
  });

  it('garbled messages change nothing, nor do those of somebody who never joined', async () => {
    const { store, hub, channels, pass } = await cluster(1);
    const [near, far] = pair();
    store.connect(near);
    for (const message of [
      ...[
        null,
        1,
        'join',
        {},
        { dotscout: 'verdicts' },
        { dotscout: 'verdicts', verdicts: Array(501).fill(goodOf(A)) },
      ],
      ...[
        { dotscout: 'verdicts', verdicts: [null, { address: 'x' }] },
        { dotscout: 'want', address: 1 },
      ],
      { dotscout: 'want', address: 'x', port: -1, clearPort: 0, zone: '' },
    ]) {
      channels[0]?.[1].send(message);
    }
    far.send({ dotscout: 'verdicts', verdicts: [badOf(A)] });
    await pass(500);
    expect([hub.entries(), hub.begun()]).toEqual([[], []]);
  });

  it('thousands at once go in messages of bounded size, a turn each', async () => {
    const { hub, members, pass } = await cluster(1);
    const sizes: number[] = [];
    const addresses = Array.from({ length: 1_200 }, (_, index) => `10.${index % 100}.${Math.floor(index / 100)}.53`);
    for (const address of addresses) hub.makeGood(address);
    await pass(300);
    sizes.push(members[0].entries().length);
    expect(sizes).toEqual([1_200]);
  });

  it('over a MessagePort', async () => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const heard = new Promise((resolve) => portChannel(port2).listen(resolve, () => {}));
    portChannel(port1).send({ dotscout: 'beat' });
    portChannel(port1).send(() => 'cannot be cloned');
    expect(await heard).toEqual({ dotscout: 'beat' });
  });
});
