/** One line of an input. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Without its end and the space around it; `undefined` where the line is too long to be anything of ours. */
  readonly text: string | undefined;
  /** How many octets it takes up, its end included. */
  readonly octets: number;
}

/** No address and no name is longer: a domain name in presentation format has 253 characters. */
const MAX_LINE = 1_024;
const LF = 0x0a;
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

/**
 * Reads lines, as many at a time as a chunk brings. Whatever the input is, no more than a chunk and a line are kept.
 *
 * @param chunks - the input
 */
export async function* numberedLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly Line[]> {
  const begun = new BegunLine();
  let number = 0;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let at = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, at)) {
      begun.add(chunk, at, end);
      at = end + 1;
      lines.push(begun.finish(++number, 1));
    }
    begun.add(chunk, at, chunk.length);
    if (lines.length > 0) yield lines;
  }
  if (begun.octets > 0) yield [begun.finish(++number, 0)];
}

/** The line that is being read. */
class BegunLine {
  octets = 0;
  #text = '';

  add(chunk: Uint8Array, from: number, to: number): void {
    this.octets += to - from;
    if (this.octets > MAX_LINE) this.#text = '';
    else this.#text += Buffer.from(chunk.buffer, chunk.byteOffset + from, to - from).toString('latin1');
  }

  finish(number: number, end: number): Line {
    const { octets } = this;
    const text = octets > MAX_LINE ? undefined : withoutMark(this.#text, number).trim();
    this.octets = 0;
    this.#text = '';
    return { number, text, octets: octets + end };
  }
}

function withoutMark(text: string, number: number): string {
  return number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}
