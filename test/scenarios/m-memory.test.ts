import { describe, expect, it, vi } from 'vitest';
import type { StoreInfo } from '../../src/observe/events.js';
import { TransportSelector } from '../../src/selector.js';
import { FileStore, readVerdictLines, verdictLines } from '../../src/store/index.js';
import type { ProbeWish, SharingStore, Store, StoreHost } from '../../src/store/store.js';
import type { StoredVerdict } from '../../src/store/verdict.js';
import { badOf, goodOf, place } from '../support/store.js';
import { DAY, HOUR, MINUTE, mostWithin, SECOND, servers, type World, world } from '../support/world.js';

const A = '192.0.2.1';
const B = '192.0.2.2';
const START = Date.UTC(2026, 0, 1);

/** A store in memory, that remembers what was handed to it. */
class Shelf implements Store {
  readonly kept: StoredVerdict[];
  readonly appended: StoredVerdict[] = [];
  host: StoreHost | undefined;
  compactions = 0;

  constructor(kept: readonly StoredVerdict[] = []) {
    this.kept = [...kept];
  }

  async open(host: StoreHost): Promise<readonly StoredVerdict[]> {
    this.host = host;
    return this.kept;
  }

  append(verdict: StoredVerdict): void {
    this.appended.push(verdict);
  }

