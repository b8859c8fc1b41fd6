import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** A page of a built site, as far as links go. */
interface LinkedPage {
  /** What its elements are called. */
  readonly ids: ReadonlySet<string>;
  readonly links: readonly string[];
}

/** With a scheme, or with a host. */
const ABSOLUTE = /^(?:[a-z][a-z\d+.-]*:|\/\/)/i;
/** What a browser loads when it shows a page; a link it only follows. */
const LOADED =
  /<(?:script|img|iframe|source|video|audio|embed|use)\b[^>]*?\s(?:src|href)="([^"]*)"|<link\b[^>]*?\shref="([^"]*)"/g;
const LOADED_BY_STYLE = /url\(\s*["']?([^"')\s]+)|@import\s+["']([^"']+)/g;

/** All files below a folder, by their paths in it. */
export function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries.map(({ parentPath, name }) => relative(folder, join(parentPath, name)));
}

/**
 * The relative links of a built site that lead nowhere: to no file, or to a page that has no such place.
 *
 * @returns `page → link`, one a fault
 */
export function brokenLinks(folder: string): string[] {
  const files = new Set(filesIn(folder));
  const names = [...files].filter((name) => name.endsWith('.html'));
  const pages = new Map(names.map((name) => [name, readPage(join(folder, name))]));
  return [...pages].flatMap(([name, { links }]) =>
    links.filter((link) => !leadsSomewhere(name, link, files, pages)).map((link) => `${name} → ${link}`),
  );
}

/**
 * What pages and style sheets of a built site load from elsewhere.
 *
 * @returns `file → address`, one a fault
 */
export function loadedFromElsewhere(folder: string): string[] {
  return filesIn(folder).flatMap((name) => {
    const pattern = name.endsWith('.html') ? LOADED : LOADED_BY_STYLE;
    if (!/\.(?:html|css)$/.test(name)) return [];
    const loaded = [...readFileSync(join(folder, name), 'utf8').matchAll(pattern)].map(([, a, b]) => a ?? b ?? '');
    return loaded.filter((link) => ABSOLUTE.test(link) && !link.startsWith('data:')).map((link) => `${name} → ${link}`);
  });
}

function readPage(file: string): LinkedPage {
  const text = readFileSync(file, 'utf8');
  const valuesOf = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, value = '']) => decoded(value));
  return { ids: new Set(valuesOf(/\sid="([^"]*)"/g)), links: valuesOf(/\s(?:href|src)="([^"]*)"/g) };
}

function leadsSomewhere(
  page: string,
  link: string,
  files: ReadonlySet<string>,
  pages: ReadonlyMap<string, LinkedPage>,
): boolean {
  if (ABSOLUTE.test(link)) return !link.startsWith('site:');
  const [path = '', fragment = ''] = link.split('#');
  const target = path === '' ? page : join(dirname(page), decodeURIComponent(path));
  if (!files.has(target)) return false;
  const place = decodeURIComponent(fragment);
  // The icons are added by a script.
  return place === '' || place.startsWith('icon-') || pages.get(target)?.ids.has(place) === true;
}

function decoded(value: string): string {
  return value.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&');
}
