import { styleText } from 'node:util';
import { Table } from 'console-table-printer';

/** What can be written to and may be a terminal: `process.stdout` is one. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  /** How many columns the terminal has. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Colours a text. */
export type Paint = (colour: 'green' | 'red' | 'yellow' | 'dim', text: string) => string;

/**
 * Colours for a terminal, and nothing elsewhere, nor where people say that they want none (no-color.org).
 *
 * @param output - where the text goes
 * @param environment - of the process
 */
export function paintFor(output: Output, environment: NodeJS.ProcessEnv = process.env): Paint {
  const plain = output.isTTY !== true || environment.TERM === 'dumb' || (environment.NO_COLOR ?? '') !== '';
  if (plain) return (_, text) => text;
  return (colour, text) => styleText(colour, text, { validateStream: false });
}

/** Fewer columns are no width to write for. */
const LEAST_WIDTH = 20;

/**
 * How many columns a line may have.
 *
 * @param output - where it goes
 * @returns `Infinity` where that is no terminal: what reads it may count on one line being one
 */
export function widthOf({ isTTY, columns = 0 }: Output): number {
  return isTTY === true && columns > 0 ? Math.max(columns, LEAST_WIDTH) : Number.POSITIVE_INFINITY;
}

/**
 * Breaks a text between words. A word that is too long stays whole: half an address is none.
 *
 * @param text - one paragraph
 * @param width - columns of a line
 * @param indent - stands before every line but the first
 * @returns the lines
 */
export function wrapped(text: string, width: number, indent = ''): string[] {
  if (text.length <= width) return [text];
  const [lead = ''] = /^ */.exec(text) ?? [];
  const [first = '', ...words] = text.slice(lead.length).split(' ');
  const lines: string[] = [];
  let line = `${lead}${first}`;
  for (const word of words) {
    if (line.length + 1 + word.length <= width) line = `${line} ${word}`;
    else if (word !== '') {
      lines.push(line.trimEnd());
      line = `${indent}${word}`;
    }
  }
  return [...lines, line.trimEnd()];
}

/** A label's column. */
const LABEL = 12;

/**
 * A fact behind its label; below it, where the terminal is too narrow for both.
 *
 * @param label - a word
 * @param text - one paragraph
 * @param width - columns of a line
 */
export function labelled(label: string, text: string, width: number): string[] {
  const indent = ' '.repeat(LABEL + 2);
  const line = `  ${label.padEnd(LABEL)}${text}`;
  if (line.length <= width || width >= NARROW) return wrapped(line, width, indent);
  return [`  ${label}`, ...wrapped(`    ${text}`, width, '    ')];
}

/** Terminals with fewer columns have their facts below the labels. */
export const NARROW = 60;

/**
 * A stranger's text for a terminal: what moves the cursor or turns the direction of writing is shown by its number.
 *
 * @param text - any text
 */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`);
}

const NOTHING = { left: '', mid: '', right: '', other: '' };

/** A column: its head, and whether it holds numbers. */
export interface Column {
  readonly title: string;
  readonly numbers?: boolean;
}

/**
 * Rows under a head, in lines without an end.
 *
 * @param columns - what the cells are
 * @param rows - a cell a column
 */
export function tableOf(columns: readonly Column[], rows: readonly (readonly (string | number)[])[]): string[] {
  const table = new Table({
    shouldDisableColors: true,
    style: { headerTop: NOTHING, headerBottom: NOTHING, tableBottom: NOTHING, vertical: '' },
    columns: columns.map(({ title, numbers = false }, index) => ({
      name: `${index}`,
      title,
      alignment: numbers ? 'right' : 'left',
    })),
    rows: rows.map((cells) => Object.fromEntries(cells.map((cell, index) => [`${index}`, cell]))),
  });
  const [head = '', ...lines] = table
    .render()
    .split('\n')
    .map((line) => line.slice(1).trimEnd())
    .filter((line) => line !== '');
  return [head, '-'.repeat(head.length), ...lines];
}

/** A number as people read it: `1,234`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** A length of time as people read it: `8 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  const units: readonly [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  const [size, unit] = units[first] ?? [1, 's'];
  const [smaller, smallerUnit] = units[first + 1] ?? [1, ''];
  const rest = Math.floor((seconds % size) / smaller);
  const head = `${Math.floor(seconds / size)} ${unit}`;
  return smallerUnit === '' || rest === 0 ? head : `${head} ${rest} ${smallerUnit}`;
}
