import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/common/errors.js';
import type { Decision, Outcome } from '../../src/index.js';
import { HOUR, SECOND, type World, world } from '../support/world.js';

const A = '192.0.2.1';
const dotOk: Outcome = { transport: 'dot', ok: true, rcode: 0 };
const clearOk: Outcome = { transport: 'do53', ok: true, rcode: 0 };
const silent: Outcome = { transport: 'dot', ok: false, phase: 'answer', kind: 'silent' };
const closed: Outcome = { transport: 'dot', ok: false, phase: 'answer', kind: 'closed' };

/** A world whose server is Good since some time, so that reports of now are newer. */
async function good(): Promise<World> {
  const w = world({ probes: { otherwise: 'local' } });
  w.makeGood(A);
  await w.clock.advance(SECOND);
  return w;
}

/** A decision, and what is reported of it, each report a moment later. */
async function told(w: World, ...outcomes: Outcome[]): Promise<Decision> {
  const decision = w.selector.decide(A, { zone: 'example.org' });
  for (const outcome of outcomes) {
    await w.clock.advance(10);
    w.selector.report(decision, outcome);
  }
  return decision;
}

describe('report', () => {
  it('a success over DoT proves it, whatever the rcode', async () => {
    const w = world();
    await told(w, { ...dotOk, rcode: 5 });
    expect(w.selector.explain(A).history).toMatchObject([{ to: 'good', why: 'report-success' }]);
  });

  it.each<[string, (decision: Decision) => Decision]>([
    ['a proxy of it', (decision) => new Proxy(decision, {})],
    ['an object that inherits from it', (decision) => Object.create(decision)],
  ])('of what a host has put around a decision is of that: %s', (_, around) => {
    const w = world();
    w.selector.report(around(w.selector.decide(A)), dotOk);
    expect(w.selector.explain(A).history).toMatchObject([{ to: 'good', why: 'report-success' }]);
  });

  it('an answer over Do53 is what onlyAfterAnswer waits for', async () => {
    const w = world();
    await told(w, clearOk);
    await told(w);
    await w.clock.advance(0);
    expect(w.begun()).toHaveLength(1);
  });

  it('failures that the peer caused are strikes; two demote', async () => {
    const w = await good();
    await told(w, closed);
    expect(w.status(A)).toBe('Good');
    await told(w, closed);
    expect(w.status(A)).toBe('Bad');
  });

  it.each([
    ['DoT first', [silent, clearOk]],
    ['Do53 first', [clearOk, silent]],
  ])('silence over DoT with an answer over Do53 is a strike; three demote: %s', async (_, outcomes) => {
    const w = await good();
    for (const expected of ['Good', 'Good', 'Bad']) {
      await told(w, ...outcomes);
      expect(w.status(A)).toBe(expected);
    }
  });

  it('Do53 first, then a failure that the peer caused: a strike as well', async () => {
    const w = await good();
    for (const expected of ['Good', 'Bad']) {
      await told(w, clearOk, closed);
      expect(w.status(A)).toBe(expected);
    }
  });

  it('silence on both is no strike', async () => {
    const w = await good();
    for (let i = 0; i < 10; i++) await told(w, silent, { ...silent, transport: 'do53' });
    expect(w.status(A)).toBe('Good');
  });

  it('one failure is one strike, however its control came', async () => {
    const w = await good();
    for (let i = 0; i < 2; i++) {
      const decision = w.selector.decide(A);
      await w.clock.advance(10);
      // Another query of the same server is answered over Do53 meanwhile.
      w.selector.report(w.selector.decide(A), clearOk);
      w.selector.report(decision, silent);
      w.selector.report(decision, clearOk);
      expect(w.status(A)).toBe('Good');
    }
  });

  it('our own trouble and a certificate that a rule did not like are no strikes', async () => {
    const w = await good();
    for (const kind of ['local', 'auth', 'local', 'auth'] as const) {
      await told(w, { transport: 'dot', ok: false, phase: 'handshake', kind });
    }
    expect(w.selector.explain(A)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
  });

  it('both transports’ answers are a comparison: the zone is lame over DoT', async () => {
    const w = await good();
    await told(w, { ...dotOk, rcode: 5 }, clearOk);
    expect(w.selector.explain(A).lameZones).toEqual(['example.org.']);
    expect(w.selector.decide(A, { zone: 'example.org' }).reason).toBe('lame-zone');
  });

  it.each([
    ['equal', 0, 0],
    ['worse over Do53', 0, 2],
    ['both bad', 5, 2],
  ])('and no zone is lame where they are %s', async (_, dot, do53) => {
    const w = await good();
    await told(w, { ...clearOk, rcode: do53 }, { ...dotOk, rcode: dot });
    expect(w.selector.explain(A).lameZones).toEqual([]);
  });

  it('nor where the host named no zone', async () => {
    const w = await good();
    const decision = w.selector.decide(A);
    for (const outcome of [{ ...dotOk, rcode: 5 }, clearOk]) w.selector.report(decision, outcome);
    expect(w.selector.explain(A).lameZones).toEqual([]);
  });

  it('once, where a listener of what the one report changes reports the other', () => {
    const w = world();
    const decision = w.selector.decide(A, { zone: 'example.org' });
    w.selector.on('transition', () => w.selector.report(decision, clearOk));
    w.selector.report(decision, { ...dotOk, rcode: 5 });
    expect(w.selector.metrics().lame).toEqual({ 'refused answer': 1 });
  });

  it('times are measured, each transport apart, and move the hedge', async () => {
    const w = await good();
    await told(w, { ...dotOk, times: { connect: 200, handshake: 200, answer: 200, total: 600 } });
    expect(w.selector.decide(A).hedgeAfterMs).toBe(900);
    await told(w, { ...clearOk, times: { total: 5_000 } });
    expect(w.selector.decide(A).hedgeAfterMs).toBe(900);
  });

  it('when it ended may be told, and never lies in the future', async () => {
    const w = world();
    const decision = w.selector.decide(A);
    await w.clock.advance(HOUR);
    w.selector.report(decision, { ...dotOk, at: w.clock.now() - 1_000 });
    const { since } = w.selector.explain(A);
    expect(Number(since)).toBe(w.clock.wall() - 1_000);
    w.selector.forget(A);
    w.selector.report(w.selector.decide(A), { ...dotOk, at: w.clock.now() + HOUR });
    expect(Number(w.selector.explain(A).since)).toBe(w.clock.wall());
  });

  it('the second of a transport, another transport, another network, and after the end: counted and ignored', async () => {
    const w = await good();
    const decision = await told(w, closed, closed, { ...dotOk, transport: 'doq' });
    w.selector.networkChanged();
    w.selector.report(decision, dotOk);
    expect(w.status(A)).toBe('Unknown');
    expect(w.selector.metrics().ignored).toEqual({ repeated: 1, transport: 1, epoch: 1 });
    const late = w.selector.decide(A);
    const ended = w.end();
    w.selector.report(late, dotOk);
    await ended;
    expect(w.selector.metrics().ignored).toMatchObject({ closed: 1 });
  });

  it.each<[unknown]>([
    [undefined],
    [{}],
    [{ ...dotOk, transport: 5 }],
    [{ transport: 'dot' }],
    [{ ...dotOk, ok: 'yes' }],
    [{ ...dotOk, rcode: -1 }],
    [{ ...dotOk, rcode: 4_096 }],
    [{ ...dotOk, rcode: 1.5 }],
    [{ ...dotOk, rcode: undefined }],
    [{ ...dotOk, at: Number.NaN }],
    [{ ...dotOk, at: 'now' }],
    [{ ...dotOk, times: {} }],
    [{ ...dotOk, times: { total: -1 } }],
    [{ ...dotOk, times: { total: 1, answer: Number.POSITIVE_INFINITY } }],
    [{ ...dotOk, times: { total: 1, connect: 'fast' } }],
    [{ ...silent, phase: 'lookup' }],
    [{ ...silent, kind: 'timeout' }],
  ])('%j is no outcome', (outcome) => {
    const w = world();
    const decision = w.selector.decide(A);
    expect(() => w.selector.report(decision, outcome as Outcome)).toThrow(InvalidInputError);
    expect(() => w.selector.report(decision, outcome as Outcome)).toThrow(
      expect.objectContaining({ code: 'INVALID_OUTCOME' }),
    );
    w.selector.report(decision, dotOk);
    expect(w.status(A)).toBe('Good');
  });

  it.each([undefined, null, A, {}, { action: 'clear' }])('%j is no decision', (decision) => {
    const report = () => world().selector.report(decision as Decision, dotOk);
    expect(report).toThrow(expect.objectContaining({ code: 'INVALID_DECISION' }));
  });
});
