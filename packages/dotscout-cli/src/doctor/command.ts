import { readStateFile } from 'dotscout/store';
import { EXIT } from '../exit.js';
import { AddressProber, type Found } from '../look/probe-address.js';
import { type LookArguments, lookOptionsOf } from '../options.js';
import { paintFor } from '../text.js';
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
  const { via = [], state } = options;
  const looker = new AddressProber(lookOptionsOf(options));
  const { signal } = new AbortController();
  const found = await Promise.all(via.map((address) => looker.look(address, {}, signal)));
  const file = state === undefined ? undefined : await readStateFile(state);
  const savedAt = file === undefined ? undefined : savedAtOf(file);
  const wall = Date.now();
  const checks = [
    judgeOutbound(found.map(({ record }) => record)),
    judgeClock({ wall, certificates: found.flatMap(certificateOf), savedAt }),
    ...(file === undefined ? [] : [judgeState(file, wall)]),
  ];
  for (const check of checks) tell(check);
  return checks.some(({ state }) => state === 'trouble') ? EXIT.no : EXIT.done;
}

function certificateOf({ result }: Found): readonly (string | undefined)[] {
  return result?.tls === undefined ? [] : [result.tls.authorizationError];
}

function tell({ what, state, text, advice }: Check): void {
  const paint = paintFor(process.stdout);
  const mark = paint(COLOURS[state], MARKS[state].padEnd(MARKS.trouble.length));
  process.stdout.write(`${mark}  ${what.padEnd(10)}  ${text}\n`);
  if (advice !== undefined) process.stdout.write(`${' '.repeat(MARKS.trouble.length)}  ${''.padEnd(10)}  ${advice}\n`);
}
