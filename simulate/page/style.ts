import { PALETTE, PLOT_STYLE } from '../plots/looks.js';

/** The page's style sheet. Plots stand beside each other as many as there is room for at about their own size. */
export const PAGE_STYLE: string = `${PALETTE}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 3rem) 4rem; max-width: 88rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; font-variant-numeric: tabular-nums;
}
h1 { margin: 0 0 0.5rem; font-size: 1.75rem; line-height: 1.2; text-wrap: balance; }
h2 { margin: 2.5rem 0 0.75rem; font-size: 1.25rem; line-height: 1.3; }
p { margin: 0.25rem 0; max-width: 42rem; }
.note { color: var(--soft); }
.scroll { overflow-x: auto; margin: 1.5rem 0 0; }
.scroll:focus-visible { outline: 2px solid var(--line-1); outline-offset: 2px; }
table { border-collapse: separate; border-spacing: 0; font-size: 0.9375rem; }
caption { text-align: left; padding-bottom: 0.5rem; color: var(--soft); }
th, td { padding: 0.3rem 0.9rem; border-bottom: 1px solid var(--rule); vertical-align: bottom; }
thead th, thead td { border-bottom: 2px solid var(--soft); }
th { font-weight: 600; }
tbody th { text-align: left; min-width: 10rem; max-width: 26rem; padding-left: 0; position: sticky; left: 0; background: var(--paper); }
tbody .detail th { font-weight: 400; padding-left: 1.25rem; color: var(--soft); }
td, thead th { text-align: right; white-space: nowrap; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 21rem), 1fr)); gap: 1.5rem 2rem; }
figure { margin: 0; max-width: 34rem; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: 0.25rem; }
.plot { display: block; width: 100%; height: auto; }
${PLOT_STYLE}
@media print { body { max-width: none; padding: 0; } figure { break-inside: avoid; } }`;
