import { Markup, markup } from '../markup.js';
import { draw } from '../plots/draw.js';
import { extentOf, MEASURES, type Measure } from '../plots/measures.js';
import { inlineSvg } from '../plots/svg.js';
import { rowsOf, settingText } from '../rows.js';
import type { Run } from '../run.js';
import { PAGE_STYLE } from './style.js';

/**
 * A page that shows what came of some policies: one file, without scripts and without anything from elsewhere.
 *
 * @param runs - of one setting, at least one
 */
export function pageOf(runs: readonly Run[]): string {
  const [setting, ...more] = settingText(runs);
  const title = `What ${runs.length === 1 ? 'a policy costs and gains' : 'policies cost and gain'}`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>dotscout: ${title}</title>
<style>
${new Markup(PAGE_STYLE)}
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>dotscout’s own state machine and scheduler through a simulated life. ${setting ?? ''} ${more.join(' ')}</p>
<p class="note">The oracle knows at each moment which endpoints speak DoT. Capable are those that do at that moment. Good are those that dotscout holds to be so.</p>
<p class="note">To break one server by hand, and watch what a policy makes of it: the playground, by <code>npm run site -- --open</code> in a clone.</p>
${tableOf(runs)}
${runs.length === 1 ? ofOnePolicy(runs) : MEASURES.map((measure) => comparison(measure, runs))}
</main>
</body>
</html>
`.text;
}

function tableOf(runs: readonly Run[]): Markup {
  const heads = runs.map(({ policy }) => markup`<th scope="col">${policy}</th>`);
  const rows = rowsOf(runs).map(({ label, detail, cells }) => {
    const values = cells.map((cell) => markup`<td>${cell}</td>`);
    return markup`<tr${new Markup(detail ? ' class="detail"' : '')}><th scope="row">${label}</th>${values}</tr>
`;
  });
  return markup`<div class="scroll" role="region" aria-label="Numbers" tabindex="0">
<table>
<thead><tr><td></td>${heads}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>`;
}

/** All plots of one policy, each under its measure's name. */
function ofOnePolicy(runs: readonly Run[]): Markup[] {
  return runs.map(({ policy }, index) => {
    const figures = MEASURES.map((measure) => figure(measure, runs, index, measure.title));
    return markup`<section>
<h2>Over time, policy ${policy}</h2>
<div class="plots">
${figures}</div>
</section>
`;
  });
}

/** A measure's plots, one a policy, all on one scale. */
function comparison(measure: Measure, runs: readonly Run[]): Markup {
  const figures = runs.map(({ policy }, index) => figure(measure, runs, index, policy));
  return markup`<section>
<h2>${measure.title}</h2>
<div class="plots">
${figures}</div>
</section>
`;
}

function figure(measure: Measure, runs: readonly Run[], index: number, caption: string): Markup {
  const run = runs[index];
  if (run === undefined) return new Markup('');
  const svg = inlineSvg(draw(measure, run, extentOf(measure, runs)), `${measure.id}-${index}`);
  return markup`<figure>
<figcaption>${caption}</figcaption>
${svg}
</figure>
`;
}
