import type { VirtualElement } from 'linkedom';

const PLACES = ['d', 'transform', 'x1', 'x2', 'y1', 'y2'];

/**
 * What stands inside of a plot's `svg` element. Plot's own style is left out, ours is the page's; places are rounded to a
 * tenth of a pixel, which nobody sees.
 */
export function contentOf(drawn: VirtualElement): string {
  drawn.querySelector('style')?.remove();
  for (const element of drawn.querySelectorAll('*')) {
    for (const attribute of element.attributes) {
      if (PLACES.includes(attribute.name)) attribute.value = attribute.value.replaceAll(/-?\d+\.\d{2,}/g, tenth);
    }
  }
  return drawn.innerHTML;
}

function tenth(place: string): string {
  return String(Number(Number(place).toFixed(1)));
}
