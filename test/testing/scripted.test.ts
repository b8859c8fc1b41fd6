import { expect, test } from 'vitest';
import type { ProbeResult } from '../../src/probe/prober.js';
import { type Endpoint, endpointKey } from '../../src/state/model.js';
import { ScriptedExchange, ScriptedProber, VirtualClock } from '../../src/testing/index.js';
import { headOf, rawQuery } from '../support/raw-client.js';

function endpoint(address: string): Endpoint {
  const place = { address, port: 853, transport: 'dot' };
  return { key: endpointKey(place), ...place };
}

function probe(
  prober: ScriptedProber,
  address: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<ProbeResult> {
  return prober.probe({ endpoint: endpoint(address), zone: 'example.test.' }, { signal, timeoutMs: 4000 });
}

test('a prober finds what the script says, one thing after the other, and remembers the calls', async () => {
  const prober = new ScriptedProber({
    script: { '192.0.2.1': ['alert', 'good'], '192.0.2.2': 'lame' },
    otherwise: 'refused',
  });
  const results: string[] = [];
  for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3']) {
    const { evidence } = await probe(prober, address);
    results.push(evidence.result === 'failure' ? `${evidence.phase} ${evidence.kind}` : evidence.result);
  }
  expect(results).toEqual(['handshake alert', 'success', 'success', 'answer lame', 'connect refused']);
  expect(prober.calls.map(({ address, asked }) => [address, asked.zone])).toHaveLength(5);
  prober.set('192.0.2.3', 'good');
  expect((await probe(prober, '192.0.2.3')).evidence.result).toBe('success');
});

test('latency and silence are counted on the clock', async () => {
  const clock = new VirtualClock({ now: 0 });
  const prober = new ScriptedProber({
    clock,
    latencyMs: 20,
    script: { '192.0.2.1': 'silent', '192.0.2.2': 'offline' },
  });
  const settled: [string, ProbeResult][] = [];
  for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
    void probe(prober, address).then((result) => settled.push([address, result]));
  }
  await clock.advance(19);
  expect(settled).toEqual([]);
  await clock.advance(1);
  expect(settled.map(([address, { times }]) => [address, times.total])).toEqual([['192.0.2.3', 20]]);
  await clock.advance(3980);
  expect(settled.slice(1).map(([, { evidence }]) => evidence)).toEqual([
    { result: 'failure', phase: 'connect', kind: 'silent', controlled: true },
    { result: 'failure', phase: 'connect', kind: 'silent', controlled: false },
  ]);
});

test('a prober that breaks its contract: throws, rejects, is late, never settles', async () => {
  const clock = new VirtualClock({ now: 0 });
  const prober = new ScriptedProber({ clock, script: { '192.0.2.1': ['throw', 'reject', 'late', 'never'] } });
  expect(() => probe(prober, '192.0.2.1')).toThrow('throws');
  await expect(probe(prober, '192.0.2.1')).rejects.toThrow('rejects');
  const aborter = new AbortController();
  let settled = 0;
  const count = (): void => {
    settled += 1;
  };
  void probe(prober, '192.0.2.1', aborter.signal).then(count, count);
  void probe(prober, '192.0.2.1', aborter.signal).then(count, count);
  aborter.abort();
  await clock.advance(7999);
  expect(settled).toBe(0);
  await clock.advance(1);
  expect(settled).toBe(1);
  await clock.advance(86_400_000);
  expect(settled).toBe(1);
});

test('a prober obeys its signal, and takes functions and results', async () => {
  const clock = new VirtualClock({ now: 0 });
  const own: ProbeResult = { evidence: { result: 'success' }, rcode: 5, times: { total: 1 } };
  const prober = new ScriptedProber({ clock, latencyMs: 0, script: { '192.0.2.1': own, '192.0.2.2': () => own } });
  expect(await probe(prober, '192.0.2.1')).toBe(own);
  expect(await probe(prober, '192.0.2.2')).toBe(own);
  prober.set('192.0.2.1', 'silent');
  const aborter = new AbortController();
  const pending = probe(prober, '192.0.2.1', aborter.signal);
  aborter.abort(new Error('enough'));
  await expect(pending).rejects.toThrow('enough');
  await expect(probe(prober, '192.0.2.1', aborter.signal)).rejects.toThrow('enough');
  expect(clock.pending).toBe(0);
});

function ask(
  exchange: ScriptedExchange,
  address: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Uint8Array> {
  return exchange.exchange(endpoint(address), rawQuery({ id: 42 }), { signal });
}

test('an exchange answers, fails and is silent as the script says', async () => {
  const clock = new VirtualClock({ now: 0 });
  const exchange = new ScriptedExchange({
    clock,
    silenceMs: 1000,
    script: { '192.0.2.1': ['good', 'SERVFAIL', { phase: 'connect', kind: 'refused' }, 'silent', 'reject', 'throw'] },
  });
  expect(headOf(Buffer.from(await ask(exchange, '192.0.2.1')))).toMatchObject({ id: 42, qr: true, rcode: 0 });
  expect(headOf(Buffer.from(await ask(exchange, '192.0.2.1')))).toMatchObject({ id: 42, rcode: 2 });
  await expect(ask(exchange, '192.0.2.1')).rejects.toMatchObject({ failure: { phase: 'connect', kind: 'refused' } });
  const silent = expect(ask(exchange, '192.0.2.1')).rejects.toMatchObject({ failure: { kind: 'silent' } });
  await clock.advance(1000);
  await silent;
  await expect(ask(exchange, '192.0.2.1')).rejects.toThrow('rejects');
  expect(() => ask(exchange, '192.0.2.1')).toThrow('throws');
  expect(exchange.calls.map(({ at }) => at)).toEqual([0, 0, 0, 0, 1000, 1000]);
});

test('an exchange ends what waits when it is closed or aborted, and takes functions', async () => {
  const exchange = new ScriptedExchange({ script: { '192.0.2.1': 'never', '192.0.2.2': (message) => message } });
  expect(await ask(exchange, '192.0.2.2')).toEqual(rawQuery({ id: 42 }));
  const aborter = new AbortController();
  const aborted = ask(exchange, '192.0.2.1', aborter.signal);
  const closed = ask(exchange, '192.0.2.1');
  aborter.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  expect(exchange.closed).toBe(false);
  await exchange.close();
  await expect(closed).rejects.toThrow('closed');
  expect(exchange.closed).toBe(true);
  const garbled = new ScriptedExchange().exchange(endpoint('192.0.2.1'), new Uint8Array(5), {
    signal: new AbortController().signal,
  });
  await expect(garbled).rejects.toThrow('no DNS query');
});

test('an empty script is an error of the test', () => {
  expect(() => probe(new ScriptedProber({ script: { '192.0.2.1': [] } }), '192.0.2.1')).toThrow('empty');
});
