import type { Counts } from '../../src/observe/metrics.js';
import { drawDotRows } from '../plots/dot-rows.js';
import type { Drawing } from '../plots/draw.js';
import { type Look, lookOf } from '../plots/looks.js';
import { MEASURES, REASONS } from '../plots/measures.js';
import { drawPolicyLines } from '../plots/policy-lines.js';
import { standAloneSvg } from '../plots/svg.js';
import type { Run } from '../run.js';
import { clearShareOf, shareOf, summarize, sumOf } from '../summary.js';
import { GUIDE_LINES } from './settings.js';

/** A file of the guide. */
export interface Figure {
  /** The file's name. */
  readonly name: string;
  readonly svg: string;
}

/**
 * The plots of a fleet.
 *
 * @param runs - of one setting, at least one
 */
export function figuresOf(runs: readonly Run[]): Figure[] {
  const fleet = runs[0]?.setting.fleet ?? '';
  const drawings: (readonly [what: string, drawing: Drawing])[] = [
    ['encrypted', encryptedOf(fleet, runs)],
    ['clear', clearOf(fleet, runs)],
    ['time', overTime(fleet, runs)],
  ];
  return drawings.map(([what, drawing]) => ({ name: `${fleet}-${what}.svg`, svg: standAloneSvg(drawing) }));
}

/** Where the axis of encrypted traffic may begin. */
const BOTTOMS = [0.5, 0.8, 0.9, 0.95, 0.98];

function encryptedOf(fleet: string, runs: readonly Run[]): Drawing {
  const values = runs.map((run) => summarize(run).afterFirstHour.ofOracle);
  const least = Math.min(...values.map((value) => value ?? 0));
  return drawDotRows({
    title: `Fleet ${fleet}: encrypted, of what the oracle encrypts`,
    axis: '% of the oracle’s queries over DoT, after the first hour',
    names: runs.map(({ policy }) => policy),
    panels: [{ title: '', look: lookOf(0), values }],
    bottom: BOTTOMS.findLast((bottom) => bottom < least) ?? 0,
    top: 1,
  });
}

/** Looks of reasons are those of the page; their sum has its own. */
const SUM: Look = { color: 'var(--ink)', dashes: 'none', symbol: 'circle' };
/** Where nothing went in clear there is still an axis. */
const LEAST_TOP = 1e-5;

function clearOf(fleet: string, runs: readonly Run[]): Drawing {
  const counted = runs.map(({ result }) => result.afterFirstHour);
  const reasons = REASONS.filter((reason) => counted.some(({ clearToGood }) => (clearToGood[reason] ?? 0) > 0));
  const unnamed = counted.flatMap(({ clearToGood }) =>
    Object.keys(clearToGood).filter((one) => !REASONS.includes(one)),
  );
  const panels = [...reasons, ...new Set(unnamed)].map((reason) => ({
    title: reason,
    look: lookOf(REASONS.indexOf(reason)),
    values: counted.map(({ clearToGood, encrypted }) => reasonShare(clearToGood, reason, encrypted)),
  }));
  return drawDotRows({
    title: `Fleet ${fleet}: in clear text although the endpoint is Good, by reason`,
    axis: '% of queries to Good endpoints, after the first hour',
    names: runs.map(({ policy }) => policy),
    panels: [{ title: 'all', look: SUM, values: counted.map(clearShareOf) }, ...panels],
    bottom: 0,
    top: LEAST_TOP,
  });
}

function reasonShare(clearToGood: Counts, reason: string, encrypted: number): number | null {
  return shareOf(clearToGood[reason] ?? 0, sumOf(clearToGood) + encrypted);
}

function overTime(fleet: string, runs: readonly Run[]): Drawing {
  const [encrypted] = MEASURES.filter(({ id }) => id === 'encrypted');
  if (encrypted === undefined) throw new Error('nothing measures what is encrypted');
  const shown = runs.filter(({ policy }) => GUIDE_LINES.includes(policy));
  return drawPolicyLines(`Fleet ${fleet}: traffic to capable endpoints, encrypted`, encrypted, shown);
}
