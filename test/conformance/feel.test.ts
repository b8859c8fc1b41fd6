import { expect, test } from 'vitest';
import { feelTableOf } from '../../packages/dot-conformance/src/report/feel.js';
import { markdownOf } from '../../packages/dot-conformance/src/report/markdown.js';
import type { Sheet } from '../../packages/dot-conformance/src/report/result.js';
import { FEEL_SERVERS, feelOf, feelServersInWords } from '../../packages/dot-conformance/src/sheet/feel.js';
import { asked, connection, seen } from './support.js';

test('what clients feel: quantiles and failures of all, share and connections at capable servers', () => {
  const all = Array.from({ length: 100 }, (_, index) => asked(`q${index}.`, { ms: index + 1 }));
  const failed = asked('late.', { ms: 5_000, rcode: -1, records: 0 });
  const capable = [asked('q0.'), asked('q1.'), asked('q2.'), asked('q3.')];
  const queries = [
    seen('q0.'),
    seen('q1.'),
    seen('q2.'),
    seen('q2.', { transport: 'udp' }),
    seen('q3.', { transport: 'udp' }),
  ];
  expect(feelOf([...all.slice(1), failed], { asked: capable, queries, connections: [connection()] })).toEqual({
    ...{ p50: 51, p90: 91, p99: 100, failed: 1, encrypted: 50, connections: 1 },
  });
  expect(feelOf([], { asked: [], queries: [], connections: [] })).toMatchObject({ p50: 0, failed: 0, encrypted: 0 });
});

test('the servers are told with their number', () => {
  expect(FEEL_SERVERS.filter(({ isCapable }) => isCapable).map(({ count }) => count)).toEqual([22]);
  expect(feelServersInWords()).toMatch(/^40 servers: 22 speak DoT, /);
});

test('a row off and a row on for each resolver that was measured; one that always encrypts has no row off', () => {
  const off = { p50: 22, p90: 30, p99: 40, failed: 0, encrypted: 0, connections: 0 };
  const on = { ...off, p99: 60, encrypted: 97.5, connections: 24 };
  const sheet = { resolver: 'x', seconds: 1, results: [] };
  const sheets: Sheet[] = [
    { ...sheet, title: 'Both 1', feel: { off, on } },
    { ...sheet, title: 'Always 2', feel: { off: undefined, on } },
    { ...sheet, title: 'None 3' },
    { ...sheet, title: 'Broken 4', feel: { why: 'the resolver does not start: no such option' } },
  ];
  const [, , ...rows] = feelTableOf(sheets).map((line) => line.trim().split(/ {2,}/));
  const reason = rows.pop();
  expect(reason).toEqual(['Broken 4: not measured, the resolver does not start: no such option']);
  expect(rows).toEqual([
    ['Both 1', 'off', '22 ms', '30 ms', '40 ms', '0', '0 %', '0'],
    ['Both 1', 'on', '22 ms', '30 ms', '60 ms', '0', '97.5 %', '24'],
    ['Always 2', 'on', '22 ms', '30 ms', '60 ms', '0', '97.5 %', '24'],
    ['Broken 4', 'not measured'],
  ]);
  expect(markdownOf([], sheets)).toContain('| Both 1 | on | 22 ms | 30 ms | 60 ms | 0 | 97.5 % | 24 |\n');
  expect(feelTableOf(sheets.slice(2, 3))).toEqual([]);
  expect(markdownOf([], sheets.slice(2, 3))).not.toContain('What clients feel');
});
