import type { SimulationSample } from '../../src/testing/simulation/result.js';
import { countText, percentText } from '../numbers.js';
import type { Run } from '../run.js';
import { sumOf } from '../summary.js';

/** One moment of a line. */
export interface Point {
  /** Hours since the beginning. */
  readonly hour: number;
  /** Not a number where nothing could be measured. */
  readonly value: number;
}

/** One line of a plot. */
export interface Series {
  readonly name: string;
  /** Which look it has; the same name has the same in every run. */
  readonly look: number;
  readonly points: readonly Point[];
}

/** Something that is shown over time. */
export interface Measure {
  /** For file names and ids. */
  readonly id: string;
  /** What the plot is called. */
  readonly title: string;
  /** The vertical axis, with its unit. */
  readonly axis: string;
  /** A part of 1, shown as per cent, or a number of things. */
  readonly kind: 'share' | 'count';
  /** Where the vertical axis ends at least. */
  readonly leastTop: number;
  /** Where it may begin, in ascending order, so that what happens near its top can be seen; absent: at nought. */
  readonly bottoms?: readonly number[] | undefined;
  /** What stands there if nothing ever happened; absent: lines at nought tell something too. */
  readonly none?: string | undefined;
  /** Its lines in one run. */
  readonly series: (run: Run) => readonly Series[];
}

/** What is shown of a run. */
export const MEASURES: readonly Measure[] = [
  {
    id: 'encrypted',
    title: 'Capable traffic encrypted',
    axis: '% of queries to capable endpoints',
    kind: 'share',
    leastTop: 1,
    bottoms: [0.5, 0.8, 0.9, 0.95, 0.98],
    series: (run) => [
      line('encrypted', 0, run, ({ encrypted, toCapable }) => encrypted / toCapable),
      line('oracle', 1, run, ({ oracle, toCapable }) => oracle / toCapable),
    ],
  },
  {
    id: 'probes',
    title: 'Probes',
    axis: 'probes a minute',
    kind: 'count',
    leastTop: 1,
    none: 'no probe at any time',
    series: (run) => [line('probes', 0, run, ({ probes }, minutes) => probes / minutes)],
  },
  {
    id: 'endpoints',
    title: 'What is held of endpoints',
    axis: 'endpoints',
    kind: 'count',
    leastTop: 1,
    series: (run) => [
      line('Good', 0, run, ({ good }) => good),
      line('Bad', 1, run, ({ bad }) => bad),
      line('Unknown', 2, run, ({ unknown }) => unknown),
    ],
  },
  {
    id: 'clear',
    title: 'In clear to Good endpoints',
    axis: '% of queries to Good endpoints',
    kind: 'share',
    leastTop: 0.001,
    none: 'none at any time',
    series: (run) =>
      reasonsOf(run).map((reason) =>
        line(reason, REASONS.indexOf(reason), run, ({ clearToGood, encrypted }) => {
          return (clearToGood[reason] ?? 0) / (sumOf(clearToGood) + encrypted);
        }),
      ),
  },
  {
    id: 'failed',
    title: 'Queries without an answer',
    axis: 'queries a minute',
    kind: 'count',
    leastTop: 1,
    none: 'every query was answered',
    series: (run) => [
      line('failed', 0, run, ({ failedQueries }, minutes) => failedQueries / minutes),
      line('hopeless', 1, run, ({ hopeless }, minutes) => hopeless / minutes),
    ],
  },
];

/** A value of a measure in words. */
export function valueText(measure: Measure, value: number): string {
  if (measure.kind === 'share') return percentText(value);
  return value > 0 && value < 1 ? 'less than 1' : countText(value);
}

/** What the vertical axis of a measure has to show. */
export interface Extent {
  /** Where it begins. What is less is drawn there. */
  readonly bottom: number;
  /** The greatest value; 0 where there is none. */
  readonly top: number;
  /** Whether a plain axis would show the greatest and crush the others. */
  readonly isWide: boolean;
}

/** At most so much of a line may lie below the axis: a beginner's first minutes, an outage. */
const BELOW = 0.05;
/** What lies below this part of an axis is crushed. */
const CRUSHED = 0.02;

/** What the axis of a measure has to show of some runs, so that their plots have one scale. */
export function extentOf(measure: Measure, runs: readonly Run[]): Extent {
  const ofRuns = runs.map((run) => measure.series(run).map(sortedValues));
  const lines = ofRuns.flat();
  const low = Math.min(...lines.map((values) => quantile(values, BELOW)));
  const top = Math.max(0, ...lines.map((values) => values.at(-1) ?? 0));
  return {
    bottom: measure.bottoms?.findLast((bottom) => bottom <= low) ?? 0,
    top,
    isWide: ofRuns.some((some) => usual(some) < top * CRUSHED),
  };
}

/** What is usual on the second highest line, or the only one: the lowest may well lie at nought. */
function usual(lines: readonly (readonly number[])[]): number {
  const medians = lines.filter((values) => (values.at(-1) ?? 0) > 0).map((values) => quantile(values, 1 / 2));
  return medians.sort(ascending).at(-2) ?? medians[0] ?? Number.POSITIVE_INFINITY;
}

function sortedValues({ points }: Series): number[] {
  return points
    .map(({ value }) => value)
    .filter(Number.isFinite)
    .sort(ascending);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** Why a query goes in clear to a Good endpoint, in the order in which a look is given to each; `Metrics.clearToGood`. */
export const REASONS: readonly string[] = ['hedge', 'fallback', 'lame-zone', 'churn', 'budget', 'compare'];

function reasonsOf({ result }: Run): string[] {
  return [...new Set(result.samples.flatMap(({ clearToGood }) => Object.keys(clearToGood)))].sort();
}

const MINUTES = 60;

function line(
  name: string,
  look: number,
  { result }: Run,
  value: (sample: SimulationSample, minutes: number) => number,
): Series {
  const points = result.samples.map((sample, index) => {
    const since = result.samples[index - 1]?.hour ?? 0;
    return { hour: sample.hour, value: value(sample, (sample.hour - since) * MINUTES) };
  });
  return { name, look, points };
}
