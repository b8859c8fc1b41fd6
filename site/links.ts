import { posix } from 'node:path';

/** The links of Markdown, images among them, whose target is relative. */
const RELATIVE_LINK = /(\]\()((?![a-z]+:)[^)#\s]+)/g;

/**
 * What a document links to in the repository, each once.
 *
 * @param text - the document, in Markdown
 * @param path - where it is, from the root of the repository; so are the paths that are returned
 */
export function linkedFiles(text: string, path: string): Set<string> {
  const targets = [...text.matchAll(RELATIVE_LINK)].map(([, , link = '']) => posix.join(posix.dirname(path), link));
  return new Set(targets);
}

/** The document with each relative link changed. */
export function withLinks(text: string, change: (link: string) => string): string {
  return text.replace(RELATIVE_LINK, (_, before: string, link: string) => before + change(link));
}
