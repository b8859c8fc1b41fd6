import type { Line } from '../input/lines.js';
import { noTarget } from '../input/target.js';
import { count, visible } from '../text.js';

/** So many are told one by one. */
const MAX_TOLD = 10;
/** So much of one is shown, in characters. */
const MAX_SHOWN = 60;

/**
 * Remembers lines that are no target: the first few with what stands there, of the others how many.
 * They are told at the end, when no progress bar is drawn over.
 */
export class BadLines {
  readonly #input: string;
  readonly #first: string[] = [];
  #count = 0;

  /** @param input - what people call it */
  constructor(input: string) {
    this.#input = input;
  }

  /** One more. */
  add({ number, text }: Line): void {
    this.#count++;
    if (this.#count > MAX_TOLD) return;
    const what = text === undefined ? 'too long' : `${noTarget(text)}: ${shown(text)}`;
    this.#first.push(`${this.#input}, line ${number}: ${what}`);
  }

  /** What there is to tell, in lines. */
  lines(): readonly string[] {
    const more = this.#count - this.#first.length;
    return more === 0 ? this.#first : [...this.#first, `${this.#input}: ${count(more)} more such lines`];
  }
}

/** A stranger's text must not draw on the terminal. */
function shown(text: string): string {
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return visible(JSON.stringify(short));
}
