import { networkInterfaces } from 'node:os';
import { readStateFile } from 'dotscout/store';
import { EXIT } from '../exit.js';
import { AddressProber, type Found } from '../look/probe-address.js';
import { type LookArguments, lookOptionsOf } from '../options.js';
import { NARROW, paintFor, visible, widthOf, wrapped } from '../text.js';
import type { Check, State } from './check.js';
import { judgeClock } from './clock.js';
import { judgeOutbound } from './outbound.js';
import { judgeState, savedAtOf } from './state.js';

/** What `dotscout doctor` is asked. */
export interface DoctorCommandOptions extends LookArguments {
  /** Addresses that are known to speak DoT; without any, nobody is contacted. */
  readonly via?: readonly string[];
  /** A resolver's state file. */
  readonly state?: string;
  readonly json?: boolean;
}

const MARKS = { well: 'ok', trouble: 'TROUBLE', open: '?' } as const satisfies Record<State, string>;
const COLOURS = { well: 'green', trouble: 'red', open: 'yellow' } as const;

/**
 * Runs `dotscout doctor`.
 *
 * @param options - from the command line
 * @returns the exit status
 */
export async function doctor(options: DoctorCommandOptions): Promise<number> {
  const { via = [], state, json = false } = options;
  const looker = new AddressProber(lookOptionsOf(options));
  const { signal } = new AbortController();
  const found = await Promise.all(via.map((address) => looker.look(address, { needsControl: true }, signal)));
  const file = state === undefined ? undefined : await readStateFile(state);
  const savedAt = file === undefined ? undefined : savedAtOf(file);
  const wall = Date.now();
  const checks = [
    judgeOutbound(
      found.map(({ record }) => record),
      { hasNetwork: hasNetwork() },
    ),
    judgeClock({ wall, certificates: found.flatMap(certificateOf), savedAt }),
    ...(file === undefined ? [] : [judgeState(file, wall)]),
  ];
  for (const check of checks) process.stdout.write(json ? jsonOf(check) : `${linesOf(check).join('\n')}\n`);
  return checks.some(({ state }) => state === 'trouble') ? EXIT.no : EXIT.done;
}

function certificateOf({ result }: Found): readonly (string | undefined)[] {
  return result?.tls === undefined ? [] : [result.tls.authorizationError];
}

/** Whether this machine has an address that leads out of it. */
function hasNetwork(): boolean {
  return Object.values(networkInterfaces()).some((addresses = []) => addresses.some(({ internal }) => !internal));
}

function jsonOf({
  what,
  state,
  code,
  text,
  advice = null,
}: Omit<Check, 'advice'> & { advice?: string | null }): string {
  return `${JSON.stringify({ what, state, code, text, advice })}\n`;
}

function linesOf({ what, state, text, advice }: Check): string[] {
  const paint = paintFor(process.stdout);
  const width = widthOf(process.stdout);
  const mark = MARKS[state].padEnd(MARKS.trouble.length);
  const isNarrow = width < NARROW;
  const head = `${mark}  ${what.padEnd(10)}`;
  const indent = ' '.repeat(isNarrow ? 2 : head.length + 2);
  const texts = [visible(text), ...(advice === undefined ? [] : [advice])];
  const [first = '', ...rest] = isNarrow
    ? [head.trimEnd(), ...texts.flatMap((one) => wrapped(`${indent}${one}`, width, indent))]
    : texts.flatMap((one, at) => wrapped(`${at === 0 ? `${head}  ` : indent}${one}`, width, indent));
  return [`${paint(COLOURS[state], MARKS[state])}${first.slice(MARKS[state].length)}`, ...rest];
}
