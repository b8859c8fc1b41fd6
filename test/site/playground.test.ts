import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePlayground } from '../../site/playground/bundle.mjs';
import { figure } from '../support/figures.js';
import { PlaygroundTab, STEP, startChromium } from './chromium.js';

const MOST_OCTETS = 250_000;
const GOOD = '✓ Good: encrypted';
const BAD = '✗ Bad: clear text';
const OUTAGE = '[data-outage]';

let out: string;
let url: string;
let browser: Browser;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'playground-'));
  await bundlePlayground(out);
  url = pathToFileURL(join(out, 'index.html')).href;
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  await rm(out, { recursive: true, force: true });
});

const verdicts = (tab: PlaygroundTab): Promise<readonly string[]> => tab.texts('.verdict');
const clearTimes = (tab: PlaygroundTab): Promise<readonly string[]> => tab.texts('[data-part="clear-time"]');
const clock = async (tab: PlaygroundTab): Promise<string> => (await tab.texts('#clock'))[0] ?? '';

describe('the playground', () => {
  it('is a page, a script and a style sheet, of 250 KB at most as they are sent', async () => {
    const files = await readdir(out);
    expect(files.sort()).toEqual(['index.html', 'playground.css', 'playground.js']);
    let octets = 0;
    for (const file of files) octets += brotliCompressSync(await readFile(join(out, file))).length;
    figure('the playground, compressed', `${octets} octets`);
    expect(octets).toBeLessThanOrEqual(MOST_OCTETS);
  });

  it('loads from a file, says nothing on the console, and asks for nothing else', async () => {
    await using tab = await PlaygroundTab.open(browser, url);
    await tab.click(OUTAGE, STEP.hour, '#view-fleet', STEP.minute);
    expect(tab.messages).toEqual([]);
    const asked = tab.requests.filter((request) => !request.startsWith('data:'));
    expect(asked.map((request) => request.replace(/.*\/|#.*/g, '')).sort()).toEqual([
      'index.html',
      'playground.css',
      'playground.js',
    ]);
  });

  it('answers how long five seconds without DoT cost: a minute by default, a day with powerdns', async () => {
    await using tab = await PlaygroundTab.open(browser, url);
    expect(await verdicts(tab)).toEqual([GOOD, GOOD]);
    await tab.click(OUTAGE, STEP.minute);
    expect(await verdicts(tab)).toEqual([BAD, BAD]);
    await tab.click(STEP.hour);
    expect([await verdicts(tab), await clearTimes(tab)]).toEqual([
      [GOOD, BAD],
      ['1 min 1 s', '1 h'],
    ]);
    expect(await tab.texts('#verdicts')).toEqual(['default: Good. powerdns: Bad.']);
    await tab.click(STEP.day);
    expect([await verdicts(tab), await clearTimes(tab)]).toEqual([
      [GOOD, GOOD],
      ['1 min 1 s', '1 d'],
    ]);
  });

  it.each([
    ['drop', 'black hole', [BAD, BAD], 'silent'],
    ['refuse', 'refuses connections', [BAD, BAD], 'connect refused'],
    ['lame-on-dot', 'wrongly', [BAD, BAD], 'answer lame'],
    ['one-shot', 'closes each session', [GOOD, GOOD], 'DoT is proven'],
  ])('the server becomes %s: %s', async (kind, does, expected, why) => {
    await using tab = await PlaygroundTab.open(browser, url);
    await tab.click(`[data-kind="${kind}"]`);
    expect((await tab.texts('#does'))[0]).toContain(does);
    await tab.click(STEP.minute);
    expect(await verdicts(tab)).toEqual(expected);
    for (const words of await tab.texts('[data-part="why"]')) expect(words).toContain(why);
    await tab.click('[data-kind="good13"]', STEP.day);
    expect((await tab.texts('#does'))[0]).toContain('answers over DNS over TLS');
    expect((await verdicts(tab))[0]).toBe(GOOD);
  });

  it('explains at each moment in the library’s words', async () => {
    await using tab = await PlaygroundTab.open(browser, url);
    expect((await tab.texts('[data-part="next"]'))[0]).toMatch(/^it ends .*, unless a query from 2026-01-03T/);
    await tab.click(OUTAGE, STEP.minute);
    const [first, second] = await tab.texts('[data-part="next"]');
    expect(first).toMatch(/^the first query from 2026-01-01T00:11:01.* on brings a probe$/);
    expect(second).toMatch(/^the first query from 2026-01-02T00:10:01.* on brings a probe$/);
  });

  it('time goes by steps, plays and stands', async () => {
    await using tab = await PlaygroundTab.open(browser, url, { plays: true });
    await expect.poll(() => clock(tab)).toMatch(/00:1[1-9]/);
    await tab.click('#play');
    const stood = await clock(tab);
    await tab.click(STEP.hour, STEP.second);
    expect(Date.parse(`${await clock(tab)}Z`) - Date.parse(`${stood}Z`)).toBe(3_601_000);
    await tab.choose('#speed', '86400000');
    await tab.page.click('#play');
    await expect.poll(() => clock(tab)).toMatch(/2026-01-0[3-9]/);
    await tab.page.click('#play');
    await tab.click('#again');
    expect(await clock(tab)).toBe('2026-01-01 00:10:00');
  });

  it('a policy is a preset, and what its sliders change', async () => {
    await using tab = await PlaygroundTab.open(browser, url);
    const second = '[aria-label="Second policy: ';
    await tab.click(OUTAGE, STEP.hour);
    await tab.choose(`${second}preset"]`, 'default');
    expect(await clearTimes(tab)).toEqual(['1 min 1 s', '1 min 1 s']);
    await tab.page.locator('summary').nth(1).click();
    await tab.press(`${second}Bad, but Good before: tried again after"]`, 'ArrowRight');
    expect(await clearTimes(tab)).toEqual(['1 min 1 s', '5 min 1 s']);
    await tab.press(`${second}Failures until Bad"]`, 'End');
    expect(await clearTimes(tab)).toEqual(['1 min 1 s', '0 s']);
    await tab.choose(`${second}Clear text beside a slow answer (hedge)"]`, 'off');
    expect(tab.page.url()).toContain('b=default*demotedRetryMs.300000*strikes.10*hedge.off');
  });

  it('queries, seed and strip are set', async () => {
    await using tab = await PlaygroundTab.open(browser, url);
    const counts = async (): Promise<string> => (await tab.texts('[data-part="counts"]'))[0] ?? '';
    const before = await counts();
    await tab.choose('#rate', '10');
    const often = await counts();
    await tab.page.fill('#seed', '7');
    await tab.press('#seed', 'Enter');
    const other = await counts();
    expect(new Set([before, often, other]).size).toBe(3);
    await tab.click(OUTAGE, STEP.hour, STEP.hour);
    const bands = tab.page.locator('.strip').first().locator('.band');
    const whole = await bands.count();
    await tab.choose('#span', '900000');
    // The last quarter of an hour was Good throughout.
    expect([whole > 1, await bands.count()]).toEqual([true, 1]);
  });

  it('a fleet is lived under both policies on the same draws', async () => {
    await using tab = await PlaygroundTab.open(browser, url);
    await tab.click('#view-fleet', STEP.minute, STEP.minute, STEP.hour);
    expect(await clock(tab)).toBe('2026-01-01 01:02:00');
    const held = await verdicts(tab);
    expect(held[0]).toMatch(/^\d+ addresses Good, \d+ Bad, \d+ Unknown$/);
    await tab.choose('[aria-label="Second policy: preset"]', 'default');
    const [first, second] = await verdicts(tab);
    expect(second).toBe(first);
    expect((await tab.texts('[data-part="share"]'))[0]).toMatch(/^9\d\.\d+ %$/);
    await tab.choose('#fleet-name', '2026');
    expect((await verdicts(tab))[0]).not.toBe(first);
    await tab.click('#again', '#view-server');
    expect(await verdicts(tab)).toEqual([GOOD, GOOD]);
  });
});

describe('a link', () => {
  it('brings back all that was seen, while the page is open and in another tab', async () => {
    await using tab = await PlaygroundTab.open(browser, url);
    await tab.choose('#rate', '0.1');
    await tab.choose('[aria-label="First policy: preset"]', 'rfc9539');
    await tab.click(OUTAGE, STEP.hour, '[data-kind="drop"]', STEP.minute, STEP.second);
    const seen = await tab.seen();
    const link = tab.page.url();
    await using other = await PlaygroundTab.open(browser, link);
    expect(await other.seen()).toBe(seen);
    await tab.click('#again', '#view-fleet');
    await tab.page.goto(link);
    await expect.poll(() => tab.seen()).toBe(seen);
    await tab.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await tab.page.click('#copy-link');
    await expect.poll(() => tab.texts('#copied')).toEqual(['The link is copied.']);
    expect(await tab.page.evaluate('navigator.clipboard.readText()')).toBe(link);
  });

  it('that is broken brings a plain message, and the default set-up', async () => {
    await using tab = await PlaygroundTab.open(browser, `${url}#v=1&view=<script>`);
    expect(await tab.texts('[role="alert"]')).toEqual([
      'In the link, “view” must be one of server, fleet, not “%3Cscript%3E”. Here is the default set-up instead.',
    ]);
    expect([await verdicts(tab), await clock(tab), tab.messages]).toEqual([[GOOD, GOOD], '2026-01-01 00:10:00', []]);
  });
});
