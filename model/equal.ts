/**
 * Whether two plain values are equal all the way down; 0 and -0 are.
 *
 * @param but - the name of a part of theirs that does not count
 */
export function isEqual(a: unknown, b: unknown, but?: string): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  let names = 0;
  for (const name in a) {
    if (name === but) continue;
    names++;
    if (!isEqual(partOf(a, name), partOf(b, name))) return false;
  }
  for (const name in b) if (name !== but) names--;
  return names === 0;
}

/** Where two equal-shaped things differ, for people. */
export function differenceOf(found: object | undefined, expected: object | undefined, but?: string): string {
  if (found === undefined || expected === undefined) return `${text(found)} instead of ${text(expected)}`;
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])]
    .filter((name) => name !== but && !isEqual(partOf(found, name), partOf(expected, name)))
    .map((name) => `${name} ${text(partOf(found, name))} instead of ${text(partOf(expected, name))}`)
    .join(', ');
}

function partOf(whole: object, name: string): unknown {
  return (whole as Record<string, unknown>)[name];
}

function text(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
