import { describe, expect, it } from 'vitest';
import { InvalidInputError, type SelectorOptions, TransportSelector } from '../../src/index.js';
import { VirtualClock } from '../../src/testing/index.js';
import { codeOf } from '../support/lab.js';
import { message, world } from '../support/world.js';

describe('options', () => {
  it.each<[unknown, string]>([
    [null, 'INVALID_OPTION'],
    ['default', 'INVALID_OPTION'],
    [{ polcy: 'default' }, 'INVALID_OPTION'],
    [{ policy: 'strict' }, 'INVALID_POLICY'],
    [{ policy: 5 }, 'INVALID_POLICY'],
    [{ policy: { threshold: 0 } }, 'INVALID_POLICY'],
    [{ guard: 5 }, 'INVALID_OPTION'],
    [{ guard: null }, 'INVALID_OPTION'],
    [{ guard: { admits: true } }, 'INVALID_OPTION'],
    [{ guard: { allow: ['10.0.0.0/33'] } }, 'INVALID_PREFIX'],
    [{ guard: { deny: 'all' } }, 'INVALID_PREFIX'],
    [{ guard: { allow: [10] } }, 'INVALID_PREFIX'],
    [{ prober: {} }, 'INVALID_OPTION'],
    [{ prober: null }, 'INVALID_OPTION'],
    [{ dot: { exchange: () => {} } }, 'INVALID_OPTION'],
    [{ do53: { close: () => {} } }, 'INVALID_OPTION'],
    [{ do53: 'udp' }, 'INVALID_OPTION'],
    [{ clock: Date }, 'INVALID_OPTION'],
    [{ random: 0.5 }, 'INVALID_OPTION'],
    [{ dryRun: 'yes' }, 'INVALID_OPTION'],
    [{ timeoutMs: 0 }, 'INVALID_OPTION'],
    [{ timeoutMs: -1 }, 'INVALID_OPTION'],
    [{ timeoutMs: Number.NaN }, 'INVALID_OPTION'],
    [{ timeoutMs: 3_600_001 }, 'INVALID_OPTION'],
    [{ timeoutMs: '5s' }, 'INVALID_OPTION'],
  ])('%j: %s', (options, code) => {
    const make = () => new TransportSelector(options as SelectorOptions);
    expect(make).toThrow(InvalidInputError);
    expect(make).toThrow(expect.objectContaining({ code }));
  });

  it('all undefined is all default', async () => {
    const all = { policy: undefined, guard: undefined, prober: undefined, dot: undefined, do53: undefined };
    const selector = new TransportSelector({ ...all, clock: undefined, random: undefined, dryRun: undefined });
    expect(selector.decide('8.8.8.8')).toMatchObject({ reason: 'unknown', timeoutMs: 5_000 });
    expect(selector.decide('10.0.0.1').reason).toBe('guard');
    await selector.close();
  });

  it('the time of a query, of its own or the selector’s', async () => {
    const w = world({ timeoutMs: 300 });
    w.do53.set('192.0.2.1', 'never');
    expect(w.selector.decide('192.0.2.1').timeoutMs).toBe(300);
    const asked = [undefined, 200].map((timeoutMs) =>
      codeOf(w.selector.query('192.0.2.1', message('example.org'), { timeoutMs })).then(() => w.clock.now()),
    );
    await w.clock.advance(1_000);
    expect(await Promise.all(asked)).toHaveLength(2);
    expect(w.selector.metrics().queries).toMatchObject({ failed: 2 });
  });

  it.each<[unknown]>([
    [null],
    ['fast'],
    [{ timeoutMs: 0 }],
    [{ timeoutMs: Number.POSITIVE_INFINITY }],
    [{ signal: {} }],
    [{ context: 'example.org' }],
  ])('a query’s options of %j: INVALID_OPTION, before any effect', async (options) => {
    const w = world();
    expect(await codeOf(w.selector.query('192.0.2.1', message('a'), options as object))).toBe('INVALID_OPTION');
    expect([w.entries(), w.do53.calls]).toEqual([[], []]);
  });

  it.each<[string, () => number]>([
    [
      'throw',
      () => {
        throw new Error('a host’s bug');
      },
    ],
    ['are no number', () => Number.NaN],
    ['are out of range', () => 7],
  ])('a host’s dice that %s harm nothing', async (_, random) => {
    const clock = new VirtualClock();
    const w = world();
    const selector = new TransportSelector({
      clock,
      random,
      guard: { allow: ['192.0.2.0/24'] },
      dot: w.dot,
      do53: w.do53,
    });
    selector.report(selector.decide('192.0.2.1'), { transport: 'dot', ok: true, rcode: 0 });
    expect((await selector.query('192.0.2.1', message('a'))).transport).toBe('dot');
    expect(selector.rank(['192.0.2.2', '192.0.2.1'])[0]?.ref).toBe('192.0.2.1');
    await selector.close();
  });
});
