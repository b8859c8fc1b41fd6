import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Fault, VirtualClock } from '../../src/testing/index.js';
import { seededRandom } from '../../src/testing/random.js';
import { type Crowd, crowd } from '../support/crowd.js';
import { type Lab, lab } from '../support/lab.js';
import { Load } from '../support/load.js';
import { loopBeat } from '../support/loop-beat.js';
import { MINUTE, SECOND } from '../support/world.js';
import { nameOf } from '../transport/support.js';

const SERVERS = 22;
/** 300 queries a second. */
const STEP_MS = 10;
const PER_STEP = 3;

/** Lets what goes over loopback arrive, and its answer too. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function setAll(c: Crowd, fault: Fault): Promise<void> {
  await Promise.all(c.members.map(({ server }) => server.setFault(fault)));
}

/** Queries in turns to all servers of a crowd. */
class Traffic {
  readonly load: Load;
  readonly #crowd: Crowd;
  readonly #step: () => Promise<void>;
  #next = 0;

  constructor(c: Crowd, now: () => number, step: () => Promise<void>) {
    this.#crowd = c;
    this.#step = step;
    this.load = new Load(now);
  }

  /** Goes on for so many milliseconds, or until a condition holds; tells how long. */
  async run(ms: number, until: () => boolean = () => false): Promise<number> {
    const steps = ms / STEP_MS;
    for (let step = 0; step < steps; step++) {
      if (until()) return step * STEP_MS;
      for (let i = 0; i < PER_STEP; i++) this.#ask();
      await this.#step();
    }
    return ms;
  }

  #ask(): void {
    const { members } = this.#crowd;
    const member = members[this.#next % members.length];
    this.#next++;
    if (member !== undefined) this.load.begin(this.#crowd.ask(member, `n${this.#next}.example.test`));
  }
}

describe('Q20', () => {
  it.each([
    [4 * SECOND, 2 * MINUTE],
    [SECOND / 2, 5 * SECOND],
  ])(
    'Q20 853 is lost for %i ms on the virtual clock: no query fails or waits long, encrypted again within %i',
    async (outageMs, withinMs) => {
      const clock = new VirtualClock();
      const c = await crowd([{ count: SERVERS }], '127.125', { clock, random: seededRandom(1) });
      c.makeGood(c.members);
      const traffic = new Traffic(
        c,
        () => clock.now(),
        async () => {
          await clock.advance(STEP_MS);
          await turns();
        },
      );
      const { load } = traffic;
      await traffic.run(3 * SECOND);
      expect([load.failures, load.encryptedShare]).toEqual([[], 1]);
      await setAll(c, 'lost');
      await traffic.run(outageMs);
      expect(load.failures).toEqual([]);
      await setAll(c, 'good');
      const recovered = await traffic.run(withinMs, () => load.encryptedShare >= 0.99);
      expect(recovered).toBeLessThan(withinMs);
      // Those that are under way now, too.
      await traffic.run(SECOND);
      expect(load.failures).toEqual([]);
      // The longest hedge delay, and a round trip, which takes some steps here.
      expect(load.slowest).toBeLessThanOrEqual(SECOND + 10 * STEP_MS);
      expect(c.members.map(({ target }) => c.selector.explain(target).status)).toEqual(new Array(SERVERS).fill('Good'));
    },
  );

  it('Q20 853 is lost for 4 s: no query fails, encrypted again within 2 min', async () => {
    const c = await crowd([{ count: SERVERS }], '127.126');
    c.makeGood(c.members);
    const traffic = new Traffic(
      c,
      () => performance.now(),
      () => wait(STEP_MS),
    );
    const { load } = traffic;
    await traffic.run(SECOND);
    await setAll(c, 'lost');
    await traffic.run(4 * SECOND);
    await setAll(c, 'good');
    const recovered = await traffic.run(2 * MINUTE, () => load.encryptedShare >= 0.99);
    expect(recovered).toBeLessThan(2 * MINUTE);
    await expect.poll(() => load.open, { timeout: 10_000 }).toBe(0);
    expect(load.failures).toEqual([]);
    expect(c.members.map(({ target }) => c.selector.explain(target).status)).toEqual(new Array(SERVERS).fill('Good'));
  });
});

/** The host computes something and lets nobody else run. */
function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  // The standstill that is to be shown is no disturbance.
  loopBeat.take();
}

const QUERIES = 100;

async function answeredOverDot(l: Lab, asked: readonly ReturnType<Lab['ask']>[]): Promise<void> {
  const results = await Promise.all(asked);
  expect(results.map(({ message }) => nameOf(message))).toEqual(asked.map((_, i) => `n${i}.example.test`));
  expect(results.filter(({ transport, encrypted }) => transport === 'dot' && encrypted).length).toBe(QUERIES);
  const { queries, clearToGood } = l.selector.metrics();
  expect(queries).not.toHaveProperty('hedged');
  expect(clearToGood).toEqual({});
  expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
  expect(l.server.counters).toMatchObject({ connections: 1, udpQueries: 0, tcpQueries: 0 });
}

describe('Q23', () => {
  const names = Array.from({ length: QUERIES }, (_, i) => `n${i}.example.test`);

  it.each([400, 5_000])(
    'Q23 the host blocks the loop for %i ms, and 100 answers lie unread: no hedge, no strike',
    async (ms) => {
      const l = await lab({ batch: QUERIES }, { policy: 'default' });
      await l.warmUp();
      await l.server.setFault('reverse');
      const { dotAnswers } = l.server.counters;
      const asked = names.map((name) => l.ask(name));
      await l.server.until((counters) => counters.dotAnswers === dotAnswers + QUERIES);
      block(ms);
      await answeredOverDot(l, asked);
    },
  );
});
