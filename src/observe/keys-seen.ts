import { BoundedMap } from '../common/bounded-map.js';
import type { Clock } from '../common/clock.js';
import type { Endpoint } from '../state/model.js';
import type { Events } from './events.js';

/** Which key a server has shown, and since when, on the monotonic clock. */
export interface KeySeen {
  readonly spki: string;
  readonly since: number;
}

/** Endpoints whose keys are remembered, those that showed one last. */
const MAX_KEYS = 16_384;

/** A SHA-256 in Base64 has 44 characters. */
const MAX_LENGTH = 44;

/** The keys that servers have shown, to tell of one that changes. */
export class KeysSeen {
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #seen = new BoundedMap<string, KeySeen>(MAX_KEYS);

  /**
   * @param clock - tells since when
   * @param events - who is told
   */
  constructor(clock: Clock, events: Events) {
    this.#clock = clock;
    this.#events = events;
  }

  /** A server has shown a key. */
  see(endpoint: Endpoint, spki: string): void {
    // A host's own prober or exchange may say anything.
    if (typeof spki !== 'string' || spki.length > MAX_LENGTH) return;
    const before = this.#seen.get(endpoint.key);
    const since = before?.spki === spki ? before.since : this.#clock.now();
    this.#seen.set(endpoint.key, { spki, since });
    if (before === undefined || before.spki === spki) return;
    this.#events.emit('keychange', () => ({ endpoint, from: before.spki, to: spki }));
  }

  /** The latest key of a server. */
  of({ key }: Endpoint): KeySeen | undefined {
    return this.#seen.get(key);
  }

  /** The operator wants a server forgotten. */
  forget({ key }: Endpoint): void {
    this.#seen.delete(key);
  }

  /** Another network may have other servers at the same addresses. */
  clear(): void {
    this.#seen.clear();
  }
}
