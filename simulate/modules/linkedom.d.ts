/** What we use of linkedom 0.18.15: its own declarations need those of a browser's document, which this project has not. */

/** An element of a document without a browser. */
export interface VirtualElement {
  readonly tagName: string;
  readonly textContent: string;
  readonly outerHTML: string;
  innerHTML: string;
  readonly attributes: Iterable<{ readonly name: string; value: string }>;
  getAttribute(name: string): string | null;
  querySelector(selector: string): VirtualElement | null;
  querySelectorAll(selector: string): Iterable<VirtualElement>;
  remove(): void;
}

/** A document without a browser. */
export interface VirtualDocument {
  readonly documentElement: VirtualElement;
  querySelector(selector: string): VirtualElement | null;
  querySelectorAll(selector: string): Iterable<VirtualElement>;
}

/** Reads HTML. */
export function parseHTML(html: string): { readonly document: VirtualDocument };
