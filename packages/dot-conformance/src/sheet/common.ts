// Steps and bounds that scenarios of several files have in common.
import type { Expectation, Step } from './scenario.js';

/**
 * How long a client may wait where nothing need keep it waiting, in milliseconds: a hedge, some round trips, and a busy machine. What
 * waits for a limit of time, as that of a handshake, takes longer.
 */
export const PROMPT_MS = 1_000;

/** The phase `then` at a server that there is no reason to think worse of. */
export const STILL_ENCRYPTED: readonly Expectation[] = [
  { phase: 'then', figure: 'failed client queries', most: 0 },
  { phase: 'then', figure: 'share encrypted', least: 90 },
];

/** The phase `then` at a server that gets nothing in clear text any more. */
export const NO_CLEAR_TEXT: readonly Expectation[] = [
  { phase: 'then', figure: 'queries over Do53', most: 0 },
  { phase: 'then', figure: 'failed client queries', most: 0 },
];

/** A phase in which every client gets its answer, and soon. */
export function answeredPromptly(phase: string): readonly Expectation[] {
  return [
    { phase, figure: 'failed client queries', most: 0 },
    { phase, figure: 'slowest client query', most: PROMPT_MS },
  ];
}

/** The server closes its sessions while nothing is under way, and the resolver has the time to notice. */
export const IDLE_CLOSE: readonly Step[] = [{ do: 'close-sessions' }, { do: 'wait', ms: 400 }];

/** The server ends its sessions so often, while queries are under way. */
export function endsSessions(times: number, by: 'FIN' | 'RST'): readonly Step[] {
  return Array.from({ length: times }, (): readonly Step[] => [
    { do: 'wait', ms: 500 },
    { do: 'close-sessions', by },
  ]).flat();
}

/** Why a scenario says nothing of a forwarder: in half sentences behind “it is a forwarder: ”. */
export const NOT_FOR_FORWARDERS = {
  verified: 'of a server that designates DoT the certificate is verified (RFC 9462 section 4.2)',
  told: 'it is told of DoT by the server itself, and probes nothing',
  delegations: 'it follows no delegation',
  itsClients: 'it passes on what its clients send, and connects by the name that the server designates',
  remembers: 'servers designate DoT anew at each start (RFC 9462)',
  sendsAgain: 'its clients send again what is lost',
} as const;
