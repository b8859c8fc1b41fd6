import type { Clock } from '../common/clock.js';
import { DotscoutError, TransportError } from '../common/errors.js';
import type { Endpoint } from '../state/model.js';
import { exchangeWithin } from '../transport/attempt.js';
import type { Exchange } from '../transport/exchange.js';
import { brokenPart, wrongShape } from '../transport/failure.js';
import { matchAnswer, rcodeOf } from '../wire/message.js';
import { type Appraisal, appraiseSoa } from '../wire/worth.js';

/** What the server says over Do53. */
export interface ClearAnswer {
  readonly rcode: number;
  readonly found: Appraisal;
}

/** What a {@link ClearQuery} needs. */
export interface ClearQueryOptions {
  readonly clock: Clock;
  readonly do53: Exchange;
  /** The server's Do53; `undefined` where no clear text may be sent, so that there is no answer. */
  readonly endpoint: Endpoint | undefined;
  /** The probe's question, without anything that DoT adds. */
  readonly message: Uint8Array;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** The probe's question over Do53: asked at most once, for the control and for the comparison alike. */
export class ClearQuery {
  /** The fault of an exchange of the host's own, where there was one: no answer is no word of the server's then. */
  broken: TransportError | undefined;
  readonly #options: ClearQueryOptions;
  #answer: Promise<ClearAnswer | undefined> | undefined;

  /** @param options - what it needs */
  constructor(options: ClearQueryOptions) {
    this.#options = options;
  }

  /**
   * Asks, unless it was asked before.
   *
   * @param limitMs - how long the answer is waited for, in milliseconds
   * @returns the answer; `undefined` for none
   */
  ask(limitMs: number): Promise<ClearAnswer | undefined> {
    this.#answer ??= this.#ask(limitMs);
    return this.#answer;
  }

  async #ask(limitMs: number): Promise<ClearAnswer | undefined> {
    const { clock, do53, endpoint, message, signal } = this.#options;
    if (endpoint === undefined) return undefined;
    const part = endpoint.transport;
    const request = { exchange: do53, endpoint, message, timeoutMs: limitMs, clock };
    try {
      // The exchange may be a host's own, and bring anything.
      const answer: unknown = await exchangeWithin(request, signal);
      if (!(answer instanceof Uint8Array)) {
        const detail = 'the exchange gave no Uint8Array';
        throw wrongShape(answer, { phase: 'answer', kind: 'local', detail, part });
      }
      if (matchAnswer(message, answer) !== 'match') return undefined;
      return { rcode: rcodeOf(answer), found: appraiseSoa(message, answer) };
    } catch (error) {
      if (error instanceof TransportError && error.failure.part !== undefined) this.broken = error;
      else if (!(error instanceof DotscoutError || signal.aborted)) this.broken = brokenPart(error, part);
      return undefined;
    }
  }
}
