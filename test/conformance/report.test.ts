import { describe, expect, it } from 'vitest';
import { packetsOf } from '../../packages/dot-conformance/src/report/packets.js';
import type { ScenarioResult, Sheet } from '../../packages/dot-conformance/src/report/result.js';
import { reasonsOf, tableOf } from '../../packages/dot-conformance/src/report/table.js';
import type { Scenario } from '../../packages/dot-conformance/src/sheet/scenario.js';
import { asked, connection, observed, seen } from './support.js';

const SCENARIOS: readonly Scenario[] = ['Q1', 'Q2a'].map((id) => ({
  ...{ id, text: `The text of ${id}.`, source: 'RFC 9539', steps: [], expect: [] },
}));
const PASS: ScenarioResult = { id: 'Q1', verdict: 'pass', measured: [], tries: 1 };
const FAIL: ScenarioResult = {
  ...{ id: 'Q2a', verdict: 'fail', tries: 1, packets: 'then [3u] rcodes 2' },
  measured: [
    { phase: 'then', figure: 'failed client queries', most: 0, seen: 3, holds: false },
    { phase: 'then', figure: 'slowest client query', most: 1_000, seen: 40, holds: true },
  ],
};

describe('the report of dot-conformance', () => {
  it('has a row a scenario and a column a resolver, and a line that counts', () => {
    const sheets: Sheet[] = [
      { resolver: 'ours', title: 'Ours 1', seconds: 9, results: [PASS, { ...PASS, id: 'Q2a' }] },
      { resolver: 'theirs', title: 'Theirs 2', seconds: 8, results: [PASS, FAIL] },
    ];
    const [head = '', first = '', second = '', , ...counts] = tableOf(SCENARIOS, sheets);
    expect(head.trim()).toMatch(/^ours +theirs$/);
    expect(first).toMatch(/^Q1 +The text of Q1\. +pass +pass$/);
    expect(second).toMatch(/^Q2a +The text of Q2a\. +pass +fail$/);
    expect(counts).toEqual(['Ours 1: 2 pass, in 9 s', 'Theirs 2: 1 pass, 1 fail, in 8 s']);
  });

  it('says why one did not pass', () => {
    expect(reasonsOf(PASS)).toEqual([]);
    expect(reasonsOf(FAIL)).toEqual(['then: failed client queries 3, at most 0', 'seen: then [3u] rcodes 2']);
    expect(reasonsOf({ ...FAIL, disturbedMs: 420 })).toContain(
      'the machine stood still for 420 ms, or longer, in three tries',
    );
    expect(reasonsOf({ ...PASS, verdict: 'not run', why: 'not installed' })).toEqual(['not installed']);
  });

  it('sums packets up: connections, whose queries, over what', () => {
    const queries = [
      seen('z.', { at: 5, type: 6 }),
      seen('a.', { at: 6, transport: 'udp' }),
      seen('b.', { at: 7, transport: 'udp' }),
      seen('b.', { at: 8, transport: 'tcp' }),
      seen('c.', { at: 9 }),
    ];
    const connections = [
      connection({ at: 3, isSecure: false }),
      connection({ at: 4 }),
      connection({ at: 8.5, isResumed: true }),
    ];
    const clients = [asked('a.'), asked('b.', { rcode: -1 }), asked('c.')];
    expect(packetsOf(observed(clients, queries, connections))).toBe('then [C H p 2u t R D] rcodes 0, none');
  });

  it('names servers where there are two, and cuts what is long', () => {
    const queries = Array.from({ length: 15 }, (_, at) => seen('a.', { at, server: at % 2 === 0 ? 'a' : 'b' }));
    const text = packetsOf(observed([asked('a.')], queries));
    expect(text).toContain('then [D(a) D(b) ');
    expect(text).toContain('… 3 more]');
  });
});
