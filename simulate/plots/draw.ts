import { plot, ruleY, scale } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Run } from '../run.js';
import { axisText, timeAxis, valueAxis } from './axes.js';
import { contentOf } from './content.js';
import { BOTTOM, HEIGHT, MARGINS, WIDTH } from './frame.js';
import { axisWords, lineMarks, wordsInside } from './marks.js';
import { type Extent, extentOf, type Measure, type Series, valueText } from './measures.js';

/** A plot before it is put on a page or into a file. */
export interface Drawing {
  /** What it shows, and whose. */
  readonly title: string;
  /** What can be seen in it, in words. */
  readonly description: string;
  readonly width: number;
  readonly height: number;
  /** What stands inside of its `svg` element. */
  readonly content: string;
}

/**
 * Draws a measure of a run over time.
 *
 * @param measure - what to show
 * @param run - of whom
 * @param extent - what the vertical axis has to show; by default what this run needs
 */
export function draw(measure: Measure, run: Run, extent: Extent = extentOf(measure, [run])): Drawing {
  const { none } = measure;
  const series = measure.series(run);
  const isEmpty = none !== undefined && extentOf(measure, [run]).top === 0;
  const x = timeAxis(run.setting.hours);
  const y = valueAxis(measure, extent, [BOTTOM, MARGINS.marginTop]);
  const content = plot({
    document: parseHTML('<!doctype html><html></html>').document,
    width: WIDTH,
    height: HEIGHT,
    ...MARGINS,
    x: x.options,
    y,
    marks: [
      ruleY([y.domain[0]], { stroke: 'var(--soft)' }),
      ...axisWords(axisText(measure, y), x.unit),
      ...(isEmpty ? [wordsInside(none)] : lineMarks(measure, series, x.of, scale({ y }))),
    ],
  });
  return {
    title: `${measure.title}, policy ${run.policy}`,
    description: isEmpty ? `${none}.` : series.map((one) => described(measure, one)).join(' '),
    width: WIDTH,
    height: HEIGHT,
    content: contentOf(content),
  };
}

/** What a line shows, for those who cannot see it. */
function described(measure: Measure, { name, points }: Series): string {
  const values = points.map(({ value }) => value).filter(Number.isFinite);
  const last = values.at(-1);
  if (last === undefined) return `${name}: nothing was measured.`;
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  const [from, to, end] = [least, most, last].map((value) => valueText(measure, value));
  return `${name}: from ${from} to ${to}, at the end ${end}.`;
}
