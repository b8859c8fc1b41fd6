import { QueryError } from '../contact/query-error.js';
import type { ServerRef } from '../contact/server.js';
import { queryServers } from '../query-servers.js';
import type { TransportSelector } from '../selector.js';
import { type ReadAnswer, readAnswer } from './read-answer.js';
import type { Rounds } from './resolver-options.js';

/** No server has given an answer that can be read. */
export class UnreadableAnswer extends Error {}

/**
 * Asks as `node:dns` does: one server after the other until one says anything at all, in rounds of which each has twice the
 * time of the one before.
 *
 * @param selector - which chooses the transport
 * @param servers - whom to ask
 * @param message - the query
 * @param rounds - how long and how often
 * @param signal - ends it
 * @throws as `queryServers`; {@link UnreadableAnswer}
 */
export async function askInRounds(
  selector: TransportSelector,
  servers: readonly ServerRef[],
  message: Uint8Array,
  rounds: Rounds,
  signal: AbortSignal,
): Promise<ReadAnswer> {
  for (let round = 0; ; round++) {
    const timeoutMs = Math.min(rounds.timeoutMs * 2 ** round, rounds.maxTimeoutMs);
    let read: ReadAnswer | undefined;
    const isUsable = (answer: Uint8Array): boolean => {
      try {
        read = readAnswer(Buffer.from(answer.buffer, answer.byteOffset, answer.length));
      } catch {
        read = undefined;
      }
      return read !== undefined;
    };
    try {
      await queryServers(selector, servers, message, { signal, timeoutMs, isUsable });
      if (read !== undefined) return read;
      throw new UnreadableAnswer('no server gives an answer that can be read');
    } catch (error) {
      const isLast = round + 1 >= rounds.tries;
      if (isLast || !(error instanceof QueryError) || !mayBeAnswered(error)) throw error;
    }
  }
}

/** Whether a server may answer in the next round: not one that refuses connections, but one that we have not heard. */
function mayBeAnswered({ code, failures }: QueryError): boolean {
  return code === 'TIMEOUT' || failures.some(({ kind }) => kind === 'silent' || kind === 'local');
}
