import { type Clock, deadline, type Timer } from '../common/clock.js';
import { TransportError } from '../common/errors.js';
import type { Authentication } from '../contact/authentication.js';
import type { Endpoint } from '../state/model.js';
import { matchAnswer } from '../wire/message.js';
import { type Attempt, type Exchange, isAttempting, type Reply } from './exchange.js';
import { classifyError } from './failure.js';

/**
 * Begins an attempt on any exchange, ours or a host's own. A host's exchange is given its limit by a signal; what it
 * throws that is no `TransportError` is `local`: a host's bug demotes nobody.
 *
 * @param exchange - ours or a host's own
 * @param endpoint - where to
 * @param message - a checked query
 * @param timeoutMs - how long the attempt may live, in milliseconds
 * @param clock - where to set the limit
 * @param authentication - how the server has to prove who it is; only for an exchange that authenticates
 */
export function beginAttempt(
  exchange: Exchange,
  endpoint: Endpoint,
  message: Uint8Array,
  timeoutMs: number,
  clock: Clock,
  authentication?: Authentication,
): Attempt {
  try {
    if (isAttempting(exchange)) return exchange.attempt(endpoint, message, timeoutMs, authentication);
  } catch (error) {
    return { done: Promise.reject(error), withdraw: () => false };
  }
  return { done: foreignReply(exchange, endpoint, message, timeoutMs, clock, authentication), withdraw: () => false };
}

async function foreignReply(
  exchange: Exchange,
  endpoint: Endpoint,
  message: Uint8Array,
  timeoutMs: number,
  clock: Clock,
  authentication: Authentication | undefined,
): Promise<Reply> {
  const controller = new AbortController();
  const { signal } = controller;
  const startedAt = clock.now();
  let timer: Timer | undefined;
  const limit = new Promise<never>((_, reject) => {
    // An exchange that ignores its signal must not keep us waiting either.
    timer = deadline(clock, timeoutMs, () => {
      reject(new TransportError({ phase: 'answer', kind: 'silent' }));
      controller.abort();
    });
  });
  try {
    const answer = await Promise.race([exchange.exchange(endpoint, message, { signal, authentication }), limit]);
    const total = clock.now() - startedAt;
    return {
      message: checkAnswer(message, answer),
      times: { answer: total, total },
      authenticated: authentication !== undefined,
    };
  } catch (error) {
    throw error instanceof TransportError ? error : new TransportError(classifyForeign(error), { cause: error });
  } finally {
    timer?.cancel();
  }
}

/** Node's own errors tell phase and kind whoever lets them through; all else is the host's. */
function classifyForeign(error: unknown): TransportError['failure'] {
  return { ...classifyError(error, 'connect'), kind: 'local' };
}

function checkAnswer(query: Uint8Array, answer: unknown): Uint8Array {
  if (!(answer instanceof Uint8Array)) {
    throw new TransportError({ phase: 'answer', kind: 'local', detail: 'the exchange gave no Uint8Array' });
  }
  if (matchAnswer(query, answer) === 'match') return answer;
  throw new TransportError({ phase: 'answer', kind: 'malformed', detail: 'the answer is not one to this query' });
}
