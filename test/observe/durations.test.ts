import { describe, expect, it } from 'vitest';
import { DurationHistogram, type Histogram } from '../../src/observe/histogram.js';
import type { ProbeResult } from '../../src/probe/prober.js';
import { TransportSelector } from '../../src/selector.js';
import type { Endpoint } from '../../src/state/model.js';
import { type FaultServer, startFaultServer } from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { delayed } from '../support/answers.js';
import { SECOND, type World, world } from '../support/world.js';
import { never, openGuard, query } from '../transport/support.js';

const A = '192.0.2.1';
const B = '192.0.2.2';
const EMPTY: Histogram = new DurationHistogram().toObject();

/** How many times lie in which bucket, by its upper bound; those without any are left out. */
function buckets({ bounds, counts }: Histogram): Record<string, number> {
  const named = counts.map((count, index) => [String(bounds[index] ?? 'more'), count] as const);
  return Object.fromEntries(named.filter(([, count]) => count > 0));
}

describe('a histogram of times', () => {
  it('a bound belongs to its bucket; what is longer than all has one of its own', () => {
    const histogram = new DurationHistogram();
    for (const ms of [0, 1, 1.001, 2.5, 4_999.9, 5_000, 5_000.1, 1e9]) histogram.add(ms);
    expect(buckets(histogram.toObject())).toEqual({ 1: 2, 2.5: 2, 5000: 2, more: 2 });
    expect(histogram.toObject()).toMatchObject({ count: 8, sum: 1 + 1.001 + 2.5 + 4_999.9 + 5_000 + 5_000.1 + 1e9 });
  });

  it('what is no time, as from a host’s own part, is not counted', () => {
    const histogram = new DurationHistogram();
    for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -1, undefined as never, 'long' as never]) histogram.add(ms);
    expect(histogram.toObject()).toEqual(EMPTY);
  });

  it('what was read does not change afterwards', () => {
    const histogram = new DurationHistogram();
    const before = histogram.toObject();
    histogram.add(3);
    expect([before.count, before.counts.every((count) => count === 0)]).toEqual([0, true]);
    expect(() => (before.bounds as number[]).push(1)).toThrow(TypeError);
  });
});

