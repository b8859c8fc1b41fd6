/** An input and the branches that it reaches. */
export interface Reaching {
  readonly octets: Uint8Array;
  readonly edges: ReadonlySet<number>;
}

/**
 * A few inputs that reach all that many do: again and again the one that adds most, the shorter of two that add as much.
 *
 * @param inputs - the many
 */
export function cover(inputs: readonly Reaching[]): Uint8Array[] {
  const chosen: Uint8Array[] = [];
  const reached = new Set<number>();
  const left = [...inputs].sort((one, other) => one.octets.length - other.octets.length);
  for (;;) {
    let best: Reaching | undefined;
    let most = 0;
    for (const input of left) {
      let adds = 0;
      for (const edge of input.edges) if (!reached.has(edge)) adds++;
      if (adds > most) [best, most] = [input, adds];
    }
    if (best === undefined) return chosen;
    chosen.push(best.octets);
    for (const edge of best.edges) reached.add(edge);
  }
}
