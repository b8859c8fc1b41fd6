import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { brokenLinks, loadedFromElsewhere } from './links.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dotscout-links-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

it('finds links to a file that is not there, and to a place that is not on the page', () => {
  write('b.html', '<h1 id="top">');
  write('a.html', '<a href="b.html#top"><a href="b.html#end"><img src="c.png"><a href="#here"><a href="site:b.html">');
  expect(brokenLinks(folder)).toEqual([
    'a.html → b.html#end',
    'a.html → c.png',
    'a.html → #here',
    'a.html → site:b.html',
  ]);
});

it('finds what is loaded from elsewhere, and leaves links to follow alone', () => {
  write('a.html', '<a href="https://example.org/"><script defer src="//example.org/a.js"></script>');
  write('b.html', '<link rel="stylesheet" href="https://example.org/a.css"><img alt="" src="data:image/png;base64,">');
  write('c.css', '@import "https://example.org/b.css"; a { background: url(https://example.org/d.png) }');
  expect(loadedFromElsewhere(folder).sort()).toEqual([
    'a.html → //example.org/a.js',
    'b.html → https://example.org/a.css',
    'c.css → https://example.org/b.css',
    'c.css → https://example.org/d.png',
  ]);
});
