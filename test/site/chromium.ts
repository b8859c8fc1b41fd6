import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's own. */
const CHROMIUM = '/usr/bin/chromium';

/** Starts a browser without a window, which need not imitate a graphics processor. */
export function startChromium(): Promise<Browser> {
  if (!existsSync(CHROMIUM)) throw new Error(`there is no ${CHROMIUM}: apt-get install chromium`);
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

/** The playground in a tab of its own, and what it tells the browser. */
export class PlaygroundTab {
  readonly page: Page;
  /** What it wrote on the console, and threw. */
  readonly messages: readonly string[];
  /** What it loaded. */
  readonly requests: readonly string[];

  private constructor(page: Page, messages: readonly string[], requests: readonly string[]) {
    this.page = page;
    this.messages = messages;
    this.requests = requests;
  }

  /**
   * Opens it.
   *
   * @param browser - where
   * @param url - of its page, with a set-up or without
   * @param how - `plays`: it plays from the beginning; else only steps move time. `width`: of the window
   */
  static async open(
    browser: Browser,
    url: string,
    { plays = false, width = 1_280 }: { readonly plays?: boolean; readonly width?: number } = {},
  ): Promise<PlaygroundTab> {
    const reducedMotion = plays ? 'no-preference' : 'reduce';
    const page = await browser.newPage({ reducedMotion, viewport: { width, height: 900 } });
    const [messages, requests]: [string[], string[]] = [[], []];
    page.on('console', (message) => messages.push(message.text()));
    page.on('pageerror', (error) => messages.push(String(error)));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(url);
    const tab = new PlaygroundTab(page, messages, requests);
    await tab.#drawn();
    return tab;
  }

  /** Clicks what is found by these selectors, one after the other, each when all before is drawn. */
  async click(...selectors: readonly string[]): Promise<void> {
    for (const selector of selectors) {
      await this.page.click(selector);
      await this.#drawn();
    }
  }

  /** Chooses from a list, and waits until that is drawn. */
  async choose(selector: string, value: string): Promise<void> {
    await this.page.selectOption(selector, value);
    await this.#drawn();
  }

  /** Presses a key on a control, and waits until that is drawn. */
  async press(selector: string, ...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.press(selector, key);
    await this.#drawn();
  }

  /** The text of what is found by a selector, in both lanes or once. */
  async texts(selector: string): Promise<readonly string[]> {
    return this.page.locator(selector).allTextContents();
  }

  /** All that is seen of the page below its head. */
  async seen(): Promise<string> {
    return String(await this.page.evaluate(`document.querySelector('main').innerText`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.close();
  }

  async #drawn(): Promise<void> {
    await this.page.locator('main[aria-busy="false"]').waitFor();
  }
}

/** Steps of time, by their buttons. */
export const STEP = {
  second: '[data-step="1000"]',
  minute: '[data-step="60000"]',
  hour: '[data-step="3600000"]',
  day: '[data-step="86400000"]',
} as const;
