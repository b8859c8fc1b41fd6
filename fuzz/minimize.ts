/** How long an input is made shorter at most, in milliseconds. */
const LIMIT_MS = 5_000;

/**
 * Makes an input shorter that breaks a promise: takes out pieces, halves first and then single octets, as long as it
 * still does; then sets octets to zero, so that those that matter stand out.
 *
 * @param octets - the input
 * @param breaks - whether another breaks the same promise
 */
export function minimize(octets: Uint8Array, breaks: (octets: Uint8Array) => boolean): Uint8Array {
  const until = Date.now() + LIMIT_MS;
  let best = octets;
  for (let size = best.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < best.length && Date.now() < until; ) {
      const shorter = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + size)]);
      if (breaks(shorter)) best = shorter;
      else at += size;
    }
  }
  for (let at = 0; at < best.length && Date.now() < until; at++) {
    const plainer = best.slice();
    plainer[at] = 0;
    if (best[at] !== 0 && breaks(plainer)) best = plainer;
  }
  return best;
}
