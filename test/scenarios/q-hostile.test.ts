import { describe, expect, it } from 'vitest';
import type { Fault, FaultSettings } from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { crowd } from '../support/crowd.js';
import { brisk, type Lab, lab, PATIENCE } from '../support/lab.js';
import { heldInBuffers } from '../support/memory.js';
import { type Wiretap, wiretap } from '../support/wiretap.js';
import { nameOf, never, openGuard, opt, query, withAdditional } from '../transport/support.js';

interface Tapped extends Lab {
  readonly tap: Wiretap;
}

/** What a session may read of what nobody asked for until it is closed, in octets. */
const MOST_READ = 1_000_000;

/** A strike is left to show: the probe that it wants comes later than the test ends. */
const slowToRecheck = { ...brisk, recheckMs: 60_000 };

/** A lab whose DoT connections are looked at. */
async function tapped(fault: Fault, settings: FaultSettings = {}): Promise<Tapped> {
  const tap = wiretap();
  const dot = new DotExchange({ guard: openGuard, connect: tap.connect, timeoutMs: PATIENCE });
  const l = await lab({ fault, ...settings }, { dot, policy: slowToRecheck });
  return Object.assign(l, { tap });
}

/** One failure was counted, and does not demote yet. */
function expectStrike(l: Lab): Promise<void> {
  return expect
    .poll(() => l.selector.explain(l.target))
    .toMatchObject({ status: 'Good', probe: { phase: 'wanted', purpose: 'recheck' } });
}

function expectBad(l: Lab): Promise<void> {
  return expect.poll(() => l.selector.explain(l.target).history.at(-1)).toMatchObject({ to: 'bad', why: 'strikes' });
}

describe('Q27', () => {
  it.each<[string, Fault, FaultSettings, Fault]>([
    ['messages of 65,535 octets without end', 'unasked-flood', {}, 'answer-flood'],
    ['one message of 65,535 octets', 'unasked-flood', { unasked: 1 }, 'answer-flood'],
    ['another handshake', 'renegotiate-at-once', {}, 'renegotiate'],
  ])(
    'Q27 %s, which nobody asked for, on an idle session: closed, a strike; at the second Bad',
    async (_, fault, settings, insteadOfAnswer) => {
      const l = await tapped('tls12');
      await l.warmUp();
      await l.server.setFault(fault, settings);
      await l.server.until(({ open }) => open === 0);
      await expectStrike(l);
      expect(l.server.connections[0]?.closedBy).toBe('client');
      // The next session brings no answer, which would take the strike back.
      await l.server.setFault(insteadOfAnswer);
      expect(nameOf((await l.ask('n1.example.test')).message)).toBe('n1.example.test');
      await expectBad(l);
      expect(l.tap.mostRead()).toBeLessThan(MOST_READ);
    },
  );

  it.each<[string, Fault, FaultSettings]>([
    ['messages of 65,535 octets without end', 'answer-flood', {}],
    ['another handshake', 'renegotiate', {}],
  ])(
    'Q27 %s instead of an answer: closed, a strike, the query is answered; at the second Bad',
    async (_, fault, settings) => {
      const l = await tapped('tls12');
      await l.warmUp();
      await l.server.setFault(fault, settings);
      expect(await l.ask('n1.example.test')).toMatchObject({ transport: 'do53', fellBack: true });
      await l.server.until(({ open }) => open === 0);
      await expectStrike(l);
      expect(await l.ask('n2.example.test')).toMatchObject({ transport: 'do53', fellBack: true });
      await expectBad(l);
      expect(l.tap.mostRead()).toBeLessThan(MOST_READ);
      expect(l.selector.metrics().queries).not.toHaveProperty('failed');
    },
  );

  it('Q27 2,000 tickets: the query is answered, few are read, the session is closed, a strike', async () => {
    const l = await tapped('ticket-flood');
    l.makeGood();
    const { message } = await l.ask('n1.example.test');
    expect(nameOf(message)).toBe('n1.example.test');
    await l.server.until(({ open, connections }) => connections === 1 && open === 0);
    await expectStrike(l);
    expect(l.tap.mostRead()).toBeLessThan(MOST_READ);
  });

  it('Q27 a probe’s session that is flooded before anybody uses it: closed', async () => {
    const l = await tapped('good');
    await l.discover();
    await l.server.until(({ open }) => open === 1);
    await l.server.setFault('unasked-flood');
    await l.server.until(({ open }) => open === 0);
    await expectStrike(l);
  });
});

