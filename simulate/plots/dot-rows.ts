import { dot, line, type Mark, plot, text } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { markup } from '../markup.js';
import { percentText } from '../numbers.js';
import { niceStep, numberText, ticksTo } from './axes.js';
import { contentOf } from './content.js';
import type { Drawing } from './draw.js';
import type { Look } from './looks.js';

/** One column of dots. */
export interface DotPanel {
  /** What stands above it; empty where there is but one. */
  readonly title: string;
  /** That of its dots. */
  readonly look: Look;
  /** A row's part of 1; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** Rows of dots, one a name, in a panel or in several with one scale. */
export interface DotRows {
  /** What the drawing is called. */
  readonly title: string;
  /** What the axis counts, below. */
  readonly axis: string;
  readonly names: readonly string[];
  readonly panels: readonly DotPanel[];
  /** Where the axis begins, a part of 1. From nought a line leads to each dot, as its length then tells the value. */
  readonly bottom: number;
  /** Where it ends at least, a part of 1. */
  readonly top: number;
}

const WIDTH = 720;
const ROW = 26;
const NAMES = 84;
/** To the right of the greatest dot there is room for its figure. */
const FIGURE = 62;
const GAP = 20;
const ABOVE = 26;
const BELOW = 46;
/** Between two numbers of an axis, in pixels. */
const TICK_GAP = 60;
/** Even where it is narrow an axis says more than where it begins. */
const LEAST_STEPS = 2;
const PERCENT = 100;
const ROUNDING = 1e-9;

/** Draws each value as a dot with its figure beside it, so that nothing has to be read off an axis or told by colour. */
export function drawDotRows(rows: DotRows): Drawing {
  const height = ABOVE + ROW * rows.names.length + BELOW;
  // Equally wide, as they have one scale.
  const width = Math.floor((WIDTH - NAMES + GAP) / rows.panels.length) - GAP;
  const panels = rows.panels.map((panel, index) => {
    const margin = index === 0 ? NAMES : GAP;
    const content = panelOf(rows, panel, { width: margin + width, height, margin, named: index === 0 });
    return `<g transform="translate(${NAMES + index * (width + GAP) - margin},0)">${content}</g>`;
  });
  const foot = markup`<text transform="translate(${NAMES},${height - 6})" text-anchor="start" fill="var(--soft)">${axisOf(rows)}</text>`;
  return {
    title: rows.title,
    description: rows.panels.map((panel) => described(rows, panel)).join(' '),
    width: WIDTH,
    height,
    content: [...panels, foot.text].join('\n'),
  };
}

/** Where a panel lies. */
interface Place {
  readonly width: number;
  readonly height: number;
  /** To its left. */
  readonly margin: number;
  /** Whether names of rows stand in that. */
  readonly named: boolean;
}

function panelOf({ names, panels, bottom, top }: DotRows, panel: DotPanel, place: Place): string {
  const { color, symbol } = panel.look;
  const points = panel.values.flatMap((value, row) => (value === null ? [] : [{ value: PERCENT * value, row }]));
  const values = panels.flatMap((one) => one.values).map((value) => value ?? 0);
  const [from, end] = [PERCENT * bottom, PERCENT * Math.max(top, ...values)];
  const step = niceStep(
    end - from,
    Math.max(LEAST_STEPS, Math.floor((place.width - place.margin - FIGURE) / TICK_GAP)),
  );
  const ticks = ticksTo(Math.ceil((end - from) / step - ROUNDING) * step, step).map((tick) => from + tick);
  const to = ticks.at(-1) ?? end;
  const at = { x: (point: { value: number }) => point.value, y: (point: { row: number }) => point.row };
  const stems: Mark[] = points.map((point) =>
    line([{ ...point, value: from }, point], { ...at, stroke: color, strokeWidth: 2 }),
  );
  const drawn = plot({
    document: parseHTML('<!doctype html><html></html>').document,
    width: place.width,
    height: place.height,
    marginTop: ABOVE,
    marginRight: FIGURE,
    marginBottom: BELOW,
    marginLeft: place.margin,
    x: {
      domain: [from, to],
      ticks,
      tickFormat: numberText,
      tickSize: 0,
      label: null,
      clamp: true,
      grid: true,
    },
    y: {
      domain: [names.length - 1 / 2, -1 / 2],
      ticks: names.map((_, row) => row),
      tickFormat: (row) => (place.named ? (names[row] ?? '') : ''),
      tickSize: 0,
      label: null,
      grid: true,
    },
    marks: [
      text([panel.title], {
        text: (shown) => shown,
        frameAnchor: 'top-left',
        textAnchor: 'start',
        dy: -18,
        fill: color,
        fontWeight: 600,
      }),
      ...(bottom === 0 ? stems : []),
      dot(points, { ...at, symbol, r: 4.5, fill: color }),
      text(points, {
        ...at,
        text: ({ value }) => percentText(value / PERCENT),
        textAnchor: 'start',
        dx: 9,
        fill: 'var(--ink)',
      }),
    ],
  });
  return contentOf(drawn);
}

function axisOf({ axis, bottom }: DotRows): string {
  return bottom > 0 ? `${axis}, axis from ${PERCENT * bottom} %` : axis;
}

/** What a panel shows, for those who cannot see it. */
function described({ names }: DotRows, { title, values }: DotPanel): string {
  const told = names.map((name, row) => `${name} ${percentText(values[row] ?? null)}`).join(', ');
  return title === '' ? `${told}.` : `${title}: ${told}.`;
}
