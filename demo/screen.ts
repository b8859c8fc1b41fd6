import type { WriteStream } from 'node:tty';
import type { TransitionInfo, TransportSelector } from '../src/index.js';
import type { FleetServer } from '../tools/fleet.js';
import type { Progress, Screen } from './run.js';
import { countStatuses } from './summary.js';
import type { Tally } from './tally.js';
import { footOf, type KindRow, kindsOf, lineOf, tableOf } from './text.js';

/** What a screen shows. */
export interface ScreenOptions {
  readonly output: WriteStream;
  readonly selector: TransportSelector;
  readonly servers: readonly FleetServer[];
  readonly tally: Tally;
}

const HEAD_AND_FOOT = 3;
const LINE_EVERY_S = 1;
const UP = (lines: number) => `\u001b[${lines}A`;
const CLEAR_LINE = '\u001b[K';

/** A table that redraws where the output is a terminal with room for it, plain lines elsewhere. */
export function makeScreen(options: ScreenOptions): Screen {
  const { output, servers } = options;
  const height = kindsOf(servers).size + HEAD_AND_FOOT;
  const fits = output.isTTY && output.rows > height && process.env.TERM !== 'dumb';
  return fits ? new TableScreen(options) : new LineScreen(options, true);
}

/** Plain lines: how it stands, once a second; if wished, each discovery too. */
export class LineScreen implements Screen {
  readonly #options: ScreenOptions;
  readonly #tellsDiscoveries: boolean;
  #nextAt = 0;

  constructor(options: ScreenOptions, tellsDiscoveries: boolean) {
    this.#options = options;
    this.#tellsDiscoveries = tellsDiscoveries;
  }

  transition({ address, kind }: FleetServer, { from, to, why }: TransitionInfo): void {
    if (this.#tellsDiscoveries) this.#write(`        ${address} (${kind}): ${from} → ${to}, ${why}`);
  }

  progress(progress: Progress): void {
    if (progress.seconds < this.#nextAt) return;
    this.#nextAt = progress.seconds + LINE_EVERY_S;
    this.#write(lineOf(progress));
  }

  end(progress: Progress): void {
    this.#write(lineOf(progress));
    if (!this.#tellsDiscoveries) return;
    for (const line of ['', ...tableOf(rowsOf(this.#options)), '']) this.#write(line);
  }

  #write(line: string): void {
    this.#options.output.write(`${line}\n`);
  }
}

/** A table of the kinds of servers, drawn over itself. */
class TableScreen implements Screen {
  readonly #options: ScreenOptions;
  #drawn = 0;

  constructor(options: ScreenOptions) {
    this.#options = options;
  }

  transition(): void {}

  progress(progress: Progress): void {
    const { output } = this.#options;
    const lines = [...tableOf(rowsOf(this.#options)), ...footOf(progress)];
    const text = lines.map((line) => `${line.slice(0, output.columns)}${CLEAR_LINE}\n`).join('');
    output.write(`${this.#drawn > 0 ? UP(this.#drawn) : ''}${text}`);
    this.#drawn = lines.length;
  }

  end(progress: Progress): void {
    this.progress(progress);
    this.#options.output.write('\n');
  }
}

function rowsOf({ selector, servers, tally }: ScreenOptions): KindRow[] {
  return [...kindsOf(servers)].map(([kind, members]) => ({
    kind,
    capable: members.some(({ capable }) => capable),
    statuses: countStatuses(selector, members),
    counts: tally.kind(kind),
  }));
}
