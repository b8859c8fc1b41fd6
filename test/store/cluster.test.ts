import { EventEmitter } from 'node:events';
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, it, onTestFinished } from 'vitest';
import { HubStore, ipcChannel, MemberStore, portChannel } from '../../src/store/cluster/index.js';
import { type StrawChannel, strawPair } from '../support/straw-channel.js';
import { SECOND, type World, World as WorldOf, type WorldOptions, world } from '../support/world.js';

const A = '192.0.2.1';
const B = '192.0.2.2';
const C = '192.0.2.3';

/** A hub and members around it, all on one clock each. */
async function cluster(count: number, options: WorldOptions = {}) {
  const store = new HubStore();
  const hub = world({ ...options, store });
  store.serve(hub.selector);
  await hub.clock.advance(0);
  const members: World[] = [];
  const channels: [StrawChannel, StrawChannel][] = [];
  for (let index = 0; index < count; index++) {
    const [near, far] = strawPair();
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
    const [near, far] = strawPair();
    store.connect(near);
    const late = world({ store: new MemberStore(far) });
    await late.clock.advance(0);
    await hub.clock.advance(0);
    expect([late.status(A), late.status(B), store.members]).toEqual(['Good', 'Good', 3]);
  });

  it('a hub that stands still: a member probes by itself, and leaves it to the hub again when it goes on', async () => {
    const { hub, members, channels, pass } = await cluster(1);
    const [only] = members;
    channels[0]?.[1].hold();
    await ripen(only, B);
    await pass(4 * SECOND);
    await ripen(only, A);
    await pass(500);
    expect([only.status(A), only.begun(A).length, hub.begun(A).length]).toEqual(['Good', 1, 0]);
    channels[0]?.[1].release();
    await pass(500);
    expect([hub.status(A), hub.begun(A).length]).toEqual(['Good', 0]);
    await ripen(only, C);
    await pass(500);
    expect([only.status(C), only.begun(C).length, hub.begun(C).length]).toEqual(['Good', 0, 1]);
  });

  it('a member that has found Bad what the hub holds for Good tries it again by itself, and finds out', async () => {
    const { hub, members, pass } = await cluster(1);
    const [only] = members;
    hub.makeGood(A);
    await pass(200);
    for (let strike = 0; strike < 3; strike++) {
      only.selector.report(only.selector.decide(A), { transport: 'dot', ok: false, phase: 'connect', kind: 'refused' });
      await pass(2 * SECOND);
    }
    expect([hub.status(A), only.status(A)]).toEqual(['Good', 'Bad']);
    for (let past = 0; past < 5 && only.status(A) === 'Bad'; past++) {
      await pass(60 * SECOND);
      await ripen(only, A);
      await pass(SECOND);
    }
    expect(only.status(A)).toBe('Good');
  });

  it('a member that has gone is forgotten', async () => {
    const { store, channels } = await cluster(2);
    channels[0]?.[0].end();
    expect(store.members).toBe(1);
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
});

describe('a channel', () => {
  it('over a MessagePort carries what can be cloned, and tells the end', async () => {
    const { port1, port2 } = new MessageChannel();
    const channel = portChannel(port2);
    const gone = new Promise<void>((resolve) => channel.listen(() => {}, resolve));
    const heard = new Promise((resolve) => portChannel(port2).listen(resolve, () => {}));
    portChannel(port1).send(() => 'cannot be cloned');
    portChannel(port1).send({ dotscout: 1 });
    expect(await heard).toEqual({ dotscout: 1 });
    port1.close();
    await gone;
    portChannel(port1).send('into the void');
  });

  it('over a worker thread tells that it has ended', () => {
    const worker = Object.assign(new EventEmitter(), { postMessage: () => {} });
    let ends = 0;
    const channel = portChannel(worker as never);
    channel.listen(
      () => {},
      () => ends++,
    );
    worker.emit('exit', 1);
    channel.close();
    worker.emit('exit', 1);
    expect([ends, worker.eventNames()]).toEqual([1, []]);
  });

  it('over IPC leaves no error to the process where it cannot send', async () => {
    class Peer extends EventEmitter {
      send(_message: unknown, sent?: (error: Error | null) => void): void {
        if (sent === undefined) this.emit('error', new Error('channel closed'));
        else sent(new Error('channel closed'));
      }
    }
    const peer = new Peer();
    const channel = ipcChannel(peer);
    channel.send('into the void');
    ipcChannel(new EventEmitter()).send('no channel at all');
    const gone = new Promise<void>((resolve) => channel.listen(() => {}, resolve));
    peer.emit('disconnect');
    await gone;
    expect(peer.listenerCount('disconnect')).toBe(1);
  });
});
