import { posix } from 'node:path';

/** A document of the site. */
export interface Reading {
  /** From the root of the repository. */
  readonly path: string;
  readonly title: string;
  readonly chapter: string;
}

/**
 * Reads the order of reading from the index of documents: a heading a chapter, below it a numbered line a place in the order,
 * which links to a document or to several.
 *
 * @param index - the index, in Markdown
 * @param folder - where it is, from the root of the repository
 */
export function readingOrder(index: string, folder: string): Reading[] {
  const order: Reading[] = [];
  let chapter: string | undefined;
  for (const line of index.split('\n')) {
    chapter = /^## (.+)$/.exec(line)?.[1] ?? chapter;
    if (chapter === undefined || !/^\d+\. /.test(line)) continue;
    for (const [, title = '', link = ''] of line.matchAll(/\[([^\]]+)\]\(([^)#\s]+\.md)\)/g)) {
      order.push({ path: posix.join(folder, link), title: capitalized(title), chapter });
    }
  }
  return order;
}

function capitalized(title: string): string {
  return title.charAt(0).toUpperCase() + title.slice(1);
}
