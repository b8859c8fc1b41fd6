import { BoundedMap } from '../common/bounded-map.js';
import type { Failure } from '../state/model.js';

/** How long nothing is tried after the first failure, and at most, in milliseconds. */
const FIRST_MS = 1_000;
const MOST_MS = 5_000;
/** Servers that are remembered. */
const MAX_SERVERS = 4_096;

interface Holdoff {
  readonly failure: Failure;
  readonly failedAt: number;
  readonly waitMs: number;
}

/**
 * How queries that must be encrypted fare with servers that do not answer over DoT: after a failure they fail at once for 1 s,
 * and for twice as long after each further one, up to 5 s. Without that each of them would wait for its whole time. It ends
 * early where a probe finds the server back; see `ReturnProbes`.
 */
export class Holdoffs {
  readonly #held = new BoundedMap<string, Holdoff>(MAX_SERVERS);
  readonly #provenAt = new BoundedMap<string, number>(MAX_SERVERS);

  /**
   * For what nothing is tried at this moment.
   *
   * @param key - of the endpoint and what it has to prove
   * @param now - the monotonic time
   */
  heldBy(key: string, now: number): Failure | undefined {
    const held = this.#held.get(key);
    return held !== undefined && now < held.failedAt + held.waitMs ? held.failure : undefined;
  }

  /**
   * How a server has fared: `proven` by its latest answer, `held` for now, `failed` but not held any more, or `untried`.
   *
   * @param key - as in {@link Holdoffs.heldBy}
   * @param now - the monotonic time
   */
  standing(key: string, now: number): 'proven' | 'held' | 'failed' | 'untried' {
    if (this.heldBy(key, now) !== undefined) return 'held';
    if (this.#held.get(key) !== undefined) return 'failed';
    return this.#provenAt.get(key) === undefined ? 'untried' : 'proven';
  }

  /**
   * An attempt has failed. One that began before the latest success, or before the latest failure, says nothing new: a
   * question that nobody answers must not shut out all others.
   *
   * @param key - as in {@link Holdoffs.heldBy}
   * @param failure - how
   * @param startedAt - when it began, on the monotonic clock
   * @param now - the monotonic time
   */
  failed(key: string, failure: Failure, startedAt: number, now: number): void {
    // Our own trouble is none of the server's.
    if (failure.kind === 'local') return;
    if (startedAt < (this.#provenAt.get(key) ?? Number.NEGATIVE_INFINITY)) return;
    const before = this.#held.get(key);
    if (before !== undefined && startedAt < before.failedAt) return;
    const waitMs = before === undefined ? FIRST_MS : Math.min(MOST_MS, 2 * before.waitMs);
    this.#held.set(key, { failure, failedAt: now, waitMs });
  }

  /**
   * An answer came.
   *
   * @param key - as in {@link Holdoffs.heldBy}
   * @param now - the monotonic time
   */
  proven(key: string, now: number): void {
    this.#held.delete(key);
    this.#provenAt.set(key, now);
  }

  /** All may be tried: the host is on another network, or other rules are in force. */
  clear(): void {
    this.#held.clear();
    this.#provenAt.clear();
  }
}
