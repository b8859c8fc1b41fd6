import { plot, ruleY, scale } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import type { Run } from '../run.js';
import { axisText, timeAxis, valueAxis } from './axes.js';
import { contentOf } from './content.js';
import type { Drawing } from './draw.js';
import { MARGINS } from './frame.js';
import { axisWords, lineMarks } from './marks.js';
import { extentOf, type Measure, valueText } from './measures.js';

const WIDTH = 720;
const HEIGHT = 300;

/**
 * Draws a measure of several runs over time in one plot, a line a run that bears its policy's name.
 *
 * @param title - what the drawing is called
 * @param measure - what to show: the first line of each run
 * @param runs - of whom; at least one, of equal length
 */
export function drawPolicyLines(title: string, measure: Measure, runs: readonly Run[]): Drawing {
  const first: Measure = { ...measure, series: (run) => measure.series(run).slice(0, 1) };
  const series = runs.flatMap((run, look) => first.series(run).map((one) => ({ ...one, name: run.policy, look })));
  const bottom = HEIGHT - MARGINS.marginBottom;
  const x = timeAxis(runs[0]?.setting.hours ?? 1);
  const y = valueAxis(first, extentOf(first, runs), [bottom, MARGINS.marginTop]);
  const drawn = plot({
    document: parseHTML('<!doctype html><html></html>').document,
    width: WIDTH,
    height: HEIGHT,
    ...MARGINS,
    x: x.options,
    y,
    marks: [
      ruleY([y.domain[0]], { stroke: 'var(--soft)' }),
      ...axisWords(axisText(first, y), x.unit),
      ...lineMarks(first, series, x.of, scale({ y }), bottom),
    ],
  });
  const description = series.map(({ name, points }) => {
    const values = points.map(({ value }) => value).filter(Number.isFinite);
    const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
    if (values.length === 0) return `${name}: nothing was measured.`;
    return `${name}: at least ${valueText(first, least)}, at the end ${valueText(first, values.at(-1) ?? 0)}.`;
  });
  return { title, description: description.join(' '), width: WIDTH, height: HEIGHT, content: contentOf(drawn) };
}
