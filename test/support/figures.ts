/**
 * Tells what a test has measured, in one line that can be quoted.
 *
 * @param id - the scenario, or a few words where it has none
 * @param text - the figures
 */
export function figure(id: string, text: string): void {
  console.log(`${id}: ${text}`);
}

/** A number as people read it: `1,234`, with so many digits after the point. */
export function count(value: number, digits = 0): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Octets in megabytes, signed. */
export function megabytes(octets: number): string {
  return `${octets < 0 ? '-' : '+'}${count(Math.abs(octets) / 1e6, 1)} MB`;
}
