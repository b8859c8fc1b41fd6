import {
  type AttemptingExchange,
  createGuard,
  Do53Exchange,
  DotExchange,
  DotProber,
  DotscoutError,
  type Endpoint,
  type ProbeResult,
  systemClock,
  type TlsFacts,
  TransportError,
} from 'dotscout';
import type { Question } from '../../../../src/resolver/question.js';
import { zoneOfQuestion } from '../../../../src/wire/names.js';
import { CommandError, EXIT, messageOf } from '../exit.js';
import { endpointOf } from '../look/place.js';
import { rounded } from '../look/record.js';
import { queriesFor } from './queries.js';
import { readSide, type Side, type SideTimes } from './side.js';

/** Whom to ask, and how. */
export interface AskBothOptions {
  /** A canonical address. */
  readonly address: string;
  /** The DoT port. */
  readonly port: number;
  readonly do53Port: number;
  /** Prefixes that the guard would forbid. */
  readonly allow: readonly string[];
  /** For each transport, in milliseconds. */
  readonly timeoutMs: number;
}

/** How both transports fared. */
export interface Both {
  readonly dot: Side;
  readonly do53: Side;
  /** What the handshake showed, where there was one. */
  readonly tls: TlsFacts | undefined;
}

const NO_TIMES: SideTimes = { connectMs: null, handshakeMs: null, answerMs: null };

/**
 * Asks a server the same over DoT and over Do53, one after the other, so that neither waits for the other's work.
 *
 * @param question - a name and a type
 * @param options - whom, and how
 * @throws `InvalidInputError` `INVALID_QUESTION`, `INVALID_PREFIX`; {@link CommandError} where the guard forbids the address
 */
export async function askBoth(question: Question, options: AskBothOptions): Promise<Both> {
  const { address, port, do53Port, allow, timeoutMs } = options;
  const queries = queriesFor(question);
  const guard = createGuard({ allow });
  if (!guard.admits(address))
    throw new CommandError(`the guard forbids ${address}; --allow ${address.split('%')[0]} admits it`, EXIT.no);
  const [dotEndpoint, clear] = [endpointOf(address, port, 'dot'), endpointOf(address, do53Port, 'do53')];
  // So that nothing but what is awaited here ends the process.
  const held = systemClock.after(4 * timeoutMs, () => {}, { keepAlive: true });
  await using exchange = new DotExchange({ guard, timeoutMs });
  await using do53 = new Do53Exchange({ timeoutMs });
  try {
    const target = { endpoint: dotEndpoint, clear, zone: zoneOfQuestion(queries.dot) };
    const { signal } = new AbortController();
    const probed = await new DotProber({ guard, do53 }).probe(target, { signal, timeoutMs });
    // The probe's session shows what the handshake has shown; the question goes over the same.
    if (probed.session !== undefined && !exchange.adopt(dotEndpoint, probed.session)) probed.session.close();
    const failure = failureOf(probed);
    const dot: Side =
      failure === undefined
        ? await ask(exchange, dotEndpoint, queries.dot, timeoutMs, timesOf(probed))
        : { failure, ...timesOf(probed) };
    return { dot, do53: await ask(do53, clear, queries.do53, timeoutMs, NO_TIMES), tls: probed.tls };
  } finally {
    held.cancel();
  }
}

/** A server that is worse over DoT for the zone's own SOA is asked all the same: here people want to see how. */
function failureOf({ evidence }: ProbeResult): string | undefined {
  if (evidence.result === 'success') return undefined;
  if (evidence.result === 'inconclusive') return `nothing learned: ${evidence.why}`;
  return evidence.kind === 'lame' ? undefined : `${evidence.phase}: ${evidence.kind}`;
}

async function ask(
  exchange: AttemptingExchange,
  endpoint: Endpoint,
  query: Uint8Array,
  timeoutMs: number,
  before: SideTimes,
): Promise<Side> {
  try {
    const { message, times } = await exchange.attempt(endpoint, query, timeoutMs).done;
    return readSide(query, message, {
      connectMs: rounded(times.connect) ?? before.connectMs,
      handshakeMs: rounded(times.handshake) ?? before.handshakeMs,
      answerMs: rounded(times.answer),
    });
  } catch (error) {
    if (!(error instanceof DotscoutError)) throw error;
    const what = error instanceof TransportError ? `${error.failure.phase}: ${error.failure.kind}` : messageOf(error);
    return { failure: what, ...before };
  }
}

function timesOf({ times }: ProbeResult): SideTimes {
  return { connectMs: rounded(times.connect), handshakeMs: rounded(times.handshake), answerMs: null };
}
