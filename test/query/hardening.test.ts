import { describe, expect, it } from 'vitest';
import {
  type Clock,
  type Guard,
  type ProbeResult,
  type Prober,
  systemClock,
  TransportSelector,
} from '../../src/index.js';
import { ScriptedExchange, ScriptedProber, VirtualClock } from '../../src/testing/index.js';

const A = '192.0.2.1';
const success: ProbeResult = { evidence: { result: 'success' }, rcode: 0, times: { total: 1 } };
const open: Guard = { admits: () => true };

function selectorOf(parts: {
  prober: Prober;
  clock?: Clock;
  guard?: Guard;
  policy?: object;
  dot?: object;
}): TransportSelector {
  const clock = parts.clock ?? new VirtualClock();
  const exchange = new ScriptedExchange(clock instanceof VirtualClock ? { clock } : {});
  const dot = Object.assign(exchange, parts.dot);
  return new TransportSelector({
    clock,
    prober: parts.prober,
    dot,
    do53: exchange,
    guard: parts.guard ?? open,
    policy: { onlyAfterAnswer: false, ...parts.policy },
  });
}

describe('a probe that somebody awaits', () => {
  it('P6 ends at the state’s deadline although timers fire a little early', async () => {
    // Node's timers do so by up to a millisecond; this clock always does.
    const early: Clock = { ...systemClock, after: (ms, run, options) => systemClock.after(ms - 5, run, options) };
    const policy = { probeTimeoutMs: 100, comparisonMs: 50, probeGraceMs: 1_000 };
    const selector = selectorOf({ clock: early, policy, prober: { probe: () => new Promise(() => {}) } });
    const { evidence } = await selector.probe(A);
    expect(evidence).toEqual({ result: 'inconclusive', why: 'aborted' });
    await selector.close();
  });

  it('P6 is told although its session cannot be closed and the exchange’s adopt throws', async () => {
    const session = {
      close() {
        throw new Error('no');
      },
    };
    const adopt = () => {
      throw new Error('neither');
    };
    const selector = selectorOf({ prober: { probe: async () => ({ ...success, session }) }, dot: { adopt } });
    expect((await selector.probe(A)).evidence.result).toBe('success');
    expect(selector.explain(A).status).toBe('Good');
    await selector.close();
  });

  it('P4 unrecorded, it leaves no zone lame', async () => {
    const clock = new VirtualClock();
    const selector = selectorOf({ clock, prober: new ScriptedProber({ clock, script: { [A]: 'lame' } }) });
    await selector.probe({ address: A, zone: 'example.test' }, { record: false });
    expect(selector.explain(A).lameZones).toEqual([]);
    await clock.advance(1_000);
    await selector.probe({ address: A, zone: 'example.test' });
    expect(selector.explain(A).lameZones).toEqual(['example.test.']);
    await selector.close();
  });

  it('P6 refused for want of room, it leaves nothing behind for the next', async () => {
    const clock = new VirtualClock();
    const prober = new ScriptedProber({ clock, latencyMs: 1_000 });
    const policy = { capacity: 16, threshold: 1 };
    const selector = selectorOf({ clock, prober, policy });
    const first = selector.probe('192.0.2.2');
    await clock.advance(10);
    await expect(selector.probe('192.0.2.3', { record: false, force: true })).rejects.toMatchObject({ code: 'BUDGET' });
    await clock.advance(2_000);
    await first;
    selector.forget('192.0.2.2');
    selector.decide('192.0.2.3');
    await clock.advance(2_000);
    expect(selector.explain('192.0.2.3').status).toBe('Good');
    await selector.close();
  });

  it('P6 asked for again with force, it waits for budgets no more', async () => {
    const clock = new VirtualClock();
    const prober = new ScriptedProber({ clock, latencyMs: 1 });
    const policy = { ipv4Burst: 1, ipv4PerMinute: 1 };
    prober.set('192.0.2.2', 'refused');
    const selector = selectorOf({ clock, prober, policy });
    const spent = selector.probe('192.0.2.2');
    await clock.advance(100);
    await spent;
    const waiting = selector.probe(A);
    await clock.advance(100);
    expect(prober.calls).toHaveLength(1);
    const forced = selector.probe(A, { force: true });
    await clock.advance(100);
    expect((await forced).evidence.result).toBe('success');
    expect((await waiting).evidence.result).toBe('success');
    await selector.close();
  });
});

describe('a guard of the host’s own', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['is asynchronous', async () => false],
    ['says something else', () => 'yes'],
  ])('P10 that %s says no', async (_, admits) => {
    const prober = new ScriptedProber();
    const selector = selectorOf({ prober, guard: { admits } as unknown as Guard, policy: { threshold: 1 } });
    expect(selector.decide(A)).toMatchObject({ action: 'clear', reason: 'guard' });
    await expect(selector.probe(A)).rejects.toMatchObject({ code: 'REFUSED_BY_GUARD' });
    expect(prober.calls).toEqual([]);
    await selector.close();
  });
});

it('P14 silence of the question a stranger chose is not controlled by Do53’s answers to others', async () => {
  const clock = new VirtualClock();
  const silent: ProbeResult = {
    evidence: { result: 'failure', phase: 'answer', kind: 'silent', controlled: false },
    times: { total: 4_000 },
  };
  const prober = new ScriptedProber({ clock, latencyMs: 4_000, otherwise: silent });
  const selector = selectorOf({ clock, prober, policy: { threshold: 1 } });
  selector.decide({ address: A, zone: 'evil.test' });
  await clock.advance(1_000);
  selector.report(selector.decide({ address: A, zone: 'good.test' }), { transport: 'do53', ok: true, rcode: 0 });
  await clock.advance(4_000);
  const { status, until } = selector.explain(A);
  expect(status).toBe('Bad');
  expect((until?.getTime() ?? 0) - clock.wall()).toBeLessThanOrEqual(60_000);
  await selector.close();
});

it('S16 the old network’s verdicts are void although the exchange’s reset throws', async () => {
  const reset = () => {
    throw new Error('no');
  };
  const selector = selectorOf({ prober: new ScriptedProber(), dot: { reset } });
  await selector.probe(A);
  expect(selector.peek(A).reason).toBe('good');
  selector.networkChanged();
  expect(selector.peek(A).reason).toBe('unknown');
  await selector.close();
});

it('a listener that closes the selector in the midst of a sweep leaves no timer', async () => {
  const clock = new VirtualClock();
  const selector = selectorOf({ clock, prober: new ScriptedProber({ clock }), policy: { goodMs: 60_000 } });
  const probed = selector.probe(A);
  await clock.advance(1_000);
  await probed;
  selector.on('transition', () => void selector.close());
  await clock.advance(180_000);
  expect(clock.pending).toBe(0);
});
