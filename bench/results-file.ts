import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BENCH_NAMES } from './bars.js';
import { LIMITS } from './limits.js';
import { machine } from './machine.js';
import type { Result } from './result.js';
import { markdownOf, numberOf } from './text.js';

/** The compiled benches are in `.bench/bench`. */
const FILE = join(import.meta.dirname, '..', '..', 'bench', 'RESULTS.md');
const HEAD = `# Results

Written by \`npm run bench -- --results\` and \`npm run soak -- --results\`, not by hand. Values and baselines are medians
of the rounds, ratios the median of the rounds' ratios. The bars are in \`bars.ts\`.
`;

/** Writes the parts of RESULTS.md of the benches that ran; those of others stay. */
export async function writeBenches(results: readonly Result[]): Promise<void> {
  for (const name of BENCH_NAMES) {
    const own = results.filter((result) => result.name.startsWith(`${name}.`));
    if (own.length === 0) continue;
    const limit = withFigures(LIMITS[name], own);
    await writeSection(name, [...machine(new Date()), '', ...markdownOf(own), '', `What limits it: ${limit}`]);
  }
}

/** Writes the soak's part of RESULTS.md. */
export async function writeSoak(results: readonly Result[], seconds: number): Promise<void> {
  const lines = [...machine(new Date()), `- ${seconds} seconds`, '', ...markdownOf(results)];
  await writeSection('Soak', [...lines, '', LIMITS.soak]);
}

async function writeSection(heading: string, lines: readonly string[]): Promise<void> {
  const text = await readFile(FILE, 'utf8').catch(() => HEAD);
  await writeFile(FILE, replaceSection(text, heading, lines));
}

/**
 * Puts a section into a text in the place of the one with the same heading, or at its end.
 *
 * @param text - Markdown
 * @param heading - of the second level
 * @param lines - what comes under it
 */
export function replaceSection(text: string, heading: string, lines: readonly string[]): string {
  const section = `## ${heading}\n\n${lines.join('\n')}\n`;
  const [head = '', ...sections] = text.split(/^(?=## )/m);
  const at = sections.findIndex((one) => one.startsWith(`## ${heading}\n`));
  if (at < 0) sections.push(section);
  else sections[at] = section;
  return `${[head, ...sections].map((one) => one.trimEnd()).join('\n\n')}\n`;
}

/**
 * Puts figures into a sentence.
 *
 * @param sentence - `{name}` stands for a figure's value, `{name/baseline}` for what it was compared with
 * @param results - where they are
 */
export function withFigures(sentence: string, results: readonly Result[]): string {
  return sentence.replace(/\{([\w.-]+)(\/baseline)?\}/g, (_, name: string, ofBaseline: string | undefined) => {
    const result = results.find((one) => one.name === name);
    const figure = ofBaseline === undefined ? result?.value : result?.baseline;
    return typeof figure === 'number' ? numberOf(figure) : '?';
  });
}