/** How the session stands when the fault begins. */
const SESSIONS = ['open', 'none'] as const;

/** Faults that keep answers back, or from the client. */
const HELD: readonly (readonly [Fault, FaultSettings])[] = [
  ['dribble', { byteMs: 0 }],
  ['dribble', { byteMs: 5 }],
  ['never-reads', {}],
  ['never-reads', { afterQueries: 1 }],
  ['deaf', {}],
  ['lost', {}],
];

/** Faults under which answers come all the same. */
const ANSWERED: readonly (readonly [Fault, FaultSettings])[] = [
  ['close-after', { answers: 4 }],
  ['slow-window', { windowMs: 5 }],
  ['half-frame-timeout', { frameMs: 0 }],
];

function rows(faults: typeof HELD): [Fault, FaultSettings, (typeof SESSIONS)[number]][] {
  return faults.flatMap(([fault, settings]) =>
    SESSIONS.map((session) => [fault, settings, session] as [Fault, FaultSettings, 'open' | 'none']),
  );
}

async function begin(l: Lab, session: 'open' | 'none'): Promise<void> {
  if (session === 'open') await l.warmUp();
  else l.makeGood();
}

describe('Q3', () => {
  it.each(rows(HELD))(
    'Q3 %s %j, session: %s: every query answered, and encrypted again when it is over',
    async (fault, settings, session) => {
      // Nothing is demoted here: that is another scenario.
      const l = await lab({}, { policy: { ...brisk, strikes: 100, silentStrikes: 100 } });
      await begin(l, session);
      await l.server.setFault(fault, settings);
      const names = Array.from({ length: 10 }, (_, index) => `n${index}.example.test`);
      const results = await Promise.all(names.map((name) => l.ask(name)));
      expect(results.map(({ message }) => nameOf(message))).toEqual(names);
      expect(results.filter(({ transport }) => transport === 'do53').length).toBeGreaterThanOrEqual(9);
      await l.server.setFault('good');
      await expect.poll(async () => (await l.ask()).encrypted, { timeout: 30_000 }).toBe(true);
      expect(l.selector.metrics().queries).not.toHaveProperty('failed');
    },
  );
});

describe('Q7', () => {
  it.each(rows(ANSWERED))(
    'Q7 %s %j, session: %s: every query answered, nothing held against the server',
    async (fault, settings, session) => {
      const l = await lab(
        {},
        {
          policy: {
            ...slowToRecheck,
            warmHedgeMaxMs: 5_000,
            warmHedgeMinMs: 5_000,
            coldHedgeMinMs: 5_000,
            coldHedgeMaxMs: 5_000,
          },
        },
      );
      await begin(l, session);
      await l.server.setFault(fault, settings);
      const answered: string[] = [];
      for (let round = 0; round < 6; round++) {
        const names = Array.from({ length: round + 1 }, (_, index) => `n${round}-${index}.example.test`);
        const results = await Promise.all(names.map((name) => l.ask(name)));
        expect(results.map(({ message }) => nameOf(message))).toEqual(names);
        answered.push(...results.map(({ transport }) => transport));
        // What was begun and not ended is timed out now.
        for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
      }
      expect(new Set(answered)).toEqual(new Set(['dot']));
      expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
    },
  );
});

