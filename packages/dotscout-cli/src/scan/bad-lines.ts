import type { Line } from '../input/lines.js';
import { count } from '../text.js';

/** So many are told one by one. */
const MAX_TOLD = 10;
/** So much of one is shown, in characters. */
const MAX_SHOWN = 60;

/** Tells of lines that are neither an address nor a name: the first few with what stands there, the others by their number. */
export class BadLines {
  readonly #input: string;
  readonly #say: (text: string) => void;
  #count = 0;

  /**
   * @param input - what people call the input
   * @param say - writes a line
   */
  constructor(input: string, say: (text: string) => void) {
    this.#input = input;
    this.#say = say;
  }

  /** One more. */
  tell({ number, text }: Line): void {
    this.#count++;
    if (this.#count > MAX_TOLD) return;
    const what = text === undefined ? 'too long' : `neither an address nor a name: ${shown(text)}`;
    this.#say(`dotscout: ${this.#input}, line ${number}: ${what}`);
  }

  /** Tells how many there were beside those. */
  end(): void {
    if (this.#count > MAX_TOLD) this.#say(`dotscout: ${this.#input}: ${count(this.#count - MAX_TOLD)} more such lines`);
  }
}

/** A stranger's text must not draw on the terminal. */
function shown(text: string): string {
  const short = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return JSON.stringify(short).replaceAll(/[\u007f-\u009f]/g, '?');
}
