import { BoundedMap } from '../common/bounded-map.js';

/** Endpoints that are remembered to have been away. */
const MAX_ENDPOINTS = 4_096;

/** How long after their latest sign of absence servers may still be starting, in milliseconds. */
const STARTING_MS = 5_000;

/** How long after one sign of absence a late refusal is no other, in milliseconds: what refuses so at all times must be demoted. */
const LATE_REFUSAL_MS = 60_000;

interface Absence {
  readonly at: number;
  /** Whether its return over Do53 has brought a probe. */
  readonly returned: boolean;
}

/**
 * Servers that were away altogether: DoT failed, and Do53 did not answer either, or DoT refuses what it did not hear before.
 * When they restart, DoT may come back a moment after Do53, so that its failures are no strikes for some seconds; a probe
 * looks again instead.
 */
export class Restarts {
  readonly #away = new BoundedMap<string, Absence>(MAX_ENDPOINTS);

  /** DoT has failed, and Do53 has not answered. */
  away(key: string, now: number): void {
    this.#away.set(key, { at: now, returned: false });
  }

  /** DoT was silent and refuses now: perhaps it was away, and is starting. The query's own failure brings a probe. */
  returns(key: string, now: number): void {
    const absence = this.#away.get(key);
    if (absence === undefined || now - absence.at >= LATE_REFUSAL_MS) this.#away.set(key, { at: now, returned: true });
  }

  /**
   * Do53 has answered.
   *
   * @returns whether it is the first answer after the server was away
   */
  answered(key: string, now: number): boolean {
    if (this.#away.size === 0) return false;
    const absence = this.#away.get(key);
    if (absence === undefined || absence.returned) return false;
    this.#away.set(key, { at: now, returned: true });
    return true;
  }

  /** Whether the server may still be starting. */
  isStarting(key: string, now: number): boolean {
    const absence = this.#away.get(key);
    return absence !== undefined && now - absence.at < STARTING_MS;
  }

  /** Another network: what was seen on the old one says nothing. */
  reset(): void {
    this.#away.clear();
  }
}
