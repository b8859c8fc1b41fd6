import { describe, expect, it } from 'vitest';
import { resolveServer } from '../../src/contact/server.js';
import { type ProbeResult, TransportSelector } from '../../src/index.js';
import { ScriptedExchange, VirtualClock } from '../../src/testing/index.js';
import { zoneOfQuestion } from '../../src/wire/names.js';
import { query } from '../transport/support.js';

const server = '192.0.2.1';

function selectorWith(result: unknown, admits: () => boolean = () => true) {
  const clock = new VirtualClock();
  const exchange = new ScriptedExchange({ clock });
  const prober = { probe: async () => result as ProbeResult };
  return {
    clock,
    selector: new TransportSelector({ clock, prober, dot: exchange, do53: exchange, guard: { admits } }),
  };
}

describe('a prober of any make', () => {
  const success = { result: 'success' };
  it.each([
    ['no times', { evidence: success }],
    ['no total', { evidence: success, times: {} }],
    ['a time that is no number', { evidence: success, times: { total: Number.NaN } }],
    ['negative time', { evidence: success, times: { total: -1 } }],
    [
      'a failure without a phase',
      { evidence: { result: 'failure', kind: 'refused', controlled: true }, times: { total: 1 } },
    ],
    [
      'a kind of its own',
      { evidence: { result: 'failure', phase: 'connect', kind: 'x', controlled: true }, times: { total: 1 } },
    ],
    ['nothing', undefined],
  ])('P6 %s: broken, and nothing is learned', async (_, result) => {
    const { selector } = selectorWith(result);
    const { evidence } = await selector.probe(server);
    expect(evidence).toEqual({ result: 'inconclusive', why: 'broken' });
    expect(selector.explain(server).status).toBe('Unknown');
    await selector.close();
  });

  it('P10 the guard changes its mind before the probe begins: refused as such', async () => {
    let admitted = true;
    const { selector } = selectorWith({ evidence: success, times: { total: 1 } }, () => admitted);
    const probed = selector.probe(server);
    admitted = false;
    await expect(probed).rejects.toMatchObject({ code: 'REFUSED_BY_GUARD' });
    await selector.close();
  });
});

it('a zone has one spelling, whoever names it', () => {
  const named = (zone: string) => resolveServer({ address: server, zone }).zone;
  expect(named('Example.TEST')).toBe('example.test.');
  expect(named('\\101xample.test')).toBe('example.test.');
  expect(named('a\\.b.test')).toBe('a\\046b.test.');
  expect(named('.')).toBe('.');
  expect(named('example.test')).toBe(zoneOfQuestion(query('www.example.test')));
});

it('a zone that is canonical as it is has the bounds of any other', () => {
  const named = (zone: string) => resolveServer({ address: server, zone }).zone;
  const label = 'a'.repeat(63);
  const longest = `${label}.${label}.${label}.${'b'.repeat(61)}`;
  expect([named(longest), named(`${longest}.`)]).toEqual([`${longest}.`, `${longest}.`]);
  expect(named('_dns.x-1.test.')).toBe('_dns.x-1.test.');
  for (const wrong of [`${longest}b`, `${label}a.test`, 'a..test', '.test', 'test..', '..', '', 'a b']) {
    expect(() => named(wrong), wrong).toThrow(/zone|domain|label|octets/i);
  }
});
