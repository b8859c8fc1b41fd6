/** A name beside the end of its line. */
export interface Label {
  readonly name: string;
  /** That of its line. */
  readonly look: number;
  /** Where it stands, in pixels from above. */
  readonly place: number;
}

/**
 * Moves names apart that would stand on one another, as little as it takes, in the order in which they stand, or are given.
 *
 * @param labels - where they would stand best
 * @param gap - the least distance, in pixels
 * @param bottom - the lowest place
 */
export function spread(labels: readonly Label[], gap: number, bottom: number): Label[] {
  const sorted = labels.toSorted((a, b) => a.place - b.place);
  const places: number[] = [];
  // From below: nobody lower than there is room for those that follow.
  const lowest = (index: number) => bottom - gap * (sorted.length - 1 - index);
  for (const [index, { place }] of sorted.entries()) {
    const above = places[index - 1];
    const free = above === undefined ? place : Math.max(place, above + gap);
    places.push(Math.min(free, lowest(index)));
  }
  return sorted.map((label, index) => ({ ...label, place: places[index] ?? label.place }));
}
