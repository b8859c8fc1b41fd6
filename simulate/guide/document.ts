/**
 * Puts a block of figures between a fleet's markers; all else stays as somebody wrote it.
 *
 * @param document - `docs/policies.md`
 * @param fleet - whose block
 * @param block - what is to stand there
 * @throws `Error` where the markers are not there, once and in order
 */
export function withBlock(document: string, fleet: string, block: string): string {
  const [before, rest, ...more] = document.split(begin(fleet));
  const end = rest?.indexOf(END) ?? -1;
  if (before === undefined || rest === undefined || more.length > 0 || end < 0) {
    throw new Error(`expected '${begin(fleet)}' once, and '${END}' behind it`);
  }
  return `${before}${begin(fleet)}\n\n${block}\n\n${rest.slice(end)}`;
}

const END = '<!-- /figures -->';

function begin(fleet: string): string {
  return `<!-- figures: ${fleet} -->`;
}
