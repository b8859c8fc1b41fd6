import type { AnswerOptions, ScriptedAnswer, VirtualClock } from '../../src/testing/index.js';
import { answerTo, parseQuery } from '../../src/testing/index.js';

/** A script's answer that comes after a time, whoever still waits. */
export function delayed(clock: VirtualClock, ms: number, options: AnswerOptions = {}): ScriptedAnswer {
  return async (message) => {
    await new Promise<void>((resolve) => clock.after(ms, resolve));
    return answered(message, options);
  };
}

/** An answer as a fault server makes it. */
export function answered(message: Uint8Array, options: AnswerOptions = {}): Uint8Array {
  const query = parseQuery(message);
  if (query === undefined) throw new TypeError('no query');
  return answerTo(query, options);
}
