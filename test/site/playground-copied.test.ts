import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundlePlayground } from '../../site/playground/bundle.mjs';
import { PlaygroundTab, STEP, startChromium } from './chromium.js';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);

/** Where the copied test stands: inside the repository, so that it finds vitest; not where another run would find it. */
let folder: string;

beforeAll(async () => {
  await mkdir(join(root, 'temp'), { recursive: true });
  folder = await mkdtemp(join(root, 'temp/playground-'));
  const alias = Object.fromEntries(
    ['testing', 'state'].map((entry) => [`dotscout/${entry}`, join(root, `src/${entry}/index.ts`)]),
  );
  const config = { test: { include: ['*.test.ts'], alias, testTimeout: 300_000 } };
  await writeFile(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};\n`);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The text that the page copies after some life. */
async function copied(): Promise<string> {
  const out = join(folder, 'page');
  await bundlePlayground(out);
  const browser = await startChromium();
  try {
    await using tab = await PlaygroundTab.open(browser, pathToFileURL(join(out, 'index.html')).href);
    await tab.choose('[aria-label="First policy: preset"]', 'rfc9539');
    await tab.page.locator('summary').first().click();
    await tab.choose('[aria-label="First policy: Clear text beside a slow answer (hedge)"]', 'warm');
    await tab.click('[data-outage]', STEP.hour, '[data-kind="drop"]', STEP.minute, STEP.second, '#copy-test');
    return await tab.page.inputValue('#test');
  } finally {
    await browser.close();
  }
}

/** Runs a test with vitest; says what it printed, and how it ended. */
async function outcomeOf(text: string): Promise<{ readonly code: number; readonly printed: string }> {
  await writeFile(join(folder, 'copied.test.ts'), text);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const args = [vitest, 'run', '--root', folder, '--maxWorkers', '1'];
  try {
    const { stdout } = await run(process.execPath, args, { env: { ...process.env, NO_COLOR: '1' } });
    return { code: 0, printed: stdout };
  } catch (error) {
    const { code, stdout } = error as { readonly code: number; readonly stdout: string };
    return { code, printed: stdout };
  }
}

describe('the test that the playground copies', () => {
  it('uses nothing but entry points, passes, and fails where another life is expected', async () => {
    const text = await copied();
    expect([...text.matchAll(/from '([^']+)'/g)].map(([, from]) => from)).toEqual([
      'dotscout/state',
      'dotscout/testing',
      'vitest',
    ]);
    expect(text).toContain("policy: { ...policies.rfc9539, hedge: 'warm' }");
    const passed = await outcomeOf(text);
    expect(passed.printed).toMatch(/Tests +2 passed/);
    expect(passed.code).toBe(0);
    const failed = await outcomeOf(text.replace(/encrypted: (\d+)/, 'encrypted: 1$1'));
    expect(failed.printed).toMatch(/Tests +1 failed \| 1 passed/);
    expect(failed.code).toBe(1);
  });
});
