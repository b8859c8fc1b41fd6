/** What the library takes from Node outside its transports, as far as a page has it. */

/** Of `node:crypto`: only certificates are hashed, and a page sees none. */
export function createHash(): never {
  throw new Error('a page proves no server');
}

/** Of `node:net`: only asked of names that a certificate has to have. */
export function isIP(): never {
  return createHash();
}

/** Of `node:os`: no address is this machine's own. */
export function networkInterfaces(): Readonly<Record<string, never>> {
  return {};
}

/** Of `node:diagnostics_channel`: nobody listens. */
export function channel(): { readonly hasSubscribers: boolean; publish(): void } {
  return { hasSubscribers: false, publish: () => {} };
}

/** Of `node:util`: by what `console.log` would find how a selector is shown. */
export const inspect: { readonly custom: symbol } = { custom: Symbol('inspect') };
