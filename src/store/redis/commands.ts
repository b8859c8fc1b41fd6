import type { Clock } from '../../clock.js';
import { within } from '../limit.js';
import type { RedisClient } from './client.js';

/** How long an answer is waited for, in milliseconds. */
export const COMMAND_MS = 1_000;
/** Commands without an answer; beyond, none is sent: a client that never settles must not fill the memory. */
const MOST_WAITING = 4_096;

/** Sends commands, each with a limit, and bounds how many can be waiting. */
export class Commands {
  readonly #client: RedisClient;
  readonly #clock: Clock;
  #waiting = 0;

  /**
   * @param client - the host's
   * @param clock - where to set limits
   */
  constructor(client: RedisClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Sends one command; rejects where it is not answered in time. */
  async send(...args: string[]): Promise<unknown> {
    if (this.#waiting >= MOST_WAITING) throw new Error('too many commands wait for an answer');
    this.#waiting++;
    const sent = (async () => this.#client.sendCommand(args))();
    const over = (): void => {
      this.#waiting--;
    };
    sent.then(over, over);
    return within(this.#clock, COMMAND_MS, sent, false);
  }
}
