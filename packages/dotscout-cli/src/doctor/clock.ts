import { duration } from '../text.js';
import type { Check } from './check.js';

/** What the clock is judged by. */
export interface ClockFacts {
  /** What it says, in milliseconds since 1970. */
  readonly wall: number;
  /** For each certificate seen: nothing wrong (`undefined`), or what. */
  readonly certificates: readonly (string | undefined)[];
  /** When a state file says that it was written, in milliseconds since 1970. */
  readonly savedAt?: number | undefined;
}

/** No clock that is right is before this command was written. */
const EARLIEST = Date.UTC(2026, 0, 1);
/** Two machines' clocks may differ by so much. */
const TOLERANCE_MS = 300_000;
const WHAT = 'clock';
const ADVICE =
  'Set it, and keep it set by NTP: verdicts in the state file are counted from it, and certificates judged by it.';

/** Whether the clock of this machine can be right. */
export function judgeClock({ wall, certificates, savedAt }: ClockFacts): Check {
  const says = new Date(wall).toISOString();
  const trouble = (code: string, text: string): Check => ({
    ...{ what: WHAT, state: 'trouble', code },
    ...{ text: `${says}, ${text}`, advice: ADVICE },
  });
  if (wall < EARLIEST) return trouble('too-early', 'which is before this command was written');
  if (certificates.includes('CERT_NOT_YET_VALID'))
    return trouble('before-certificate', 'which is before a certificate of a known server begins');
  if (savedAt !== undefined && savedAt - wall > TOLERANCE_MS)
    return trouble('before-state-file', `which is ${duration(savedAt - wall)} before the state file was written`);
  const expired = certificates.filter((wrong) => wrong === 'CERT_HAS_EXPIRED').length;
  // One server may have forgotten its own; all of them have not.
  if (expired > 0 && expired === certificates.length)
    return trouble('after-certificates', 'which is after the certificates of all known servers end');
  if (certificates.includes(undefined))
    return { what: WHAT, state: 'well', code: 'within-certificates', text: `${says}, within trusted certificates` };
  return {
    what: WHAT,
    state: 'open',
    code: 'not-compared',
    text: `${says}; no trusted certificate to compare it with`,
  };
}
