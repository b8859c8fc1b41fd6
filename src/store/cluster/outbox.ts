import type { Clock } from '../../clock.js';
import { keyOfStored, nameless, type StoredVerdict } from '../verdict.js';
import { type Message, MOST } from './messages.js';

/** Changes that wait for one turn of the loop; beyond, the oldest go. */
const MAX_WAITING = 100_000;

/** Gathers what changes in one turn of the loop, the latest of each endpoint, and sends it in messages of bounded size. */
export class Outbox {
  readonly #clock: Clock;
  readonly #send: (message: Message) => void;
  readonly #waiting = new Map<string, StoredVerdict>();
  #sending = false;

  /**
   * @param clock - where a turn is waited for
   * @param send - to whom it goes
   */
  constructor(clock: Clock, send: (message: Message) => void) {
    this.#clock = clock;
    this.#send = send;
  }

  /** Adds one; names are not sent. */
  add(verdict: StoredVerdict): void {
    const key = keyOfStored(verdict);
    this.#waiting.delete(key);
    if (this.#waiting.size < MAX_WAITING) this.#waiting.set(key, nameless(verdict));
    if (this.#sending) return;
    this.#sending = true;
    this.#clock.turn(() => this.#flush());
  }

  /** One message a turn, so that what both sides do beside goes on. */
  #flush(): void {
    const verdicts = [...this.#waiting.values()].slice(0, MOST);
    for (const verdict of verdicts) this.#waiting.delete(keyOfStored(verdict));
    if (verdicts.length > 0) this.#send({ dotscout: 'verdicts', verdicts });
    this.#sending = this.#waiting.size > 0;
    if (this.#sending) this.#clock.turn(() => this.#flush());
  }
}
