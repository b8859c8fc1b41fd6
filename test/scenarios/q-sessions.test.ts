import { describe, expect, it } from 'vitest';
import { ScriptedProber } from '../../src/testing/index.js';
import { seededRandom } from '../../src/testing/random.js';
import { delayed } from '../support/answers.js';
import { type Crowd, crowd, eachOf, shuffled } from '../support/crowd.js';
import { brisk, type Lab, lab } from '../support/lab.js';
import { slowClock } from '../support/slow-clock.js';
import { SECOND, type World, world } from '../support/world.js';
import { nameOf, query } from '../transport/support.js';

/** Sessions opened anew to one server: at once, and a second. */
const BURST = 8;
const PER_SECOND = 2;

/** Hedges that no stall of a busy machine brings about: what is counted is what the server does. */
const patient = {
  ...brisk,
  warmHedgeMinMs: 5_000,
  warmHedgeMaxMs: 5_000,
  coldHedgeMinMs: 5_000,
  coldHedgeMaxMs: 5_000,
};

/** Asks for so many names, so many at once; the answers are to the right questions. */
async function askMany(l: Lab, count: number, atOnce: number): Promise<Record<string, number>> {
  const transports: Record<string, number> = {};
  const names = Array.from({ length: count }, (_, index) => `n${index}.example.test`);
  await eachOf(names, atOnce, async (name) => {
    const { message, transport } = await l.ask(name);
    expect(nameOf(message)).toBe(name);
    transports[transport] = (transports[transport] ?? 0) + 1;
  });
  return transports;
}

describe('Q8', () => {
  it.each([
    ['one-shot', {}, 1],
    ['one-shot', {}, 20],
    ['close-after', { answers: 3 }, 1],
    ['close-after', { answers: 10 }, 20],
    ['random-close', { probability: 0.25, seed: 1 }, 1],
    ['random-close', { probability: 0.25, seed: 2 }, 20],
    ['random-close', { probability: 0.05, seed: 3 }, 20],
    // What is held back is lost when the session ends before.
    ['random-close', { probability: 0.25, seed: 4, delayMs: 2 }, 20],
  ] as const)('Q8 %s %j, %i at once: every query answered, handshakes bounded', async (fault, settings, atOnce) => {
    const l = await lab({ ...settings }, { policy: patient });
    await l.warmUp();
    await l.server.setFault(fault, settings);
    const began = performance.now();
    // One after another waits for leave to open a session once the burst is spent, which 120 show as well as 300.
    const count = atOnce === 1 ? 120 : 300;
    const answered = await askMany(l, count, atOnce);
    const seconds = (performance.now() - began) / SECOND;
    expect((answered.dot ?? 0) + (answered.do53 ?? 0)).toBe(count);
    expect(answered.dot).toBeGreaterThan(0);
    expect(l.selector.metrics().queries).not.toHaveProperty('failed');
    // The one that was open, and what is allowed since; four times as many may be resumed.
    const { handshakes, resumed } = l.server.counters;
    const allowed = BURST + Math.ceil(PER_SECOND * seconds);
    expect(handshakes - resumed).toBeLessThanOrEqual(1 + allowed);
    expect(resumed).toBeLessThanOrEqual(4 * allowed);
    // One that answers before it closes keeps its name; one that closes instead may lose it.
    if (fault === 'random-close') return;
    expect(l.selector.explain(l.target).status).toBe('Good');
    expect(answered.dot).toBeGreaterThan(0);
  });

  it('Q8 closed after each answer, more often than sessions may be opened: over Do53, for a reason that is told', async () => {
    const l = await lab({}, { policy: patient });
    await l.warmUp();
    await l.server.setFault('one-shot');
    const { dot = 0, do53 = 0 } = await askMany(l, 100, 1);
    expect(dot).toBeGreaterThanOrEqual(BURST);
    expect(l.selector.metrics().clearToGood).toEqual({ churn: do53 });
    expect(l.server.counters.udpQueries).toBe(do53);
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
  });

  it('Q8 closed after each answer, and so known: no query is sent that will not be answered', async () => {
    const l = await lab({}, { policy: patient });
    await l.warmUp();
    await l.server.setFault('one-shot');
    // How many answers it gives is learned of the first sessions that it closes.
    await askMany(l, 3, 1);
    const { dotQueries, dotAnswers } = l.server.counters;
    await askMany(l, 20, 20);
    expect(l.server.counters.dotQueries - dotQueries).toBe(l.server.counters.dotAnswers - dotAnswers);
  });
});

