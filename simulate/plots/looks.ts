/** How a line differs from the others: by any one of these alone, so that nobody needs to tell colours apart. */
export interface Look {
  /** A custom property of {@link PALETTE}. */
  readonly color: string;
  /** SVG's `stroke-dasharray`. */
  readonly dashes: string;
  /** The mark upon it. */
  readonly symbol: string;
}

const LOOKS: readonly [Look, ...Look[]] = [
  { color: 'var(--line-1)', dashes: 'none', symbol: 'circle' },
  { color: 'var(--line-2)', dashes: '6 3', symbol: 'square' },
  { color: 'var(--line-3)', dashes: '2 3', symbol: 'triangle' },
  { color: 'var(--line-4)', dashes: '9 3 2 3', symbol: 'diamond' },
  { color: 'var(--line-5)', dashes: '12 4', symbol: 'star' },
  { color: 'var(--line-6)', dashes: '1 4', symbol: 'wye' },
];

/** The look of a number from 0; what has none of its own looks like the first. */
export function lookOf(look: number): Look {
  return LOOKS[look] ?? LOOKS[0];
}

/**
 * The colours as custom properties, by the reader's preference: each line and all text has a contrast of 4.5 and more on
 * the paper.
 */
export const PALETTE = `:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1c2128; --soft: #555e68; --rule: #d4d9df;
  --line-1: #0b5cad; --line-2: #a8410b; --line-3: #0d6e4e; --line-4: #6b3fb8; --line-5: #9a1f5f; --line-6: #62570a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e4e8ed; --soft: #a3adb8; --rule: #343b44;
    --line-1: #7cb8ff; --line-2: #ffab66; --line-3: #6fd9ab; --line-4: #cbb0ff; --line-5: #ff9bc8; --line-6: #dfd16a;
  }
}`;

/** What a plot needs of its surroundings. */
export const PLOT_STYLE = `.plot { font: 12px/1.3 system-ui, sans-serif; font-variant-numeric: tabular-nums; color: var(--soft); }
.plot text { white-space: pre; }`;
