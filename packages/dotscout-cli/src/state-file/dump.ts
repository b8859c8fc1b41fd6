import { compareAddresses, parseAddress } from 'dotscout/state';
import { type DumpOptions, dumpLines, type StateFile, type StoredVerdict, verdictLines } from 'dotscout/store';
import { EXIT } from '../exit.js';
import { problemsOf, readState } from './read.js';
import { standingOf } from './standing.js';

/** The options of `dotscout dump`. */
export interface DumpCommandOptions {
  readonly json?: boolean;
  readonly utc?: boolean;
  readonly endpoints?: boolean;
}

/**
 * Runs `dotscout dump`.
 *
 * @param path - the state file
 * @param options - from the command line
 * @returns the exit status
 */
export async function dump(path: string, options: DumpCommandOptions): Promise<number> {
  const { json = false, ...layout } = options;
  const file = await readState(path);
  const lines = json ? verdictLines(file.verdicts) : linesOf(file, Date.now(), layout);
  for (const line of lines) process.stdout.write(`${line.trimEnd()}\n`);
  for (const problem of problemsOf(path, file)) process.stderr.write(`${problem}\n`);
  return file.problems.length === 0 ? EXIT.done : EXIT.no;
}

/**
 * What a file holds in the layout of PowerDNS Recursor's `dump-dot-probe-map`, byte for byte, as `selector.dump()` has it.
 * Contacts are not stored, so their count is 0.
 *
 * @param file - what it holds
 * @param wall - the time of day, in milliseconds since 1970
 * @param options - times in UTC with a `Z`, else local without a zone; the endpoint's port as one more column
 */
export function linesOf({ verdicts }: StateFile, wall: number, options: DumpOptions): readonly string[] {
  const rows = sorted(verdicts).map((verdict) => ({ ...verdict, ...standingOf(verdict, wall), count: 0 }));
  return dumpLines(rows, options);
}

function sorted(verdicts: readonly StoredVerdict[]): readonly StoredVerdict[] {
  return verdicts
    .map((verdict) => ({ verdict, address: parseAddress(verdict.address) }))
    .sort((a, b) => compareAddresses(a.address, b.address) || a.verdict.port - b.verdict.port)
    .map(({ verdict }) => verdict);
}
