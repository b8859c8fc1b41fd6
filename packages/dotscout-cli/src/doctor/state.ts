import { isWordless } from 'dotscout/state';
import type { StateFile, StoredVerdict } from 'dotscout/store';
import { standingOf } from '../state-file/standing.js';
import { count, duration } from '../text.js';
import type { Check } from './check.js';

const WHAT = 'state file';
/** A resolver that runs writes something in such a time, in milliseconds: no verdict of the default policy lasts longer. */
const STALE_MS = 7 * 86_400_000;

/**
 * What a resolver's state file says about why nothing is encrypted.
 *
 * @param file - what it holds
 * @param wall - the time of day, in milliseconds since 1970
 */
export function judgeState(file: StateFile, wall: number): Check {
  const { verdicts, problems } = file;
  const trouble = (code: string, text: string, advice: string): Check => ({
    ...{ what: WHAT, state: 'trouble', code },
    ...{ text, advice },
  });
  const [problem] = problems.filter(({ code }) => code !== 'empty');
  if (problem !== undefined && verdicts.length === 0)
    return trouble(
      problem.code,
      `${problem.code}: ${problem.detail}`,
      'The resolver says so too, by its event store; docs/store.md has the codes.',
    );
  if (verdicts.length === 0)
    return trouble(
      'empty',
      'holds nothing',
      'The resolver has met no server twice, or stores elsewhere: see its path and its event store.',
    );
  const age = wall - (savedAtOf(file) ?? wall);
  if (age > STALE_MS)
    return trouble(
      'stale',
      `nothing was stored for ${duration(age)}`,
      'No resolver is running on it, or it cannot write: see its event store.',
    );
  const held = heldText(verdicts, wall);
  if (verdicts.some((one) => standingOf(one, wall).status === 'Good'))
    return { what: WHAT, state: 'well', code: 'good', text: held };
  return trouble('none-good', held, adviceOf(verdicts));
}

/** When the latest of it was written, in milliseconds since 1970; `undefined` where it holds nothing. */
export function savedAtOf({ verdicts }: StateFile): number | undefined {
  return verdicts.reduce<number | undefined>((latest, { savedAt }) => Math.max(latest ?? savedAt, savedAt), undefined);
}

/** How many of which status, and how the Bad ones failed, the most frequent first. */
function heldText(verdicts: readonly StoredVerdict[], wall: number): string {
  const statuses = tallied(verdicts.map((one) => standingOf(one, wall).status));
  const failures = tallied(failuresOf(verdicts));
  return failures === '' ? statuses : `${statuses} (${failures})`;
}

function failuresOf(verdicts: readonly StoredVerdict[]): string[] {
  return verdicts.flatMap((one) => (one.verdict === 'bad' ? [`${one.phase} ${one.kind}`] : []));
}

function tallied(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([word, many]) => `${word} ${count(many)}`)
    .join(', ');
}

/** Nothing is Good. Why that is hangs on what failed most. */
function adviceOf(verdicts: readonly StoredVerdict[]): string {
  const bad = verdicts.filter((one) => one.verdict === 'bad');
  if (bad.length === 0) return 'All that was Good has expired: the first contacts probe it again.';
  const silent = bad.filter(({ kind }) => isWordless(kind));
  if (2 * silent.length > bad.length)
    return 'Most servers did not answer on 853 at all: see what is said about port 853.';
  return 'The servers met so far do not speak DoT: nothing is wrong here, and it is looked again when their time is over.';
}
