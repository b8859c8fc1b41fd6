import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { linkedFiles, withLinks } from './links.js';
import { type Reading, readingOrder } from './reading.js';

const INDEX = 'docs/README.md';
const FRONT = 'site/front.md';
const README = 'README.md';

/** The site's documents, in a folder of their own, where links between them hold as they do in the repository. */
export interface Documents {
  /** The front page. */
  readonly front: string;
  /** The others, in the order of reading. */
  readonly pages: readonly string[];
  /** The chapters, in the same order. */
  readonly chapters: readonly string[];
}

/**
 * Copies the documents, and what they link to, into a folder. TypeDoc learns a document's title, its chapter and the pages below
 * it from lines at its head, which the documents of the repository do not have.
 *
 * @param folder - is made
 */
export function gatherDocuments(folder: string): Documents {
  const index = readFileSync(INDEX, 'utf8');
  const order = readingOrder(index, posix.dirname(INDEX));
  const chapters = [...new Set(order.map(({ chapter }) => chapter))];
  const first: Reading = { path: INDEX, title: 'Guides', chapter: chapters[0] ?? '' };
  const pages = [first, ...order].map((reading, place, all) => writePage(folder, reading, all[place + 1]));
  const front = join(folder, 'front.md');
  writeFileSync(front, frontPage());
  return { front, pages, chapters };
}

/** Writes a document and what it links to, and returns where it is. */
function writePage(folder: string, { path, title, chapter }: Reading, next: Reading | undefined): string {
  const text = readFileSync(path, 'utf8');
  const below = new Set<string>();
  for (const file of linkedFiles(text, path)) {
    if (file.endsWith('.ts')) {
      writeProgram(folder, file);
      below.add(posix.relative(posix.dirname(path), file));
    } else if (!file.endsWith('.md')) copy(folder, file);
  }
  const children = [...below].map((name) => `  - ./${name}.md`);
  const head = [`title: ${title}`, `group: ${chapter}`, ...(children.length > 0 ? ['children:', ...children] : [])];
  const linked = withLinks(text, (link) => (below.has(link) ? `${link}.md` : link));
  return write(folder, path, [heading(head), linked, nextLine(path, next)].join('\n'));
}

/** A program as a page; a browser would offer a file of TypeScript for download. */
function writeProgram(folder: string, path: string): void {
  const text = readFileSync(path, 'utf8');
  const page = [heading([`title: ${path}`]), `# ${path}`, '', '```ts', text.trimEnd(), '```', ''];
  write(folder, `${path}.md`, page.join('\n'));
}

function heading(lines: readonly string[]): string {
  return `---\n${lines.join('\n')}\n---\n`;
}

function nextLine(path: string, next: Reading | undefined): string {
  return next === undefined
    ? ''
    : `\n---\n\nNext: [${next.title}](${posix.relative(posix.dirname(path), next.path)})\n`;
}

/** The front page has sections of the README where it names them. */
function frontPage(): string {
  const readme = readFileSync(README, 'utf8');
  return readFileSync(FRONT, 'utf8').replace(/^<!-- README: (.+) -->$/gm, (_, title: string) =>
    sectionOf(readme, title),
  );
}

function sectionOf(text: string, title: string): string {
  const [, section] = text.split(`\n## ${title}\n`);
  if (section === undefined) throw new Error(`${README} has no section '${title}', which ${FRONT} shows`);
  const [body = ''] = section.split(/^## /m);
  return `## ${title}\n${body}`;
}

function write(folder: string, path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function copy(folder: string, path: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  copyFileSync(path, file);
}
