import { type Clock, systemClock } from '../common/clock.js';
import { type Names, requireNames, requireWord } from '../state/known-names.js';

/** One call that a scripted part has received. */
export interface ScriptedCall<T> {
  /** The address that was meant. */
  readonly address: string;
  /** When, on the clock. */
  readonly at: number;
  /** What was asked: the probe's target, or the message and its endpoint. */
  readonly asked: T;
}

/** What happens at an address: always the same, or one thing after the other, the last of them for ever. */
export type Script<B> = B | readonly B[];

/** How a scripted part is set up. */
export interface ScriptOptions<B> {
  /** What happens, by address. */
  readonly script?: Readonly<Record<string, Script<B>>> | undefined;
  /** What happens at addresses that the script does not name; default `good`. */
  readonly otherwise?: Script<B> | undefined;
  /** How long an answer takes, in milliseconds; default 0: it comes at once. */
  readonly latencyMs?: number | undefined;
  /** The clock that latency and silence are counted on; default the system's. */
  readonly clock?: Clock | undefined;
}

/** The names of the options of every scripted part. */
export const SCRIPT_NAMES: Names<ScriptOptions<unknown>> = {
  script: true,
  otherwise: true,
  latencyMs: true,
  clock: true,
};

/** Plays scripts and remembers the calls. */
export class ScriptPlayer<B, T> {
  /** Every call so far, oldest first. */
  readonly calls: ScriptedCall<T>[] = [];
  /** What latency and silence are counted on. */
  readonly clock: Clock;
  readonly #latencyMs: number;
  readonly #scripts: Map<string, Script<B>>;
  readonly #steps = new Map<string, number>();
  readonly #otherwise: Script<B>;
  readonly #words: readonly string[];

  /**
   * @param options - as a test gave them
   * @param names - those that they may have
   * @param words - what may happen, where it is a word
   * @param fallback - what happens where nothing is scripted
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: ScriptOptions<B>, names: Names<ScriptOptions<B>>, words: readonly string[], fallback: B) {
    requireNames('INVALID_OPTION', options, names);
    this.#words = words;
    this.clock = options.clock ?? systemClock;
    this.#latencyMs = options.latencyMs ?? 0;
    this.#scripts = new Map(Object.entries(options.script ?? {}));
    this.#otherwise = options.otherwise ?? fallback;
    for (const script of [...this.#scripts.values(), this.#otherwise]) this.#check(script);
  }

  /** Replaces an address's script, from its beginning. */
  set(address: string, script: Script<B>): void {
    this.#check(script);
    this.#scripts.set(address, script);
    this.#steps.delete(address);
  }

  /** A part would take a word that it does not know for `good`. */
  #check(script: Script<B>): void {
    for (const one of isList(script) ? script : [script])
      if (typeof one === 'string') requireWord('INVALID_OPTION', one, this.#words, 'script: ');
  }

  /** Notes a call and tells what is to happen. */
  next(address: string, asked: T): B {
    this.calls.push({ address, at: this.clock.now(), asked });
    const script = this.#scripts.get(address) ?? this.#otherwise;
    if (!isList(script)) return script;
    const step = this.#steps.get(address) ?? 0;
    this.#steps.set(address, step + 1);
    const behaviour = script[Math.min(step, script.length - 1)];
    if (behaviour === undefined) throw new RangeError(`the script for ${address} is empty`);
    return behaviour;
  }

  /** Waits as long as an answer takes. */
  latency(signal: AbortSignal): Promise<void> {
    return this.wait(this.#latencyMs, signal);
  }

  /** Waits on the clock; rejects with the signal's reason when that aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      if (ms === 0) {
        resolve();
        return;
      }
      const stop = (): void => {
        timer.cancel();
        reject(signal.reason);
      };
      const fire = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const timer = this.clock.after(ms, fire, { keepAlive: true });
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}

function isList<B>(script: Script<B>): script is readonly B[] {
  return Array.isArray(script);
}