describe('Q22', () => {
  const GOOD = 220;
  const OTHERS = 180;
  const ROUNDS = 3;
  /** Hundreds of servers in this process: what they compute is no silence of theirs. */
  const SLOW = 50;

  /** Asks all in a random order, some at once. */
  async function askAll(c: Crowd, members = c.members): Promise<void> {
    await eachOf(shuffled(members, seededRandom(1)), 20, async (member) => {
      const name = `n${members.indexOf(member)}.example.test`;
      expect(nameOf((await c.ask(member, name)).message)).toBe(name);
    });
  }

  it('Q22 400 servers, 220 Good, each asked rarely: one connection each, used again', async () => {
    const prober = new ScriptedProber({ otherwise: 'refused' });
    const c = await crowd([{ count: GOOD }, { count: OTHERS, fault: 'closed' }], '127.122', {
      prober,
      policy: patient,
      clock: slowClock(SLOW),
    });
    const good = c.members.slice(0, GOOD);
    c.makeGood(good);
    for (let round = 0; round < ROUNDS; round++) await askAll(c);
    const connections = good.map(({ server }) => server.counters.connections);
    expect(connections).toEqual(new Array(GOOD).fill(1));
    expect(good.map(({ server }) => server.counters.dotQueries)).toEqual(new Array(GOOD).fill(ROUNDS));
    expect(c.selector.metrics()).toMatchObject({
      queries: { dot: GOOD * ROUNDS, do53: OTHERS * ROUNDS },
      clearToGood: {},
    });
  });

  it('Q22 more Good servers than idle sessions are kept: the idle ones are closed first, a busy one never', async () => {
    const COUNT = 560;
    const KEPT = 512;
    const policy = { ...patient, coldHedgeMinMs: 60_000, coldHedgeMaxMs: 60_000, warmHedgeMinMs: 1, warmHedgeMaxMs: 1 };
    const c = await crowd([{ count: COUNT }], '127.123', {
      policy: { ...policy, attemptMs: 60_000 },
      clock: slowClock(SLOW),
    });
    const [busy, ...others] = c.members;
    if (busy === undefined) throw new Error('no servers');
    c.makeGood(c.members);
    await c.ask(busy);
    await busy.server.setFault('deaf');
    // Do53 has the answer, and the session waits for its own.
    expect((await c.ask(busy)).transport).toBe('do53');
    for (const member of others) await c.ask(member);
    const openAt = (from: number, to: number) => others.slice(from, to).map(({ server }) => server.counters.open);
    const closed = COUNT - 1 - KEPT;
    await Promise.all(others.slice(0, closed).map(({ server }) => server.until(({ open }) => open === 0)));
    expect(openAt(closed, COUNT)).toEqual(new Array(KEPT).fill(1));
    // It has fallen silent, so that others may have been opened beside it; it waits for its answer all the same.
    await busy.server.setFault('good');
    await busy.server.until(({ dotAnswers }) => dotAnswers >= 2);
    expect(busy.server.counters.open).toBeGreaterThanOrEqual(1);
  });
});

describe('Q26', () => {
  const A = '192.0.2.1';

  /** A server that takes so long for what an exchange asks of it, session included. */
  function far(ms: number): World {
    const w = world();
    w.dot.set(A, delayed(w.clock, ms));
    w.do53.set(A, delayed(w.clock, 100));
    w.makeGood(A);
    return w;
  }

  it.each([
    ['never measured', 0],
    ['measured', 3],
  ])(
    'Q26 100 ms round trip, no session open, %s: connect, handshake and answer take 300, and no hedge',
    async (_, before) => {
      const w = far(300);
      for (let i = 0; i <= before; i++) {
        const asked = w.selector.query(A, query('a.example.org'));
        await w.clock.advance(300);
        expect(await asked).toMatchObject({ transport: 'dot', encrypted: true });
        await w.clock.advance(60 * SECOND);
      }
      expect(w.do53.calls.length).toBe(0);
      expect(w.selector.metrics().queries).toEqual({ dot: before + 1 });
    },
  );

  it('Q26 on real sockets: what was measured of the opening is part of what is waited for', async () => {
    const l = await lab(
      { rttMs: 100 },
      { policy: { ...brisk, coldHedgeMinMs: 100, coldHedgeMaxMs: 60_000, attemptMs: 30_000 } },
    );
    l.makeGood();
    const { times, transport, decision } = await l.ask();
    expect(transport).toBe('dot');
    // Nothing was measured: 100 ms for each of three round trips, and half as much again.
    expect(decision.hedgeAfterMs).toBe(450);
    const { connect = 0, handshake = 0, answer } = times;
    expect(handshake).toBeGreaterThan(190);
    await l.server.setFault('tls-close');
    await l.server.until(({ open }) => open === 0);
    await l.server.setFault('good');
    const { hedgeAfterMs } = l.selector.peek(l.target);
    expect(hedgeAfterMs).toBeGreaterThanOrEqual(1.5 * (connect + handshake + (answer ?? 0)) - 1);
    expect(hedgeAfterMs).toBeGreaterThan(440);
  });
});
