import { unlessAborted } from '../common/abort.js';
import { TransportError } from '../common/errors.js';
import type { Names } from '../state/known-names.js';
import type { Endpoint, Failure } from '../state/model.js';
import type { Exchange, ExchangeOptions } from '../transport/exchange.js';
import { answerTo, type RcodeName, rcodes } from './answers.js';
import { parseQuery } from './query.js';
import { SCRIPT_NAMES, type Script, type ScriptedCall, type ScriptOptions, ScriptPlayer } from './scripted.js';

/**
 * What a scripted exchange brings.
 *
 * - `good`: the answer that a fault server would give. A response code by its name: that to everything.
 * - `silent`: a `TransportError` of that kind after `silenceMs`. `never`: nothing, until the signal aborts.
 * - `throw`, `reject`: the exchange's own fault, which is no `TransportError`.
 * - a `Failure`: a `TransportError` with it; or a function that makes the answer, until the signal aborts.
 */
export type ScriptedAnswer =
  | 'good'
  | RcodeName
  | 'silent'
  | 'never'
  | 'throw'
  | 'reject'
  | Failure
  | ((message: Uint8Array, endpoint: Endpoint) => Uint8Array | Promise<Uint8Array>);

/** How a scripted exchange is set up. */
export interface ScriptedExchangeOptions extends ScriptOptions<ScriptedAnswer> {
  /** How long `silent` lasts, in milliseconds; default 4,000. */
  readonly silenceMs?: number | undefined;
}

const NAMES: Names<ScriptedExchangeOptions> = { ...SCRIPT_NAMES, silenceMs: true };
const WORDS: readonly string[] = ['good', ...Object.keys(rcodes), 'silent', 'never', 'throw', 'reject'];

/** What was asked of a scripted exchange. */
export interface ScriptedMessage {
  /** The endpoint that was asked. */
  readonly endpoint: Endpoint;
  /** The message. */
  readonly message: Uint8Array;
}

/**
 * An exchange that opens no socket and answers as it is told to.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const dot = new ScriptedExchange({ clock, latencyMs: 20, script: { '192.0.2.1': ['good', 'silent'] } });
 * const do53 = new ScriptedExchange({ clock, latencyMs: 10 });
 * ```
 */
export class ScriptedExchange implements Exchange {
  readonly #player: ScriptPlayer<ScriptedAnswer, ScriptedMessage>;
  readonly #silenceMs: number;
  readonly #closed = new AbortController();

  /**
   * @param options - the script
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: ScriptedExchangeOptions = {}) {
    this.#player = new ScriptPlayer<ScriptedAnswer, ScriptedMessage>(options, NAMES, WORDS, 'good');
    this.#silenceMs = options.silenceMs ?? 4000;
  }

  /** Every message so far, oldest first. */
  get calls(): readonly ScriptedCall<ScriptedMessage>[] {
    return this.#player.calls;
  }

  /** Whether it was closed. */
  get closed(): boolean {
    return this.#closed.signal.aborted;
  }

  /**
   * Changes what comes from an address from now on.
   *
   * @param address - as in the script
   * @param script - what comes
   */
  set(address: string, script: Script<ScriptedAnswer>): void {
    this.#player.set(address, script);
  }

  /** Answers as scripted, and notes the call. */
  exchange(endpoint: Endpoint, message: Uint8Array, options: ExchangeOptions): Promise<Uint8Array> {
    const behaviour = this.#player.next(endpoint.address, { endpoint, message });
    if (behaviour === 'throw') throw new Error('scripted: the exchange throws');
    return this.#play(behaviour, endpoint, message, AbortSignal.any([options.signal, this.#closed.signal]));
  }

  /** Ends what is scripted to wait. Idempotent. */
  close(): Promise<void> {
    this.#closed.abort(new Error('scripted: the exchange was closed'));
    return Promise.resolve();
  }

  async #play(
    behaviour: Exclude<ScriptedAnswer, 'throw'>,
    endpoint: Endpoint,
    message: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    if (behaviour === 'never') await this.#player.wait(Number.POSITIVE_INFINITY, signal);
    if (behaviour === 'silent') {
      await this.#player.wait(this.#silenceMs, signal);
      throw new TransportError({ phase: 'answer', kind: 'silent' });
    }
    await this.#player.latency(signal);
    if (typeof behaviour === 'function') return unlessAborted(Promise.resolve(behaviour(message, endpoint)), signal);
    if (typeof behaviour === 'object') throw new TransportError(behaviour);
    if (behaviour === 'reject') throw new Error('scripted: the exchange rejects');
    const query = parseQuery(message);
    if (query === undefined) throw new TypeError('scripted: the message is no DNS query');
    return answerTo(query, isRcode(behaviour) ? { rcode: behaviour } : {});
  }
}

function isRcode(behaviour: string): behaviour is RcodeName {
  return behaviour in rcodes;
}
