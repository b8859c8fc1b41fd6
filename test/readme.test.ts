import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policies } from '../src/state/index.js';

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');

describe('README', () => {
  it('has a snippet for each of the three uses', () => {
    expect([...readme.matchAll(/^```ts\n/gm)].length).toBeGreaterThanOrEqual(4);
  });

  it('says how resolvers fare as the page of the run does', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../docs/conformance.md'), 'utf8');
    const counts = [...page.matchAll(/^- .+: (\d+) pass(?:, (\d+) fail)?/gm)];
    const expected = counts.map(([, pass, fail]) => `${pass} of ${Number(pass) + Number(fail ?? 0)}`);
    expect(expected.length).toBeGreaterThan(2);
    const row = /^\| Scenarios that pass +\| (.+) \|$/m.exec(readme);
    expect(row?.[1]?.split('|').map((cell) => cell.trim())).toEqual(expected);
  });

  it('states the defaults that the policy has', () => {
    const rows = [...readme.matchAll(/^\| [^|]+ \| `(\w+)` +\| (\d+) +\|$/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, name = '', value] of rows) {
      expect(policies.default, name).toHaveProperty(name, Number(value));
    }
  });
});
