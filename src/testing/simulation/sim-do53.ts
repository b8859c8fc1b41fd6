import type { Endpoint } from '../../state/model.js';
import type { Attempt, AttemptingExchange } from '../../transport/exchange.js';
import type { SimulationClock } from './sim-clock.js';
import { SimulatedAttempt } from './simulated-attempt.js';
import type { World } from './world.js';

/** Do53 in the simulated world: a round trip, or silence. */
export class SimulatedDo53 implements AttemptingExchange {
  readonly #world: World;
  readonly #clock: SimulationClock;
  readonly #asked: (message: Uint8Array) => void;

  /**
   * @param world - the servers
   * @param clock - the time
   * @param asked - is told of a query that leaves, from inside the call
   */
  constructor(world: World, clock: SimulationClock, asked: (message: Uint8Array) => void) {
    this.#world = world;
    this.#clock = clock;
    this.#asked = asked;
  }

  /** {@inheritDoc AttemptingExchange.attempt} */
  attempt({ address }: Endpoint, message: Uint8Array, timeoutMs: number): Attempt {
    this.#asked(message);
    const attempt = new SimulatedAttempt(message);
    attempt.isWritten = true;
    const endpoint = this.#world.find(address);
    const rttMs = endpoint === undefined ? 0 : this.#world.at(endpoint).rttMs;
    const isHeard = this.#world.answersClear(endpoint);
    this.#clock.after(isHeard ? rttMs : timeoutMs, () => {
      if (isHeard) attempt.answered({ answer: rttMs, total: rttMs });
      else attempt.ends({ phase: 'answer', kind: 'silent' });
    });
    return attempt;
  }

  /** {@inheritDoc Exchange.exchange} */
  async exchange(endpoint: Endpoint, message: Uint8Array): Promise<Uint8Array> {
    const timeoutMs = 5_000;
    return (await this.attempt(endpoint, message, timeoutMs).done).message;
  }

  /** {@inheritDoc Exchange.close} */
  async close(): Promise<void> {}
}
