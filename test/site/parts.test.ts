import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readArguments } from '../../site/arguments.js';
import { browserCommand } from '../../site/browser.js';
import { linkedFiles, withLinks } from '../../site/links.js';
import { readingOrder } from '../../site/reading.js';

it('has every document in the order of reading', () => {
  const order = readingOrder(readFileSync('docs/README.md', 'utf8'), 'docs').map(({ path }) => path);
  const documents = readdirSync('docs').filter((name) => name.endsWith('.md') && name !== 'README.md');
  expect(documents.map((name) => `docs/${name}`).filter((path) => !order.includes(path))).toEqual([]);
});

it('reads chapters, places in the order, and several documents at one place', () => {
  const index =
    '# A\n\n[x](x.md)\n\n## B\n\n1. [c](c.md): what.\n2. [D](../d.md) and [e f](e.md).\n\n## G\n\n3. [h](h.md)\n';
  expect(readingOrder(index, 'docs')).toEqual([
    { path: 'docs/c.md', title: 'C', chapter: 'B' },
    { path: 'd.md', title: 'D', chapter: 'B' },
    { path: 'docs/e.md', title: 'E f', chapter: 'B' },
    { path: 'docs/h.md', title: 'H', chapter: 'G' },
  ]);
});

it('finds and changes the relative links of a document, and no others', () => {
  const text = '[a](b.ts) ![c](../d.svg) [e](f.md#g) [h](#i) [j](https://example.org/k)';
  expect([...linkedFiles(text, 'docs/x.md')]).toEqual(['docs/b.ts', 'd.svg', 'docs/f.md']);
  expect(withLinks(text, (link) => `<${link}>`)).toBe(
    '[a](<b.ts>) ![c](<../d.svg>) [e](<f.md>#g) [h](#i) [j](https://example.org/k)',
  );
});

it('knows of a browser where there is a screen', () => {
  expect(browserCommand('linux', {})).toBeUndefined();
  expect(browserCommand('linux', { DISPLAY: ':0' })).toEqual(['xdg-open']);
  expect(browserCommand('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toEqual(['xdg-open']);
  expect(browserCommand('darwin', {})).toEqual(['open']);
});

it('builds alone unless it is asked to serve, on any port', () => {
  expect(readArguments([])).toEqual({ help: false, open: false, port: 0 });
  expect(readArguments(['--open', '--port', '8080'])).toEqual({ help: false, open: true, port: 8080 });
  expect(() => readArguments(['--port', '65536'])).toThrow(
    "--port is '65536': expected a whole number from 0 to 65535",
  );
  expect(() => readArguments(['--whatever'])).toThrow('--whatever');
});
