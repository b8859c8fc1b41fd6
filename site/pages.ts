import { posix } from 'node:path';
import type { Page } from 'typedoc';

/** In front of a path within the site: TypeDoc knows its own pages and files of the repository, and no others. */
const WITHIN_SITE = /(href=")site:/g;
/** An icon in another file, which Chromium refuses to a page that was opened as a file. `icons.js` adds all icons to each page. */
const ICON = /(<use href=")[^"#]*(?=#icon-)/g;

/**
 * Adapts a page that TypeDoc has made.
 *
 * @param page - is changed
 * @param chapters - groups of the navigation, which are open until the reader closes them
 */
export function adaptPage(page: Page, chapters: readonly string[]): void {
  const root = posix.relative(posix.dirname(page.url), '.') || '.';
  page.contents = page.contents
    ?.replace(WITHIN_SITE, `$1${root}/`)
    .replace(ICON, '$1')
    .replace('</head>', `<script>${openingScript(chapters)}</script></head>`);
}

/** TypeDoc keeps what the reader has opened in the browser's local storage, which a reader may have switched off. */
function openingScript(chapters: readonly string[]): string {
  const names = JSON.stringify(chapters.map((chapter) => `tsd-accordion-${chapter}`));
  return `try{for(const c of ${names})localStorage.getItem(c)??localStorage.setItem(c,"true")}catch{}`;
}
