// node site/playground/measure.mjs: how fast the playground computes in chromium, and the same run in Node; how many frames a second
// it draws while a day of the fleet goes by; how large it is. A figure wants a machine that does nothing else.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { bundlePlayground, forBrowsers } from './bundle.mjs';

const here = import.meta.dirname;
const out = await mkdtemp(join(tmpdir(), 'playground-measure-'));
const common = {
  entryPoints: [join(here, 'measure-run.ts')],
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
};
const inNode = join(out, 'in-node.cjs');
const inBrowser = join(out, 'in-browser.js');
await bundlePlayground(join(out, 'page'));
await build({ ...common, outfile: inNode, platform: 'node', format: 'cjs' });
await build({ ...common, ...forBrowsers, outfile: inBrowser, globalName: 'measured' });

const { run } = (await import(pathToFileURL(inNode).href)).default;
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const blank = await browser.newPage();
await blank.addScriptTag({ path: inBrowser });
const rows = [];
for (const what of ['server', 'fleet']) {
  const node = await run(what);
  const page = await blank.evaluate((name) => globalThis.measured.run(name), what);
  rows.push({ what: `a day of the ${what}`, 'Node, ms': node, 'chromium, ms': page, ratio: page / node });
}
console.table(rows.map((row) => ({ ...row, ratio: row.ratio.toFixed(2) })));

const page = await browser.newPage({ reducedMotion: 'reduce' });
const link = 'v=1&view=fleet&a=default&b=powerdns&seed=1&rate=1&changes=&now=600000&fleet=2030&fleetnow=3600000';
await page.goto(`${pathToFileURL(join(out, 'page/index.html')).href}#${link}`);
await page.locator('main[aria-busy="false"]').waitFor({ timeout: 60_000 });
await page.selectOption('#speed', '3600000');
const frames = await page.evaluate(async () => {
  const end = '2026-01-02 01:00:00';
  const clock = document.querySelector('#clock');
  document.querySelector('#play').click();
  const [began, from] = [performance.now(), clock.textContent];
  let [count, longest, last] = [0, 0, began];
  while (clock.textContent < end && performance.now() - began < 120_000) {
    const now = await new Promise(requestAnimationFrame);
    longest = Math.max(longest, now - last);
    last = now;
    count++;
  }
  const seconds = (performance.now() - began) / 1_000;
  return { from, to: clock.textContent, seconds, perSecond: count / seconds, longestMs: longest };
});
console.log(
  `a day of the fleet under two policies, at 1 h/s: ${frames.from} to ${frames.to} in ${frames.seconds.toFixed(1)} s,`,
);
console.log(`  ${frames.perSecond.toFixed(1)} frames a second, the longest ${frames.longestMs.toFixed(0)} ms`);
let octets = 0;
for (const file of await readdir(join(out, 'page')))
  octets += brotliCompressSync(await readFile(join(out, 'page', file))).length;
console.log(`the page, compressed: ${(octets / 1_000).toFixed(1)} KB`);
await browser.close();
await rm(out, { recursive: true });