  async compact(): Promise<void> {
    this.compactions++;
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}

/** A world whose store has been read. */
async function withStore(store: Store): Promise<World> {
  const w = world({ store });
  await w.clock.advance(0);
  return w;
}

describe('what outlives the process', () => {
  it('M4 Good: the first query goes over DoT, nothing on 53', async () => {
    const w = await withStore(new Shelf([goodOf(A)]));
    expect((await w.ask(A)).transport).toBe('dot');
    expect([w.do53.calls, w.begun()]).toEqual([[], []]);
  });

  it('M4 Bad: nothing on 853 until its time is over, to the millisecond', async () => {
    const w = await withStore(new Shelf([badOf(A, { leftMs: HOUR })]));
    await w.clock.advance(HOUR - 1);
    await w.contact(A);
    expect([w.status(A), w.begun()]).toEqual(['Bad', []]);
    await w.clock.advance(1);
    await w.contact(A);
    await w.clock.advance(1_000);
    expect(w.begun(A)).toHaveLength(1);
  });

  it('M2 a probe in flight at the kill: Unknown after the start, and probed as ever', async () => {
    const path = await place();
    const before = world({ store: new FileStore({ path }), probes: { script: { [A]: 'never' } } });
    await vi.waitFor(() => expect(before.selector.peek(A).reason).not.toBe('loading'));
    for (let contact = 0; contact < 3; contact++) await before.ask(A);
    expect(before.status(A)).toBe('Busy');
    await before.selector.flush();
    await before.end();
    const w = world({ store: new FileStore({ path }) });
    await vi.waitFor(() => expect(w.selector.peek(A).reason).toBe('unknown'));
    for (let contact = 0; contact < 3; contact++) await w.ask(A);
    await w.clock.advance(SECOND);
    expect(w.status(A)).toBe('Good');
  });

  it('M5 10,000 remembered servers, all due and all asked for at once: no burst, and none in clear text', async () => {
    const kept = servers(10_000).map((address) => goodOf(address, { refreshMs: -DAY, savedAt: START }));
    const w = await withStore(new Shelf(kept));
    await w.clock.advance(20);
    for (let second = 0; second < 20; second++) {
      for (const address of servers(10_000)) expect(w.selector.decide(address).action).toBe('encrypt');
      await w.clock.advance(MINUTE);
    }
    const times = w.begun().map(({ at }) => at);
    expect(times.length).toBeGreaterThan(5_000);
    expect(mostWithin(times, SECOND)).toBeLessThanOrEqual(2 * 50);
  });

  it.each([
    ['earlier', -400 * DAY, 'encrypt'],
    ['a little later', 2 * DAY, 'encrypt'],
    ['much later', 3 * DAY, 'clear'],
    ['ten years later', 3_650 * DAY, 'clear'],
  ])('M6 the clock at load is %s than at the save', async (_, laterMs, action) => {
    const saved = goodOf(A, { savedAt: START - laterMs, leftMs: 90 * DAY - 1, refreshMs: 80 * DAY });
    const own = goodOf(B, { savedAt: START - laterMs });
    const w = await withStore(new Shelf([saved, own]));
    expect(w.selector.peek(B).action).toBe(action);
    // Whatever was saved, no longer than the policy would have it.
    await w.clock.advance(3 * DAY);
    expect(w.selector.peek(A).action).toBe('clear');
  });

  it.each(['ns1.example.net\n', 'a..example', `${'x'.repeat(64)}.example`])(
    'Q41 a verdict that was stored with the name %j is not restored: no rule would be found by it',
    async (name) => {
      const named = [
        goodOf(A, { nameserver: name }),
        goodOf(B, { zone: name }),
        goodOf('192.0.2.77', { zone: 'Example.ORG' }),
      ];
      const w = await withStore(new Shelf(named));
      expect(w.entries().map(({ endpoint }) => endpoint.address)).toEqual(['192.0.2.77']);
      expect(w.selector.dump()).toContain('192.0.2.77\texample.org.\t');
    },
  );

  it('what is stored: each change of verdict, what goes on being Bad, and a Good that lasts an hour longer', async () => {
    const store = new Shelf();
    const w = await withStore(store);
    w.proveNetwork();
    await w.clock.advance(SECOND);
    store.appended.length = 0;
    w.prober.set(A, 'refused');
    for (let contact = 0; contact < 3; contact++) await w.ask({ address: A, zone: 'example.org' });
    await w.clock.advance(SECOND);
    expect(store.appended).toMatchObject([{ address: A, verdict: 'bad', leftMs: DAY, zone: 'example.org.' }]);
    await w.clock.advance(DAY);
    await w.contact(A);
    await w.clock.advance(SECOND);
    expect(store.appended.slice(1)).toMatchObject([{ verdict: 'bad', leftMs: DAY, level: 1 }]);
    w.makeGood(B);
    await w.clock.advance(0);
    for (let minute = 0; minute < 121; minute++) {
      await w.ask(B);
      await w.clock.advance(MINUTE);
    }
    expect(store.appended.slice(2).map(({ verdict }) => verdict)).toEqual(['good', 'good']);
    w.selector.forget(B);
    await w.clock.advance(0);
    expect(store.appended.at(-1)).toMatchObject({ address: B, verdict: 'absent' });
  });

  it('what comes of the store goes not back into it', async () => {
    const store = new Shelf([goodOf(A)]);
    const w = await withStore(store);
    store.host?.hint(badOf(B));
    await w.clock.advance(SECOND);
    expect([w.status(B), store.appended]).toEqual(['Bad', []]);
  });

  it('on another network all is written anew, and nothing of the old one is Good', async () => {
    const store = new Shelf([goodOf(A)]);
    const w = await withStore(store);
    w.selector.networkChanged();
    expect([store.compactions, [...(store.host?.verdicts() ?? [])]]).toMatchObject([
      1,
      [{ address: A, verdict: 'unknown' }],
    ]);
  });

  it('where the guard forbids an address, it is not remembered', async () => {
    const w = await withStore(new Shelf([goodOf('127.0.0.1'), goodOf(A)]));
    expect(w.entries().map(({ endpoint }) => endpoint.address)).toEqual([A]);
  });
});

describe('while it is read', () => {
  it('all is in clear text, reason loading, and nothing is counted or probed', async () => {
    let open: (kept: StoredVerdict[]) => void = () => {};
    const store = new Shelf();
    store.open = () => new Promise((resolve) => (open = resolve));
    const w = world({ store });
    for (let contact = 0; contact < 5; contact++) expect((await w.ask(A)).decision.reason).toBe('loading');
    expect([w.selector.rank([A, B]).map(({ reason }) => reason), w.entries(), w.begun()]).toEqual([
      ['loading', 'loading'],
      [],
      [],
    ]);
    expect(w.selector.explain(A).why).toContain('still being read');
    open([goodOf(A)]);
    await w.clock.advance(0);
    expect((await w.ask(A)).transport).toBe('dot');
  });

  it('open waits for that', async () => {
    const selector = await TransportSelector.open({
      store: new Shelf([goodOf(A, { savedAt: Date.now() })]),
      guard: { allow: ['192.0.2.0/24'] },
    });
    expect(selector.peek(A).reason).toBe('good');
    await selector.close();
  });

  it('what is written anew meanwhile holds what is not in the table yet', async () => {
    const store = new Shelf(servers(2_000).map((address) => goodOf(address)));
    const w = world({ store });
    await Promise.resolve();
    await w.clock.advance(0);
    expect([...(store.host?.verdicts() ?? [])].length).toBeGreaterThanOrEqual(2_000);
  });
});

describe('a store that breaks its contract harms nobody', () => {
  const never = () => new Promise<never>(() => {});
  it.each<[string, Partial<Store>]>([
    [
      'open throws',
      {
        open: () => {
          throw new Error('no');
        },
      },
    ],
    ['open rejects', { open: () => Promise.reject(new Error('no')) }],
    ['open never settles', { open: never }],
    [
      'open brings rubbish',
      { open: async () => [null, 1, { address: 'x' }, goodOf(A, { leftMs: Number.NaN })] as never },
    ],
    ['open brings nothing', { open: async () => undefined as never }],
    [
      'append throws',
      {
        append: () => {
          throw new Error('no');
        },
      },
    ],
    [
      'compact, flush and close throw',
      {
        compact: () => {
          throw new Error('no');
        },
        flush: () => {
          throw new Error('no');
        },
        close: () => {
          throw new Error('no');
        },
      },
    ],
    ['flush and close never settle', { flush: never, close: never }],
  ])('M3 %s', async (_, broken) => {
    const store = Object.assign(new Shelf(), broken);
    const w = world({ store });
    const told: StoreInfo[] = [];
    w.selector.on('store', (info) => told.push(info));
    await w.clock.advance(11 * SECOND);
    expect(w.selector.peek(A).reason).toBe('unknown');
    for (let contact = 0; contact < 3; contact++) await w.ask(A);
    await w.clock.advance(SECOND);
    expect((await w.ask(A)).transport).toBe('dot');
    w.selector.networkChanged();
    await w.clock.advance(0);
    for (const { code } of told) expect(code).toBe('failed');
    expect(w.selector.metrics().store.failed ?? 0).toBe(told.length);
  });

  it('flush says so, with a code', async () => {
    const w = await withStore(Object.assign(new Shelf(), { flush: () => Promise.reject(new Error('full')) }));
    await expect(w.selector.flush()).rejects.toMatchObject({ code: 'STORE', message: expect.stringContaining('full') });
  });

  it('a flush that waits when the selector closes ends with CLOSED', async () => {
    const w = await withStore(Object.assign(new Shelf(), { flush: () => new Promise<never>(() => {}) }));
    const flushed = w.selector.flush().catch((error: unknown) => error);
    await w.clock.advance(SECOND);
    await w.selector.close();
    expect(await Promise.race([flushed, new Promise(setImmediate)])).toMatchObject({ code: 'CLOSED' });
  });

  it.each([{}, { open() {} }, 'path', 1])('M3 %j is no store', (store) => {
    expect(() => new TransportSelector({ store: store as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
  });
});

describe('a store that others use as well', () => {
  class Shared extends Shelf implements SharingStore {
    readonly asked: string[] = [];
    readonly released: string[] = [];
    readonly networks: (string | undefined)[] = [];
    answer: Promise<boolean> = Promise.resolve(true);

    lease({ endpoint }: ProbeWish): Promise<boolean> {
      this.asked.push(endpoint.address);
      return this.answer;
    }

    release({ address }: { address: string }): void {
      this.released.push(`${address} ${this.appended.length}`);
    }

    networkChanged(id: string | undefined): void {
      this.networks.push(id);
    }
  }

  async function probedBy(answer: Promise<boolean>): Promise<{ w: World; store: Shared }> {
    const store = new Shared();
    store.answer = answer;
    const w = await withStore(store);
    for (let contact = 0; contact < 3; contact++) await w.ask(A);
    await w.clock.advance(100);
    return { w, store };
  }

  it('who has the lease probes, and gives it back when the verdict is told', async () => {
    const { w, store } = await probedBy(Promise.resolve(true));
    expect([w.status(A), store.asked, store.released]).toEqual(['Good', [A], [`${A} 1`]]);
  });

  it('who has not waits for what the other tells, and asks again later if that does not come', async () => {
    const { w, store } = await probedBy(Promise.resolve(false));
    expect([w.status(A), w.begun(), store.released]).toEqual(['Unknown', [], []]);
    await w.ask(A);
    expect(store.asked).toHaveLength(1);
    await w.clock.advance(2 * SECOND);
    await w.ask(A);
    expect(store.asked).toHaveLength(2);
    store.host?.hint(goodOf(A));
    expect((await w.ask(A)).transport).toBe('dot');
    expect(w.selector.metrics().probes).toMatchObject({ elsewhere: 2 });
  });

  it('what is told while the lease is asked for counts once it is refused', async () => {
    const store = new Shared();
    store.lease = async () => {
      store.host?.hint(goodOf(A));
      return false;
    };
    const w = await withStore(store);
    for (let contact = 0; contact < 3; contact++) await w.ask(A);
    expect([(await w.ask(A)).transport, w.begun()]).toEqual(['dot', []]);
  });

  it('who gets no answer probes after half a second, and who gets an error at once', async () => {
    const { w } = await probedBy(new Promise(() => {}));
    expect([w.status(A), w.begun()]).toEqual(['Busy', []]);
    await w.clock.advance(500);
    expect(w.begun(A)).toHaveLength(1);
    const refused = Promise.reject(new Error('no'));
    // It waits a while before anybody asks.
    refused.catch(() => {});
    expect((await probedBy(refused)).w.status(A)).toBe('Good');
  });

  it('a probe that somebody asks for is run, whatever others do', async () => {
    const store = new Shared();
    store.answer = Promise.resolve(false);
    const w = await withStore(store);
    const probed = w.selector.probe(A);
    await w.clock.advance(10);
    expect([(await probed).evidence.result, store.asked]).toEqual(['success', []]);
  });

  it('it hears of another network by its name', async () => {
    const store = new Shared();
    const w = await withStore(store);
    w.selector.networkChanged('home');
    w.selector.networkChanged('home');
    w.selector.networkChanged();
    expect(store.networks).toEqual(['home', undefined]);
  });

  it('strangers of others take no more than half of the table', async () => {
    const store = new Shared();
    const w = world({ store, policy: { capacity: 100, prefixShare: 1, unknownShare: 1 } });
    await w.clock.advance(0);
    for (const address of servers(300)) store.host?.hint(goodOf(address));
    expect(w.entries()).toHaveLength(50);
  });
});

describe('verdicts as lines', () => {
  it('what one exports another imports, as hearsay', async () => {
    const one = world();
    one.makeGood({ address: A, zone: 'example.org' });
    one.prober.set(B, 'refused');
    for (let contact = 0; contact < 3; contact++) await one.ask(B);
    await one.clock.advance(SECOND);
    const lines = [...verdictLines(one.selector.export())];
    expect(lines.join()).not.toContain('example');
    const other = world();
    const taken = other.selector.import(readVerdictLines([...lines, '{"address":1}', 'x'.repeat(5_000), 'null', '']));
    await other.clock.advance(0);
    expect([await taken, other.status(A), other.status(B)]).toEqual([{ taken: 2, skipped: 4 }, 'Good', 'Bad']);
    expect(other.transitions.map(({ why }) => why)).toEqual(['hint', 'hint']);
  });
});
