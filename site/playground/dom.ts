/** An element of the page by its id, of a class that it must have. */
export function byId<E extends HTMLElement>(id: string, kind: new () => E): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} #${id}`);
}

/** The same inside another element, by its `data-part`. */
export function part<E extends Element>(inside: ParentNode, name: string, kind: new () => E): E {
  const found = inside.querySelector(`[data-part="${name}"]`);
  if (found instanceof kind) return found;
  throw new Error(`the page has no ${kind.name} of the part ${name}`);
}

/** Writes a text where it differs, so that nothing is announced or laid out anew for nothing. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Fills a list of choices. */
export function fill(select: HTMLSelectElement, values: readonly (string | number)[]): void {
  select.replaceChildren(...values.map((value) => new Option(String(value), String(value))));
}

const SVG = 'http://www.w3.org/2000/svg';

/** An element of a drawing. */
export function drawn(name: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}
