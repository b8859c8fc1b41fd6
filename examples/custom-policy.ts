// A probe policy of one's own: a resolver with few spare packets, which looks only where it pays and leaves alone for
// long what refused it. Its unit test, in virtual time and without a socket, is custom-policy.test.ts.
import { type Policy, resolvePolicy } from 'dotscout/state';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** For `new TransportSelector({ policy: careful })`. What is not named here is the default preset's. */
export const careful: Policy = resolvePolicy({
  /** A server that is asked less than five times a day is not worth a probe. */
  threshold: 5,
  /** Where DoT was refused, we come back in a week. */
  badMs: 7 * DAY,
  /** One broken session is no reason to give DoT up; three within a minute are. */
  strikes: 3,
  /** A server that was Good gets its second chance after ten minutes, and then after ever longer. */
  demotedRetryMs: 10 * MINUTE,
  /** A handful of probes a second, whatever the clients ask for. */
  probesPerSecond: 5,
  probesAtOnce: 8,
});
