// The site as it is built, in Debian's Chromium. The playground has tests of its own.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildSite } from '../../site/build.js';
import { readingOrder } from '../../site/reading.js';
import { type SiteServer, serveSite } from '../../site/serve.js';
import { startChromium } from './chromium.js';
import { brokenLinks, filesIn, loadedFromElsewhere } from './links.js';

const out = mkdtempSync(join(tmpdir(), 'dotscout-site-'));
const PHONE = { width: 360, height: 740 };
const NAV = '#tsd-nav-container';
let browser: Browser;
let server: SiteServer;

beforeAll(async () => {
  await buildSite(out);
  server = await serveSite(out);
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
  rmSync(out, { recursive: true });
});

/** A page that writes down what it says and what it asks for. */
async function openPage(address: string, options: Parameters<Browser['newPage']>[0] = {}) {
  const page = await browser.newPage(options);
  const said: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('request', (request) => asked.push(request.url()));
  await page.goto(address);
  // The navigation is made by a script.
  await page.locator(`${NAV} a`).first().waitFor({ state: 'attached' });
  return { page, said, asked, [Symbol.asyncDispose]: () => page.close() };
}

const htmlIn = (folder: string): string[] =>
  filesIn(out).filter((name) => name.startsWith(`${folder}/`) && name.endsWith('.html'));

const background = (page: Page): Promise<string> =>
  page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--color-background'));

const widthOf = (page: Page): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);

describe('the files', () => {
  it('link only to what is there', () => {
    expect(brokenLinks(out)).toEqual([]);
  });

  it('lead back from the playground', () => {
    expect(readFileSync(join(out, 'playground/index.html'), 'utf8')).toContain('<a href="../index.html">');
  });

  it('load nothing from elsewhere', () => {
    expect(loadedFromElsewhere(out)).toEqual([]);
  });

  it('have the playground, the plots, and a page for each entry point by the name that programs import', () => {
    const files = filesIn(out);
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown> };
    const modules = Object.keys(exports).map((path) => `modules/dotscout${path.slice(1).replace('/', '_')}.html`);
    expect(files).toEqual(expect.arrayContaining([...modules, 'playground/index.html', 'media/2026-time.svg']));
  });
});

describe('in a browser', () => {
  const kinds = ['index.html', 'documents/Policies_compared.html', 'classes/dotscout.TransportSelector.html'];

  it.each(kinds)('%s loads from a file, with no word on the console', async (name) => {
    await using opened = await openPage(pathToFileURL(join(out, name)).href);
    expect(opened.said).toEqual([]);
    expect(opened.asked.filter((url) => !url.startsWith(pathToFileURL(out).href))).toEqual([]);
  });

  it.each(kinds)('%s loads from the server, with no word on the console, and fits a phone', async (name) => {
    await using opened = await openPage(server.url + name, { viewport: PHONE });
    expect(await widthOf(opened.page)).toBe(PHONE.width);
    expect(opened.said).toEqual([]);
    expect(opened.asked.filter((url) => !url.startsWith(server.url))).toEqual([]);
  });

  it('the front page says what it is, shows the demo, and leads to playground, guides and reference', async () => {
    await using opened = await openPage(server.url);
    const { page } = opened;
    await expect.poll(() => page.locator('.col-content p').first().textContent()).toContain('DNS over TLS');
    expect(await page.locator('.col-content pre').first().textContent()).toContain('853 black hole');
    const doors = await page.locator('.doors a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(doors).toEqual(['./playground/index.html', 'documents/Guides.html', './modules.html#reference']);
  });

  it('the navigation has the guides in the order of reading, then the entry points', async () => {
    await using opened = await openPage(`${server.url}documents/Rules.html`);
    const order = readingOrder(readFileSync('docs/README.md', 'utf8'), 'docs').map(({ title }) => title);
    const links = opened.page.locator(`${NAV} > li > details > div > ul > li`);
    const titles = (await links.allTextContents()).map((text) => text.trim());
    expect(titles.slice(0, order.length + 2).map((title) => /^Examples/.exec(title)?.[0] ?? title)).toEqual([
      ...['Guides', ...order, 'dotscout'].map((title) => expect.stringContaining(title)),
    ]);
    expect(await opened.page.locator(`${NAV} a[aria-current=page]`).textContent()).toBe('Rules');
    const targets = await opened.page.locator(`${NAV} a`).evaluateAll((all) => all.map((link) => String(link)));
    const files = new Set(filesIn(out));
    expect(targets.filter((target) => !files.has(target.slice(server.url.length).replace(/#.*/, '')))).toEqual([]);
  });

  it('the search finds a guide by its words and what the reference names', async () => {
    await using opened = await openPage(server.url);
    const results = opened.page.locator('#tsd-search-results li a');
    const found = async () => (await results.allTextContents()).map((text) => text.trim());
    await opened.page.locator('#tsd-search-trigger').click();
    await opened.page.locator('#tsd-search-input').fill('TransportSelector');
    await expect.poll(found).toContain('dotscout.TransportSelector');
    await opened.page.locator('#tsd-search-input').fill('black hole');
    await expect.poll(found).toContain('Tuning');
  });

  it('no guide and no page of an entry point is wider than a phone', async () => {
    // The scripts make the navigation, which a phone hides.
    const page = await browser.newPage({ viewport: PHONE, javaScriptEnabled: false });
    const wide: string[] = [];
    for (const name of ['modules.html', ...htmlIn('documents'), ...htmlIn('modules')]) {
      await page.goto(server.url + name);
      const width = await widthOf(page);
      if (width !== PHONE.width) wide.push(`${name}: ${width}`);
    }
    await page.close();
    expect(wide).toEqual([]);
  });

  it('is light or dark as the system is, until the reader chooses', async () => {
    await using opened = await openPage(server.url, { colorScheme: 'light' });
    const light = await background(opened.page);
    await opened.page.emulateMedia({ colorScheme: 'dark' });
    const dark = await background(opened.page);
    expect(dark).not.toBe(light);
    await opened.page.locator('#tsd-theme').selectOption('light', { force: true });
    expect(await background(opened.page)).toBe(light);
  });
});
