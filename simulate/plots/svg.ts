import { Markup, markup } from '../markup.js';
import type { Drawing } from './draw.js';
import { PALETTE, PLOT_STYLE } from './looks.js';

/**
 * A drawing as part of a page, which has the style.
 *
 * @param drawing - the drawing
 * @param id - of its own on that page
 */
export function inlineSvg({ title, description, width, height, content }: Drawing, id: string): Markup {
  return markup`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title ${id}-text" text-anchor="middle" fill="currentColor">
<title id="${id}-title">${title}</title><desc id="${id}-text">${description}</desc>
${new Markup(content)}
</svg>`;
}

const HEADING = 26;
const EDGE = 8;

/** A drawing as a file of its own, with its title above, on paper of its own, light or dark as its reader prefers. */
export function standAloneSvg({ title, description, width, height, content }: Drawing): string {
  const size = { width: width + 2 * EDGE, height: height + HEADING + 2 * EDGE };
  const box = `${-EDGE} ${-HEADING - EDGE} ${size.width} ${size.height}`;
  return markup`<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="${box}" width="${size.width}" height="${size.height}" role="img" aria-labelledby="title text" text-anchor="middle" fill="currentColor">
<title id="title">${title}</title><desc id="text">${description}</desc>
<style>${new Markup(`${PALETTE}\n${PLOT_STYLE}`)}</style>
<rect x="${-EDGE}" y="${-HEADING - EDGE}" width="100%" height="100%" fill="var(--paper)"/>
<text x="0" y="-10" text-anchor="start" font-size="15" font-weight="600" fill="var(--ink)">${title}</text>
${new Markup(content)}
</svg>
`.text;
}
