import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hexOf } from './input.js';
import type { Capture, Target, TargetName } from './target.js';

/** Inputs as they are kept: lines of a name and octets in hexadecimal, and comments behind a `#`. */
export interface Entry {
  readonly name: string;
  readonly octets: readonly Uint8Array[];
}

const CAPTURES = 'captures.hex';
/** How an entry without octets is written, so that it is seen. */
const NO_OCTETS = '-';

/**
 * Reads a file of the corpus.
 *
 * @param text - what is in it
 */
export function parseEntries(text: string): Entry[] {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', ...hex] = line.split(' ');
      return { name, octets: hex.map(octetsFrom) };
    });
}

function octetsFrom(hex: string): Uint8Array {
  if (!/^(?:-|(?:[0-9a-f]{2})+)$/.test(hex)) throw new Error(`not octets in hexadecimal: ${hex.slice(0, 40)}`);
  return Uint8Array.from(Buffer.from(hex === NO_OCTETS ? '' : hex, 'hex'));
}

function kept(octets: Uint8Array): string {
  return hexOf(octets) || NO_OCTETS;
}

/** The corpus that is kept beside the sources. */
export class Corpus {
  readonly #directory: string;

  /** @param directory - `fuzz/corpus` */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What real name servers answered. */
  async captures(): Promise<Capture[]> {
    const entries = parseEntries(await readFile(join(this.#directory, CAPTURES), 'utf8'));
    const none = new Uint8Array(0);
    return entries.map(({ name, octets: [query = none, answer = none] }) => ({ name, query, answer }));
  }

  /** Keeps what real name servers answered. */
  async keepCaptures(captures: readonly Capture[]): Promise<void> {
    const lines = captures.map(({ name, query, answer }) => `${name} ${kept(query)} ${kept(answer)}`);
    const head = '# What was sent to NSD and BIND and what they answered, by fuzz/capture.ts: name, query, answer.';
    await writeFile(join(this.#directory, CAPTURES), `${[head, ...lines].join('\n')}\n`);
  }

  /** A target's own inputs: those that reach most, and those that once broke a promise. */
  async entries(name: TargetName): Promise<Entry[]> {
    return parseEntries(await readFile(this.#file(name), 'utf8').catch(() => ''));
  }

  /** Keeps a target's inputs; those that once broke a promise stay, whatever else they reach. */
  async keep(name: TargetName, found: readonly Uint8Array[]): Promise<void> {
    const broke = (await this.entries(name)).filter((entry) => entry.name.startsWith('broke-'));
    const lines = [
      ...broke.map((entry) => `${entry.name} ${entry.octets.map(kept).join(' ')}`),
      ...found.map((octets, index) => `reaches-${index + 1} ${kept(octets)}`),
    ];
    await writeFile(this.#file(name), `${['# Written by npm run fuzz -- --keep.', ...lines].join('\n')}\n`);
  }

  /** All that a target begins with. */
  async seeds(name: TargetName, target: Target): Promise<Uint8Array[]> {
    const own = (await this.entries(name)).flatMap(({ octets }) => octets);
    // Of one kind: a Buffer's `slice` shares its memory, and what is changed must not change what was kept.
    return [...own, ...target.seeds(await this.captures())].map((octets) => new Uint8Array(octets));
  }

  #file(name: TargetName): string {
    return join(this.#directory, `${name}.hex`);
  }
}
