import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { policies } from '../src/state/index.js';

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(resolve(root, 'README.md'), 'utf8');
const snippets = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
// Not in a hidden folder: the type check reads them too.
const folder = resolve(import.meta.dirname, 'readme-snippets');

describe('README', () => {
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  });

  it('has a snippet for each of the three uses', () => {
    expect(snippets.length).toBeGreaterThanOrEqual(4);
  });

  it.each(snippets.map((code, index) => ({ code, index })))(
    'snippet $index prints what it says',
    async ({ code, index }) => {
      const file = resolve(folder, `snippet-${index}.ts`);
      writeFileSync(file, code);
      const printed: string[] = [];
      const log = vi.spyOn(console, 'log').mockImplementation((...args) => {
        printed.push(format(...args));
      });
      try {
        await import(file);
      } finally {
        log.mockRestore();
      }
      const promised = [...code.matchAll(/\/\/ → (.*)$/gm)].map(([, text = '']) => text);
      expect(promised.length).toBeGreaterThan(0);
      expect(printed).toEqual(promised);
    },
  );

  it('states the defaults that the policy has', () => {
    const rows = [...readme.matchAll(/^\| [^|]+ \| `(\w+)` +\| (\d+) +\|$/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, name = '', value] of rows) {
      expect(policies.default, name).toHaveProperty(name, Number(value));
    }
  });
});
