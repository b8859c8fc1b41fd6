import { TransportError } from '../../common/errors.js';
import type { Failure, Times } from '../../state/model.js';
import { TellingAttempt } from '../../transport/attempt.js';
import { answerTo, type Says } from './message.js';

/** A query on its way through the simulated world. */
export class SimulatedAttempt extends TellingAttempt {
  /** Whether it has left; before, it can be taken back. */
  isWritten = false;
  readonly #message: Uint8Array;
  #isOver = false;
  #isWithdrawn = false;

  /** @param message - the query */
  constructor(message: Uint8Array) {
    super();
    this.#message = message;
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** {@inheritDoc Attempt.withdraw} */
  override withdraw(): boolean {
    if (this.isWritten || this.#isOver) return false;
    this.#isWithdrawn = true;
    return true;
  }

  /** The way is free; says whether it leaves, or was taken back before. */
  leaves(): boolean {
    this.isWritten = true;
    if (this.#isWithdrawn) this.ends({ phase: 'connect', kind: 'local', detail: 'withdrawn' });
    return !this.#isWithdrawn;
  }

  /** It is answered, by default rightly. */
  answered(times: Times, says: Says = 'right'): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.succeed({ message: answerTo(this.#message, says), times, authenticated: false });
  }

  /** It fails. */
  ends(failure: Failure, repeated = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.failed(new TransportError(failure, { repeated }));
  }
}
