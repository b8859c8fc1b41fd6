import type { ServerRef } from '../contact/server.js';
import type { TransportSelector } from '../selector.js';
import { askInRounds, UnreadableAnswer } from './ask-in-rounds.js';
import { DnsError, type DnsErrorCode } from './dns-error.js';
import { codeOfFailure, codeOfRcode } from './failure-code.js';
import { hostName, isOnion } from './host-name.js';
import { encodeQuery } from './question.js';
import type { OwnedRecord } from './read-answer.js';
import type { Rounds } from './resolver-options.js';

/** What a question is called in errors. */
export interface Asked {
  readonly syscall: string;
  /** As the caller gave it. */
  readonly hostname: string;
}

/** Whom to ask, and how. */
export interface Asking {
  readonly selector: TransportSelector;
  readonly servers: readonly ServerRef[];
  readonly rounds: Rounds;
  readonly signal: AbortSignal;
}

/** The answer section of an answer that has one. */
export interface Answered {
  readonly answers: readonly OwnedRecord[];
  /** The name that was asked for, in the one spelling. */
  readonly name: string;
}

/**
 * Asks for a name's records of one type.
 *
 * @param name - as `node:dns` takes it
 * @param type - its number
 * @param asked - for errors
 * @param asking - whom, and how
 * @throws {@link DnsError}
 */
export async function findAnswers(name: string, type: number, asked: Asked, asking: Asking): Promise<Answered> {
  const { selector, servers, rounds, signal } = asking;
  const failed = (code: DnsErrorCode, cause?: unknown): DnsError =>
    new DnsError(code, asked.syscall, asked.hostname, cause === undefined ? undefined : { cause });
  const host = hostName(name);
  if (host === undefined) throw failed('EBADNAME');
  const { canonical, octets } = host;
  if (isOnion(canonical)) throw failed('ENOTFOUND');
  const query = encodeQuery(octets, type, false);
  const { rcode, answers } = await askInRounds(selector, servers, query, rounds, signal).catch((cause: unknown) => {
    if (signal.aborted) throw failed('ECANCELLED');
    throw failed(cause instanceof UnreadableAnswer ? 'EBADRESP' : codeOfFailure(cause), cause);
  });
  const code = codeOfRcode(rcode) ?? (answers.length === 0 ? 'ENODATA' : undefined);
  if (code !== undefined) throw failed(code);
  return { answers, name: canonical };
}
