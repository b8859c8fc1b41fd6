import type { ResolvedServer, ServerRef } from '../contact/server.js';
import { type QueryServersOptions, queryServers } from '../query-servers.js';
import type { TransportSelector } from '../selector.js';
import type { Transport } from '../state/model.js';
import { DnsError, syscallOf } from './dns-error.js';
import { type Question, queryFor } from './question.js';
import { type Rcode, rcodeName } from './rcodes.js';
import { readAnswer } from './read-answer.js';
import type { ResourceRecord } from './record-data.js';

/** An answer as people read it. */
export interface Answer {
  /** What the server says: `NOERROR`, `NXDOMAIN`, `SERVFAIL` and so on. */
  readonly rcode: Rcode;
  /** The records of the answer section, in the server's order. */
  readonly answers: readonly ResourceRecord[];
  /** The records of the authority section. */
  readonly authorities: readonly ResourceRecord[];
  /** The records of the additional section, without the OPT. */
  readonly additionals: readonly ResourceRecord[];
  /** All of it in wire format. */
  readonly message: Buffer;
  /** What brought it. */
  readonly transport: Transport;
  /** Whether neither the query nor the answer went in clear text. */
  readonly encrypted: boolean;
  /** Who answered. */
  readonly server: ResolvedServer;
}

/**
 * Asks a question, and reads the answer. Of several servers each is asked in turn, those over DoT first, until one has an
 * answer.
 *
 * @example
 * ```ts
 * const selector = new TransportSelector();
 * const { rcode, answers, transport } = await ask(selector, '192.0.2.53', 'www.example.org');
 * const mail = await ask(selector, ['192.0.2.53', '2001:db8::53'], { name: 'example.org', type: 'MX' });
 * ```
 *
 * @param selector - which chooses the transport
 * @param servers - whom to ask
 * @param question - a name, whose addresses (A) are asked for, or a question
 * @param options - as for `queryServers`: signal, time for each server, context, what will do
 * @returns what the server says, also where that is NXDOMAIN or REFUSED
 * @throws `InvalidInputError` `INVALID_QUESTION`, or of a server or option; `QueryError` where nobody answers; `DnsError`
 *   `EBADRESP` where an answer cannot be read; or `signal.reason`
 */
export async function ask<S extends ServerRef>(
  selector: TransportSelector,
  servers: S | readonly S[],
  question: string | Question,
  options?: QueryServersOptions<S>,
): Promise<Answer> {
  const asked = typeof question === 'string' ? { name: question } : question;
  const query = queryFor(asked);
  const list = Array.isArray(servers) ? (servers as readonly S[]) : [servers as S];
  const result = await queryServers(selector, list, query, options);
  const { message, transport, encrypted, decision } = result;
  try {
    const { rcode, answers, authorities, additionals } = readAnswer(message);
    return {
      rcode: rcodeName(rcode),
      answers: answers.map(({ record }) => record),
      authorities,
      additionals,
      message,
      transport,
      encrypted,
      server: decision.server,
    };
  } catch (cause) {
    throw new DnsError('EBADRESP', syscallOf(asked.type ?? 'A'), asked.name, { cause });
  }
}
