import { isDeepStrictEqual } from 'node:util';

/** What was promised of the code under test does not hold. */
export class BrokenPromise extends Error {
  override readonly name: string = 'BrokenPromise';
}

/**
 * Holds the code under test to a promise.
 *
 * @param kept - whether it is kept
 * @param promise - what was promised, for people
 * @param shown - what was found instead
 * @throws {@link BrokenPromise}
 */
export function must(kept: boolean, promise: string, ...shown: readonly unknown[]): asserts kept {
  if (kept) return;
  const found = shown.map((one) =>
    one instanceof Uint8Array ? Buffer.from(one).toString('hex') : JSON.stringify(one),
  );
  throw new BrokenPromise([promise, ...found].join(' | '));
}

/** Holds it to give what another reading of the same rules gives. */
export function mustEqual(found: unknown, expected: unknown, promise: string): void {
  must(isDeepStrictEqual(found, expected), promise, found, expected);
}

/** Whether two runs of octets are the same. */
export function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
