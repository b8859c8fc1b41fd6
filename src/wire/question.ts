import { nameOfQuestion, zoneOfQuestion } from './names.js';

/** What a query asks about, read from it where that is needed. */
export class Question {
  readonly #message: Uint8Array;

  /** @param message - a checked query */
  constructor(message: Uint8Array) {
    this.#message = message;
  }

  /** The zone that it is counted to where the host names none. */
  get zone(): string {
    return zoneOfQuestion(this.#message);
  }

  /** The name itself, which rules go by where the host names no zone. */
  get name(): string {
    return nameOfQuestion(this.#message);
  }
}
