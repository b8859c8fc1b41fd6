import { dot, line, type Mark, type Scale, text } from '@observablehq/plot';
import { axisValue } from './axes.js';
import { BOTTOM, MARGINS } from './frame.js';
import { spread } from './labels.js';
import { lookOf } from './looks.js';
import type { Measure, Point, Series } from './measures.js';

/** Between two names, in pixels. */
const NAME_GAP = 15;
const SYMBOLS_A_LINE = 5;

/**
 * All lines, with symbols on each and its name at its end. The first lies on top.
 *
 * @param bottom - the lowest place of a name, in pixels from above
 */
export function lineMarks(
  measure: Measure,
  series: readonly Series[],
  timeOf: (hour: number) => number,
  y: Scale,
  bottom: number = BOTTOM,
): Mark[] {
  const at = {
    x: ({ hour }: Point) => timeOf(hour),
    y: ({ value }: Point) => axisValue(measure, value),
  };
  const drawn = series.map(({ look, points }, index) => {
    const { color, dashes, symbol } = lookOf(look);
    const stroke = { stroke: color, strokeWidth: 2, strokeDasharray: dashes, strokeLinejoin: 'round' };
    const marked = symbolPoints(points, index, series.length);
    return [line(points, { ...at, ...stroke }), dot(marked, { ...at, symbol, r: 3.5, fill: color })];
  });
  const ends = series.map(({ name, look, points }) => {
    const last = points.findLast(({ value }) => Number.isFinite(value));
    return { name, look, place: y.apply(axisValue(measure, last?.value ?? 0)) };
  });
  const names = spread(ends, NAME_GAP, bottom).map(({ name, look, place }) =>
    text([name], {
      y: () => y.invert(place),
      text: (shown) => shown,
      fill: lookOf(look).color,
      fontWeight: 600,
      frameAnchor: 'right',
      textAnchor: 'start',
      dx: 8,
    }),
  );
  return [...drawn.toReversed().flat(), ...names];
}

/**
 * Where a line bears its symbol: at its end, and if there are others at a few times more, which are other times than
 * theirs, as symbols would hide each other where lines run together.
 */
function symbolPoints(points: readonly Point[], index: number, lines: number): Point[] {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  const step = finite.length / SYMBOLS_A_LINE;
  const count = lines > 1 ? SYMBOLS_A_LINE : 0;
  const places = Array.from({ length: count }, (_, symbol) => Math.floor((symbol + index / lines) * step));
  return [...new Set([...places, finite.length - 1])].flatMap((place) => finite[place] ?? []);
}

/** What the axes count. */
export function axisWords(vertical: string, horizontal: string): Mark[] {
  const options = { text: (shown: string) => shown, fill: 'var(--soft)' } as const;
  return [
    text([vertical], { ...options, textAnchor: 'start', frameAnchor: 'top-left', dx: -MARGINS.marginLeft, dy: -24 }),
    text([horizontal], { ...options, frameAnchor: 'bottom', dy: 36 }),
  ];
}

/** Words in place of lines. */
export function wordsInside(words: string): Mark {
  return text([words], { text: (shown) => shown, frameAnchor: 'middle', fill: 'var(--ink)', fontSize: 14 });
}