describe('Q1', () => {
  it.each(HELD)('Q1 %s %j at one server: the queries of another are not delayed', async (fault, settings) => {
    const policy = {
      ...brisk,
      warmHedgeMinMs: 60_000,
      warmHedgeMaxMs: 60_000,
      coldHedgeMinMs: 60_000,
      coldHedgeMaxMs: 60_000,
      attemptMs: 60_000,
    };
    const c = await crowd([{}, {}], '127.124', { policy });
    const [broken, sound] = c.members;
    if (broken === undefined || sound === undefined) throw new Error('no servers');
    c.makeGood(c.members);
    await c.ask(broken);
    await broken.server.setFault(fault, { byteMs: 1000, ...settings });
    let settled = 0;
    const waiting = Array.from({ length: 100 }, (_, index) => {
      const asked = c.selector.query(broken.target, query(`n${index}.example.test`), { timeoutMs: 60_000 });
      return asked.then(
        () => settled++,
        () => undefined,
      );
    });
    for (let i = 0; i < 100; i++) expect((await c.ask(sound, `n${i}.example.test`)).transport).toBe('dot');
    // All of the other's came first; it has at most begun to answer.
    expect(settled).toBeLessThanOrEqual(1);
    expect(sound.server.counters.udpQueries).toBe(0);
    await c.selector.close();
    await Promise.all(waiting);
  });
});

describe('memory', () => {
  /** What may wait for one server that reads little or nothing: some megabytes in the kernels' buffers, the rest in ours. */
  const MOST_HELD = 16_000_000;
  const LARGE = 60_000;
  const padding = [0xff, 0x01, (LARGE - 4) >> 8, (LARGE - 4) & 255, ...new Array<number>(LARGE - 4).fill(0)];
  const large = withAdditional(query('large.example.test'), opt(padding));

  it.each([
    ['never-reads', 'open'],
    ['never-reads', 'none'],
    ['slow-window', 'open'],
    ['deaf', 'open'],
    ['deaf', 'none'],
    ['lost', 'open'],
    ['lost', 'none'],
  ] as const)(
    'Q12 %s, session: %s: what waits for one server is bounded, the rest is told at once',
    async (fault, session) => {
      await using exchange = new DotExchange({ guard: openGuard, timeoutMs: 60_000 });
      const { server } = await lab();
      if (session === 'open') await exchange.exchange(server.dot, query('warm.example.test'), { signal: never });
      await server.setFault(fault, { windowMs: 60_000 });
      const failures: unknown[] = [];
      const attempts = Array.from({ length: 1_000 }, () => exchange.attempt(server.dot, large, 60_000));
      for (const { done } of attempts) done.catch((error) => failures.push(error));
      await new Promise((resolve) => setImmediate(resolve));
      const held = attempts.length - failures.length;
      expect(held).toBeGreaterThan(0);
      expect(held * LARGE).toBeLessThan(MOST_HELD);
      for (const failure of failures) expect(failure).toMatchObject({ failure: { kind: 'local' } });
    },
  );

  it('Q12 an answer that comes octet by octet takes no more than its own room', async () => {
    const tap = wiretap();
    await using exchange = new DotExchange({ guard: openGuard, connect: tap.connect, timeoutMs: 60_000 });
    const { server } = await lab();
    await exchange.exchange(server.dot, query('warm.example.test'), { signal: never });
    const before = heldInBuffers();
    const read = tap.mostRead();
    await server.setFault('dribble', { byteMs: 0 });
    const asked = exchange.attempt(server.dot, query('a.example.test'), 60_000);
    let over = false;
    asked.done.then(
      () => {
        over = true;
      },
      () => undefined,
    );
    // A TLS record of one octet takes more than twenty.
    while (tap.mostRead() < read + 20 * 20_000) await new Promise((resolve) => setImmediate(resolve));
    expect(over).toBe(false);
    expect(heldInBuffers() - before).toBeLessThan(1_000_000);
  });
});
