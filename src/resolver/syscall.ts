/**
 * What Node calls a question for records of a type: `queryAaaa`.
 *
 * @param type - its mnemonic
 */
export function syscallOf(type: string): string {
  return `query${type.slice(0, 1).toUpperCase()}${type.slice(1).toLowerCase()}`;
}
