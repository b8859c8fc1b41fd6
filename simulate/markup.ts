/** Text that is HTML or SVG already. */
export class Markup {
  readonly text: string;

  /** @param text - what is not to be escaped again */
  constructor(text: string) {
    this.text = text;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * A template for markup: every value is escaped, for text as for quoted attributes, unless it is markup itself. So nothing
 * is left unescaped by oversight.
 */
export function markup(
  strings: readonly string[],
  ...values: readonly (string | number | Markup | readonly Markup[])[]
): Markup {
  const parts = strings.map((text, index) => {
    const value = values[index];
    return text + (value === undefined ? '' : textOf(value));
  });
  return new Markup(parts.join(''));
}

function textOf(value: string | number | Markup | readonly Markup[]): string {
  if (value instanceof Markup) return value.text;
  if (typeof value === 'object') return value.map(({ text }) => text).join('');
  return String(value).replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? '');
}