describe('durations', () => {
  const durationsOf = ({ selector }: World) => selector.metrics().durations;

  it('a query’s time is its caller’s, by the selector’s clock, under the transport that answered', async () => {
    const w = world();
    w.dot.set(A, delayed(w.clock, 30));
    w.do53.set(A, delayed(w.clock, 7));
    const first = w.selector.query(A, query('a.example.org'));
    await w.clock.advance(SECOND);
    await first;
    w.makeGood(A);
    const second = w.selector.query(A, query('a.example.org'));
    await w.clock.advance(SECOND);
    await second;
    const { dot, do53, failed } = durationsOf(w).query;
    expect([buckets(dot), dot.sum, buckets(do53), do53.sum, failed]).toEqual([{ 50: 1 }, 30, { 10: 1 }, 7, EMPTY]);
  });

  it('a query that Do53 joins has waited for DoT as well', async () => {
    const w = world();
    w.dot.set(A, 'never');
    w.do53.set(A, delayed(w.clock, 10));
    w.makeGood(A);
    const asked = w.selector.query(A, query('a.example.org'), { timeoutMs: 3_000 });
    await w.clock.advance(3 * SECOND);
    const { decision } = await asked;
    expect(durationsOf(w).query.do53.sum).toBe(Math.min(decision.hedgeAfterMs, 1_000) + 10);
  });

  it('a query without an answer has failed, be it at its end or given up by its caller', async () => {
    const w = world({ clear: { otherwise: 'never' } });
    const late = w.selector.query(A, query('a.example.org'), { timeoutMs: 2_000 }).catch(({ code }) => code);
    const caller = new AbortController();
    const left = w.selector.query(B, query('b.example.org'), { signal: caller.signal }).catch((reason) => reason);
    await w.clock.advance(20);
    caller.abort('gone');
    await w.clock.advance(2 * SECOND);
    expect(await Promise.all([late, left])).toEqual(['TIMEOUT', 'gone']);
    const { query: ends } = durationsOf(w);
    expect([buckets(ends.failed), ends.failed.sum, ends.dot, ends.do53]).toEqual([
      { 25: 1, 2500: 1 },
      2_020,
      EMPTY,
      EMPTY,
    ]);
    expect(w.selector.metrics().queries.failed).toBe(ends.failed.count);
  });

  it('a probe takes from its beginning to its end; one that was given up is none', async () => {
    const policy = { threshold: 1, onlyAfterAnswer: false };
    const w = world({ policy, probes: { latencyMs: 40, script: { [B]: 'silent', '192.0.2.3': 'never' } } });
    for (const server of [A, B, '192.0.2.3']) await w.contact(server);
    await w.clock.advance(8 * SECOND);
    const { probe } = durationsOf(w);
    const { probes } = w.selector.metrics();
    expect([buckets(probe), probe.sum]).toEqual([{ 50: 1, 5000: 1 }, 4_040]);
    expect(probes).toMatchObject({ success: 1, 'failure-silent': 1, aborted: 1 });
  });

  it('a probe’s handshake is counted, where there was one', async () => {
    const shaken: ProbeResult = {
      evidence: { result: 'success' },
      times: { connect: 4, handshake: 12, answer: 3, total: 19 },
    };
    const w = world({
      policy: { threshold: 1, onlyAfterAnswer: false },
      probes: { script: { [A]: shaken, [B]: 'refused' } },
    });
    for (const server of [A, B]) await w.contact(server);
    await w.clock.advance(SECOND);
    const { handshake, probe } = durationsOf(w);
    expect([buckets(handshake), handshake.sum, probe.count]).toEqual([{ 25: 1 }, 12, 2]);
  });

  it('a host’s own exchange may tell of its handshakes, and harms nothing by nonsense', () => {
    let tell: (ms: unknown) => void = () => {};
    const own = {
      exchange: () => Promise.reject(new Error('unused')),
      close: () => Promise.resolve(),
      onHandshake(listener: (endpoint: Endpoint, ms: number) => void) {
        tell = (ms) => listener(undefined as never, ms as number);
        return () => {};
      },
    };
    const selector = new TransportSelector({ dot: own });
    for (const ms of [3, 'long', Number.NaN, -4]) tell(ms);
    expect(buckets(selector.metrics().durations.handshake)).toEqual({ 5: 1 });
  });
});

describe('the handshakes of DotExchange', () => {
  /** Asks once; each question needs a session of its own where the server answers but one. */
  const ask = (exchange: DotExchange, { dot }: FaultServer) =>
    exchange.exchange(dot, query('www.example.test'), { signal: never });

  it('are told once a session, resumed ones too, however many queries wait for it', async () => {
    await using server = await startFaultServer();
    await using exchange = new DotExchange({ guard: openGuard });
    const told: number[] = [];
    const forget = exchange.onHandshake(({ key }, ms) => told.push(key === server.dot.key ? ms : Number.NaN));
    await Promise.all([ask(exchange, server), ask(exchange, server), ask(exchange, server)]);
    expect([told.length, told.every((ms) => ms > 0), exchange.sessions.opened]).toEqual([1, true, 1]);
    forget();
    exchange.reset();
    await ask(exchange, server);
    expect([told.length, exchange.sessions.opened]).toEqual([1, 2]);
  });

  it('come to a selector’s numbers, resumed ones too', async () => {
    await using server = await startFaultServer({ fault: 'one-shot' });
    await using exchange = new DotExchange({ guard: openGuard });
    await using selector = new TransportSelector({ dot: exchange, guard: { allow: ['127.0.0.0/8'] } });
    await ask(exchange, server);
    await ask(exchange, server);
    expect(exchange.sessions).toMatchObject({ opened: 2, resumed: 1 });
    expect(selector.metrics().durations.handshake.count).toBe(2);
  });
});
