const SECOND = 1_000;
const UNITS: readonly (readonly [ms: number, name: string])[] = [
  [24 * 3_600 * SECOND, 'd'],
  [3_600 * SECOND, 'h'],
  [60 * SECOND, 'min'],
  [SECOND, 's'],
];
const WALL = Date.UTC(2026, 0, 1);

/** A span in words, by its two largest units: “1 min 2 s”. */
export function spanText(ms: number): string {
  let left = Math.round(ms / SECOND) * SECOND;
  const parts: string[] = [];
  for (const [unit, name] of UNITS) {
    const count = Math.floor(left / unit);
    left -= count * unit;
    if (count > 0) parts.push(`${count} ${name}`);
    // What is below the unit after the first says nothing.
    if (parts.length > 0 && (parts.length === 2 || count === 0)) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** A moment of a life as the time of day that the selector's clock shows then. */
export function momentText(ms: number): string {
  return new Date(WALL + ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** A count with its thousands apart. */
export function countText(count: number): string {
  return count.toLocaleString('en');
}

/** A share in percent. */
export function percentText(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(share > 0.99 && share < 1 ? 2 : 1)} %` : '–';
}
