import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePlayground } from '../../site/playground/bundle.mjs';
import { PlaygroundTab, startChromium } from './chromium.js';

let out: string;
let browser: Browser;

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'playground-'));
  await bundlePlayground(out);
  browser = await startChromium();
});

afterAll(async () => {
  await browser?.close();
  await rm(out, { recursive: true, force: true });
});

const open = (view: 'server' | 'fleet', width?: number): Promise<PlaygroundTab> => {
  const url = pathToFileURL(join(out, 'index.html')).href;
  const link = 'a=default&b=powerdns&seed=1&rate=1&changes=&now=600000&fleet=2030&fleetnow=60000';
  return PlaygroundTab.open(browser, `${url}#v=1&view=${view}&${link}`, width === undefined ? {} : { width });
};

/** What assistive technologies are told of a page: role and name of each control and picture. */
async function controlsOf(tab: PlaygroundTab): Promise<readonly { readonly role: string; readonly name: string }[]> {
  const session = await tab.page.context().newCDPSession(tab.page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const roles = ['button', 'combobox', 'slider', 'spinbutton', 'textbox', 'DisclosureTriangle', 'image', 'status'];
  return nodes
    .map(({ role, name }) => ({ role: String(role?.value), name: String(name?.value ?? '').trim() }))
    .filter(({ role }) => roles.includes(role));
}

/** Goes through the page by the tab key; says what had the focus, and whether that was seen. */
async function reachedByKeyboard(tab: PlaygroundTab): Promise<readonly string[]> {
  const reached: string[] = [];
  for (;;) {
    await tab.page.keyboard.press('Tab');
    const [name, outline] = (await tab.page.evaluate(`(() => {
      const at = document.activeElement;
      const name = at === document.body ? '' : at.id || at.getAttribute('aria-label') || at.textContent;
      return [name, getComputedStyle(at).outlineStyle];
    })()`)) as [string, string];
    if (name === '') return reached;
    expect(`${name}: ${outline}`).toBe(`${name}: solid`);
    reached.push(name);
  }
}

describe('the playground, for those who do not see it or use no mouse', () => {
  it.each(['server', 'fleet'] as const)('%s: every control and picture has a name of its own', async (view) => {
    await using tab = await open(view);
    for (const summary of await tab.page.locator('summary').all()) await summary.click();
    if (view === 'server') await tab.click('#copy-test');
    const controls = await controlsOf(tab);
    expect(controls.length).toBeGreaterThan(25);
    // The live region and what is said after copying are named by what they say.
    const named = controls.filter(({ role }) => role !== 'status');
    expect(named.filter(({ name }) => name === '')).toEqual([]);
    const inputs = named
      .filter(({ role }) => role !== 'image' && role !== 'DisclosureTriangle')
      .map(({ name }) => name);
    expect(inputs.filter((name, index) => inputs.indexOf(name) !== index)).toEqual([]);
  });

  it.each(['server', 'fleet'] as const)(
    '%s: every control is reached by the keyboard, and the focus seen',
    async (view) => {
      await using tab = await open(view);
      for (const summary of await tab.page.locator('summary').all()) await summary.click();
      // From where the mouse was to the end, then from the beginning.
      await reachedByKeyboard(tab);
      const reached = await reachedByKeyboard(tab);
      const visible = tab.page.locator('a:visible, button:visible, select:visible, input:visible, summary:visible');
      expect(reached).toHaveLength(await visible.count());
    },
  );

  it.each(['server', 'fleet'] as const)('%s: at 360 pixels nothing reaches beyond the edge', async (view) => {
    await using tab = await open(view, 360);
    for (const summary of await tab.page.locator('summary').all()) await summary.click();
    if (view === 'server') await tab.click('#copy-test');
    expect(await tab.page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  it('a change of verdict is said', async () => {
    await using tab = await open('server');
    const live = tab.page.locator('[role="status"]#verdicts');
    expect(await live.textContent()).toBe('default: Good. powerdns: Good.');
    await tab.click('[data-kind="refuse"]', '[data-step="60000"]');
    expect(await live.textContent()).toBe('default: Bad. powerdns: Bad.');
  });
});
