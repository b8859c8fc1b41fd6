import type { Address } from 'dotscout/state';
import type { StoredVerdict } from 'dotscout/store';
import { EXIT } from '../exit.js';
import { duration, labelled, widthOf } from '../text.js';
import { problemsOf, readState } from './read.js';
import { standingOf } from './standing.js';

/** The options of `dotscout explain`. */
export interface ExplainCommandOptions {
  readonly json?: boolean;
}

/**
 * Runs `dotscout explain`.
 *
 * @param path - the state file
 * @param address - of which server
 * @param options - from the command line
 * @returns the exit status
 */
export async function explain(path: string, address: Address, options: ExplainCommandOptions): Promise<number> {
  const { json = false } = options;
  const file = await readState(path);
  const found = file.verdicts.filter((verdict) => verdict.address === address.text);
  const [wall, width] = [Date.now(), widthOf(process.stdout)];
  const lines = json ? jsonOf(address, found, wall) : textOf(address, found, wall, width);
  process.stdout.write(`${lines.join('\n')}\n`);
  for (const problem of problemsOf(path, file)) process.stderr.write(`${problem}\n`);
  return found.length === 0 || file.problems.length > 0 ? EXIT.no : EXIT.done;
}

function textOf({ text }: Address, found: readonly StoredVerdict[], wall: number, width: number): readonly string[] {
  if (found.length > 0) return found.flatMap((one) => storyOf(one, wall, width));
  const nothing = 'nothing is stored of it: it was never proven either way, or is forgotten';
  return [`${text}  Unknown`, ...labelled('so', nothing, width)];
}

/**
 * What is stored about a server, an object an endpoint: the verdict as it is stored, and what a resolver that starts now would
 * make of it. Where nothing is stored, one with the status alone.
 *
 * @param address - which server
 * @param found - what is stored
 * @param wall - the time of day, in milliseconds since 1970
 */
export function jsonOf({ text }: Address, found: readonly StoredVerdict[], wall: number): readonly string[] {
  if (found.length === 0) return [JSON.stringify({ address: text, verdict: null, status: 'Unknown' })];
  return found.map((one) => {
    const { status, until, isOver } = standingOf(one, wall);
    return JSON.stringify({ ...one, status, until: new Date(until).toISOString(), isOver });
  });
}

/**
 * Tells in lines what is stored about an endpoint, and what follows from it.
 *
 * @param verdict - as it is stored
 * @param wall - the time of day, in milliseconds since 1970
 * @param width - columns of a line
 */
export function storyOf(verdict: StoredVerdict, wall: number, width: number): readonly string[] {
  const { address, port, localAddress, savedAt } = verdict;
  const { status } = standingOf(verdict, wall);
  const own = localAddress === undefined ? '' : ` from ${localAddress}`;
  const steps: readonly Step[] = [['written', moment(savedAt, wall)], ...stepsOf(verdict, wall)];
  return [`${address} port ${port}${own}  ${status}`, ...steps.flatMap(([what, text]) => labelled(what, text, width))];
}

type Step = readonly [what: string, text: string];

function stepsOf(verdict: StoredVerdict, wall: number): readonly Step[] {
  const { until, isOver } = standingOf(verdict, wall);
  const ends = moment(until, wall);
  switch (verdict.verdict) {
    case 'good':
      return [
        ['since', moment(verdict.savedAt - verdict.heldMs, wall)],
        ['refresh', `${moment(verdict.savedAt + verdict.refreshMs, wall)}, if it is used`],
        ['until', ends],
        [
          'so',
          isOver ? 'it was Good: the first contact probes it at once' : 'a resolver that starts now asks it over DoT',
        ],
      ];
    case 'bad':
      return [
        ['since', moment(verdict.savedAt - verdict.heldMs, wall)],
        ['failed', failureOf(verdict)],
        ['before', verdict.formerlyGood ? 'it was Good' : 'it never was Good'],
        ['until', ends],
        [
          'so',
          isOver ? 'asked in clear text; its next contact probes it' : 'asked in clear text, and left alone until then',
        ],
      ];
    case 'unknown':
      return [
        ['until', ends],
        ['so', isOver ? 'forgotten' : 'it was Good: asked in clear text, and its first contact probes it at once'],
      ];
    case 'absent':
      return [['so', 'forgotten']];
  }
}

function failureOf({ phase, kind, controlled, level }: Extract<StoredVerdict, { verdict: 'bad' }>): string {
  const path = controlled ? 'our own path was up' : 'our own path may have been down';
  return `${phase}: ${kind}, ${path}${level === 0 ? '' : `, ${level} more before it`}`;
}

/** A moment, and how far it is from now. */
function moment(at: number, wall: number): string {
  const far = duration(Math.abs(at - wall));
  return `${new Date(at).toISOString().slice(0, 19)}Z, ${at > wall ? `in ${far}` : `${far} ago`}`;
}
