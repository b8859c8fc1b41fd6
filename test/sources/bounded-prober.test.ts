import { expect, onTestFinished, test } from 'vitest';
import { DotscoutError } from '../../src/common/errors.js';
import { resolveServer } from '../../src/contact/server.js';
import type { ProbeResult } from '../../src/probe/prober.js';
import { BoundedProber } from '../../src/sources/bounded-prober.js';
import type { HostPart } from '../../src/state/model.js';
import { type ScriptedProbe, ScriptedProber, type ScriptOptions, VirtualClock } from '../../src/testing/index.js';
import { mostWithin, SECOND } from '../support/world.js';

const PROBE_MS = 100;
const TIMEOUT_MS = 4 * SECOND;
const ADDRESS = '192.0.2.1';

/** A source's prober, and what it makes of those who ask. */
function bounded(probes: ScriptOptions<ScriptedProbe> = {}) {
  const clock = new VirtualClock();
  const prober = new ScriptedProber({ latencyMs: PROBE_MS, ...probes, clock });
  const denied = new Set<string>();
  const broken: unknown[] = [];
  const broke = (...told: unknown[]) => void broken.push(told);
  const sources = new BoundedProber({ prober, clock, mayProbe: (address) => !denied.has(address), broke });
  const ends: string[] = [];
  /** Asks, and notes how that ends. */
  const ask = (address = ADDRESS, signal = new AbortController().signal): void => {
    const { dot } = resolveServer({ address });
    if (dot === undefined) throw new Error('no endpoint');
    sources.probe({ endpoint: dot, zone: '.' }, { signal, timeoutMs: TIMEOUT_MS, keepAlive: false }).then(
      ({ evidence }) => ends.push(evidence.result),
      ({ code, message }) => ends.push(code ?? message),
    );
  };
  const settle = async (ms: number): Promise<void> => {
    for (let turn = 0; turn < 10; turn++) await clock.advance(0);
    await clock.advance(ms);
    for (let turn = 0; turn < 10; turn++) await clock.advance(0);
  };
  onTestFinished(() => expect(clock.pending).toBe(0));
  return { clock, prober, broken, denied, ends, ask, settle };
}

test('Q44 what is too much at once waits, and no rate is exceeded', async () => {
  const { prober, ends, ask, settle } = bounded();
  const [burst, perSecond, seconds] = [128, 2, 20];
  for (let asked = 0; asked < burst + seconds * perSecond; asked++) ask();
  for (let passed = 0; passed < 10 * seconds + 20; passed++) await settle(PROBE_MS);
  const begun = prober.calls.map(({ at }) => at);
  expect(ends).toEqual(begun.map(() => 'success'));
  expect(begun).toHaveLength(burst + seconds * perSecond);
  expect(mostWithin(begun, PROBE_MS)).toBe(8);
  // The rate alone holds back those behind the burst.
  const since = (begun.at(-1) ?? 0) - (begun[0] ?? 0);
  expect(since).toBeGreaterThanOrEqual((seconds - 1) * SECOND);
  expect(since).toBeLessThanOrEqual(seconds * SECOND);
});

test('more than 512 that wait are refused', async () => {
  const { prober, ends, ask, settle } = bounded({ otherwise: 'silent' });
  const abort = new AbortController();
  for (let asked = 0; asked < 8 + 512 + 3; asked++) ask(ADDRESS, abort.signal);
  await settle(0);
  expect([ends, prober.calls.length]).toEqual([['BUDGET', 'BUDGET', 'BUDGET'], 8]);
  abort.abort(new Error('left'));
  await settle(TIMEOUT_MS);
  expect(ends.filter((end) => end === 'left')).toHaveLength(8 + 512);
  expect(prober.calls).toHaveLength(8);
});

test('who leaves while it waits takes no place', async () => {
  const { prober, ends, ask, settle } = bounded();
  const abort = new AbortController();
  for (let asked = 0; asked < 8; asked++) ask();
  for (let asked = 0; asked < 8; asked++) ask('192.0.2.2', abort.signal);
  ask('192.0.2.3');
  await settle(0);
  abort.abort(new Error('left'));
  await settle(PROBE_MS);
  expect(prober.calls.slice(8).map(({ address }) => address)).toEqual(['192.0.2.3']);
  await settle(PROBE_MS);
  expect(ends.filter((end) => end === 'success')).toHaveLength(9);
});

test('what is forbidden while it waits is not probed', async () => {
  const { prober, denied, ends, ask, settle } = bounded();
  for (let asked = 0; asked < 8; asked++) ask();
  ask('192.0.2.2');
  await settle(0);
  denied.add('192.0.2.2');
  await settle(PROBE_MS);
  expect([prober.calls.length, ends.filter((end) => end !== 'success')]).toEqual([8, ['REFUSED_BY_RULE']]);
});

test.each<ScriptedProbe>(['throw', 'reject', 'never', 'late'])(
  'a prober that breaks its contract, %s, keeps no place',
  async (behaviour) => {
    const { prober, ends, ask, settle } = bounded({ script: { [ADDRESS]: behaviour } });
    for (let asked = 0; asked < 8; asked++) ask();
    ask('192.0.2.2');
    await settle(TIMEOUT_MS + 2 * SECOND);
    await settle(PROBE_MS);
    expect([prober.calls.length, ends.length, ends.at(-1)]).toEqual([9, 9, 'success']);
    await settle(2 * TIMEOUT_MS);
  },
);

test('what a prober throws is told with the part that is to blame, and what our own codes say is not', async () => {
  const thrown = { no: 'error' };
  const guarded = new DotscoutError('REFUSED_BY_GUARD', 'no');
  const result: ProbeResult = { evidence: { result: 'inconclusive', why: 'local' }, times: { total: 0 } };
  const script: Record<string, ScriptedProbe> = {
    '192.0.2.2': () => Promise.reject(thrown),
    '192.0.2.3': () => Promise.reject(guarded),
    '192.0.2.4': async () => ({ ...result, part: 'connect', cause: 'no stream' }),
    '192.0.2.5': async () => ({ ...result, part: 'mine' as HostPart }),
  };
  const { broken, ends, ask, settle } = bounded({ script });
  for (const address of Object.keys(script)) ask(address);
  await settle(PROBE_MS);
  expect(broken).toEqual([
    ['prober', thrown],
    ['connect', 'no stream'],
    ['prober', expect.objectContaining({ name: 'TypeError', cause: { ...result, part: 'mine' } })],
  ]);
  expect(ends).toHaveLength(4);
});

test('a session that comes after the end is closed', async () => {
  let closed = 0;
  const session = { close: () => void closed++ } as unknown as NonNullable<ProbeResult['session']>;
  const late: ScriptedProbe = (_, { timeoutMs }) =>
    new Promise((resolve) => {
      clock.after(2 * timeoutMs, () => resolve({ evidence: { result: 'success' }, times: { total: 0 }, session }));
    });
  const { clock, ends, ask, settle } = bounded({ otherwise: late });
  ask();
  await settle(TIMEOUT_MS + 3 * SECOND);
  expect([ends.length, closed]).toEqual([1, 0]);
  await settle(TIMEOUT_MS);
  expect(closed).toBe(1);
});
