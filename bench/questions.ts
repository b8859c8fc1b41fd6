import { setTimeout as wait } from 'node:timers/promises';
import type { ServerObject, TransportSelector } from '../src/index.js';
import { inTurn, plainQueries } from './queries.js';

const NAMES = 1_000;
const DRAIN_MS = 10_000;
const RCODE = 0x0f;

/** Asks servers in turn, and counts. */
export class Questions {
  asked = 0;
  failed = 0;
  encrypted = 0;
  /** When the latest encrypted answer came, by `performance.now()`. */
  encryptedAt: number = Number.NaN;
  readonly #selector: TransportSelector;
  readonly #nextTarget: () => ServerObject;
  readonly #nextQuery = inTurn(plainQueries(NAMES));
  readonly #timeoutMs: number | undefined;
  #open = 0;

  /**
   * @param selector - who carries them
   * @param targets - whom they are for, in turn
   * @param timeoutMs - the limit of each, in milliseconds; default the selector's
   */
  constructor(selector: TransportSelector, targets: readonly ServerObject[], timeoutMs?: number) {
    this.#selector = selector;
    this.#nextTarget = inTurn(targets);
    this.#timeoutMs = timeoutMs;
  }

  /** One query; never rejects. */
  async ask(): Promise<void> {
    this.asked++;
    this.#open++;
    try {
      const options = { timeoutMs: this.#timeoutMs };
      const { message, encrypted } = await this.#selector.query(this.#nextTarget(), this.#nextQuery(), options);
      if (((message[3] ?? RCODE) & RCODE) !== 0) this.failed++;
      else if (encrypted) {
        this.encrypted++;
        this.encryptedAt = performance.now();
      }
    } catch {
      this.failed++;
    }
    this.#open--;
  }

  reset(): void {
    this.asked = 0;
    this.failed = 0;
    this.encrypted = 0;
  }

  /** Waits for what is open; what is never answered has failed. */
  async settled(): Promise<void> {
    const giveUpAt = performance.now() + DRAIN_MS;
    while (this.#open > 0 && performance.now() < giveUpAt) await wait(10);
    this.failed += this.#open;
  }
}
