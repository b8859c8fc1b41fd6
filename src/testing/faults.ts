/**
 * Faults below TLS: what meets a client that connects to the DoT port.
 *
 * - `closed`: nothing listens, so connections are reset. Sessions that were open are reset too.
 * - `black-hole`: no reply to a SYN, as behind a firewall that drops. Needs no privileges: the port is listened to with a
 *   queue for two connections that are never accepted, and the queue is filled. Linux only. Sessions that were open fall
 *   silent. The server cannot count the attempts.
 * - `tcp-mute`: accepts, reads, and never says a word.
 * - `tcp-close`: closes cleanly when the first octets have come.
 * - `tcp-reset`: resets when the first octets have come.
 * - `plain-dns`: speaks plain DNS over TCP, and so waits for the rest of what a ClientHello looks like.
 * - `http`: an HTTP server, which answers what it does not understand with 400.
 * - `smtp`: a mail server, which speaks first.
 */
export type TcpFault = 'closed' | 'black-hole' | 'tcp-mute' | 'tcp-close' | 'tcp-reset' | 'plain-dns' | 'http' | 'smtp';

/**
 * Faults and peculiarities of the TLS handshake. A client that completes it gets right answers.
 *
 * - `tls12`: TLS 1.2 only.
 * - `no-alpn`: ignores ALPN, as NSD 4.6 does.
 * - `expired-cert`, `self-signed`, `wrong-name`: what is wrong with the certificate; see `testCertificates`.
 * - `alpn-alert`: knows only `h2`, and answers any other offer with the alert no_application_protocol.
 * - `tls10`: TLS 1.0 only, so that a modern client gets the alert protocol_version.
 * - `dhe-8192`: TLS 1.2 with 8192-bit finite-field Diffie-Hellman only, which costs a client that accepts it 350 ms.
 * - `hrr-ffdhe8192`: TLS 1.3 that asks by HelloRetryRequest for the group ffdhe8192.
 * - `ticket-flood`: sends 2,000 session tickets after the handshake. Node's server cannot do that: `openssl s_server`
 *   is run for each connection, so the command `openssl` must be installed.
 * - `key-update-flood`: TLS 1.3; after the first answer of a session KeyUpdates (RFC 8446 section 4.6.3) without end, as fast
 *   as they are read, and no other answer.
 * - `empty-records`: the same with empty records, of each 32 all but one; that one has an octet of a message that never ends.
 */
export type TlsFault =
  | 'tls12'
  | 'no-alpn'
  | 'expired-cert'
  | 'self-signed'
  | 'wrong-name'
  | 'alpn-alert'
  | 'tls10'
  | 'dhe-8192'
  | 'hrr-ffdhe8192'
  | 'ticket-flood'
  | 'key-update-flood'
  | 'empty-records';

/**
 * Faults after a handshake that went well. They take effect on open sessions too.
 *
 * - `tls-mute`: never answers.
 * - `tls-close`: closes cleanly right after the handshake. `tls-close-query`: when the first query has come.
 * - `tls-reset`: resets right after the handshake. `tls-reset-query`: when the first query has come.
 * - `one-shot`: closes cleanly after each answer, leaving other queries of the session unanswered.
 * - `close-after`: the same after `answers` answers of a session.
 * - `random-close`: closes at random, before or after an answer; `seed` chooses when, `probability` how often.
 * - `reverse`: collects `batch` queries and answers the last first; what has waited 50 ms is answered anyway.
 * - `renegotiate`: TLS 1.2; answers a query by asking for a new handshake, never by DNS.
 * - `renegotiate-at-once`: TLS 1.2; asks for a new handshake as soon as the session stands, and of open sessions of
 *   TLS 1.2 when the fault is set, be they idle or not; answers well.
 * - `zero-length`: two length octets of zero, and nothing else.
 * - `length-stall`: announces 65,535 octets, sends ten, and stalls.
 * - `byte-at-a-time`: right answers one after the other, one octet every `byteMs`.
 * - `dribble`: the same with answers of 65,535 octets. Each octet is a TLS record of its own.
 * - `wrong-question`: a right answer to another question. `wrong-id`: with another id, `copies` of it.
 * - `not-a-response`: the answer with QR=0.
 * - `oversized`: well-formed, and about 6 KB where 100 octets would do.
 * - `garbage`: the query's id and then random octets. `count-bomb`: a header that announces 65,535 records a section.
 * - `refused`, `servfail`, `formerr`, `notimp`: that response code to everything, with the question;
 *   with `-bare`: a header of twelve octets.
 * - `formerr-padded`: FORMERR if the query is padded. `formerr-edns`: FORMERR if it has an OPT record.
 * - `keepalive-zero`: right answers that carry a keepalive time of 0. `keepalive-short`: of `keepaliveMs`, after which
 *   an idle session is closed.
 * - `different-answers`: right answers, with `DOT_ONLY_ADDRESS` for A where Do53 says `ANSWER_ADDRESS`.
 * - `answer-flood`: from the first query on, unrequested messages of 65,535 octets, without end, as fast as they
 *   are read; no answer. `answer-then-flood`: the same after a right answer.
 * - `unasked-flood`: `unasked` such messages without waiting for a query: as soon as the session stands, and to open
 *   sessions when the fault is set, be they idle or not; answers well.
 */
export type AnswerFault =
  | 'tls-mute'
  | 'tls-close'
  | 'tls-close-query'
  | 'tls-reset'
  | 'tls-reset-query'
  | 'one-shot'
  | 'close-after'
  | 'random-close'
  | 'reverse'
  | 'renegotiate'
  | 'renegotiate-at-once'
  | 'zero-length'
  | 'length-stall'
  | 'byte-at-a-time'
  | 'dribble'
  | 'wrong-question'
  | 'wrong-id'
  | 'not-a-response'
  | 'oversized'
  | 'garbage'
  | 'count-bomb'
  | 'refused'
  | 'servfail'
  | 'formerr'
  | 'notimp'
  | 'refused-bare'
  | 'servfail-bare'
  | 'formerr-bare'
  | 'notimp-bare'
  | 'formerr-padded'
  | 'formerr-edns'
  | 'keepalive-zero'
  | 'keepalive-short'
  | 'different-answers'
  | 'answer-flood'
  | 'answer-then-flood'
  | 'unasked-flood';

/**
 * Faults in how the octets of a session flow. What is answered is answered well. They take effect on open sessions too.
 *
 * - `never-reads`: reads nothing more after a session's first `afterQueries` queries. What the client sends fills the
 *   buffers of both kernels, some megabytes, and then waits in the client.
 * - `slow-window`: reads once every `windowMs`, at most 64 KB, so that the window opens slowly once those are full.
 * - `half-frame-timeout`: closes cleanly when an incomplete message has lain for `frameMs`.
 * - `deaf`: does nothing at all, like a process that is stopped, until the next fault: connections are accepted but not
 *   read, nothing is sent, no timer runs. Then it does all that was left undone. Handshakes that have begun are ended.
 * - `lost`: the same, and there is no reply to a SYN: as when every segment is lost for a while. Linux only.
 */
export type FlowFault = 'never-reads' | 'slow-window' | 'half-frame-timeout' | 'deaf' | 'lost';

/** What is wrong with a server's DoT port; `good` is nothing: TLS 1.3 or 1.2, ALPN `dot`, padded answers. */
export type Fault = 'good' | TcpFault | TlsFault | AnswerFault | FlowFault;

/**
 * What is wrong with a server's Do53 port.
 *
 * - `good`, `silent`; `refused`, `servfail`, `nxdomain`: that response code to everything.
 * - `closed`: nothing listens.
 * - `truncate`: TC over UDP, everything over TCP.
 * - `forge`: before the right datagram one with a wrong id, one from a wrong port, one for a wrong question, all with
 *   `FORGED_ADDRESS`. `forge-only`: those alone; TCP answers well.
 */
export type ClearFault =
  | 'good'
  | 'silent'
  | 'refused'
  | 'servfail'
  | 'nxdomain'
  | 'truncate'
  | 'forge'
  | 'forge-only'
  | 'closed';

/** Numbers that shape a fault. */
export interface FaultSettings {
  /** How long every answer over DoT is held back, in milliseconds; default 0. */
  readonly delayMs?: number | undefined;
  /**
   * How far away the server is: its round trip in milliseconds; default 0. A new connection's first octets are held back
   * for two, since loopback connects at once, and every answer over DoT for one: an answer on a new session takes three,
   * as with TLS 1.3 across a network, the one of TCP being counted with the handshake.
   */
  readonly rttMs?: number | undefined;
  /** `reverse`: how many queries make a batch; default 100. */
  readonly batch?: number | undefined;
  /** `random-close`: chooses when; default 1. */
  readonly seed?: number | undefined;
  /** `random-close`: how likely a close is at each query, from 0 to 1; default 0.25. */
  readonly probability?: number | undefined;
  /** `close-after`: how many answers a session gives; default 10. */
  readonly answers?: number | undefined;
  /**
   * `byte-at-a-time` and `dribble`: the time between octets, in milliseconds; default 100. At 0 the next octet follows
   * when the event loop has turned.
   */
  readonly byteMs?: number | undefined;
  /** `wrong-id`: how many answers to a query, each with its own wrong id; default 1. */
  readonly copies?: number | undefined;
  /** `keepalive-short`: the time, in milliseconds, rounded to 100; default 200. */
  readonly keepaliveMs?: number | undefined;
  /** `unasked-flood`: how many messages; by default there is no end. */
  readonly unasked?: number | undefined;
  /** `never-reads`: how many queries of a session are read and answered before; default 0. */
  readonly afterQueries?: number | undefined;
  /** `slow-window`: the time between two reads, in milliseconds; default 100. */
  readonly windowMs?: number | undefined;
  /** `half-frame-timeout`: how long an incomplete message may lie, in milliseconds; default 200; 0 is a turn of the loop. */
  readonly frameMs?: number | undefined;
}

/** Whether a server is standing still: nothing is read, sent or done. */
export function isStill(fault: Fault): boolean {
  return fault === 'deaf' || fault === 'lost';
}

/** Whether a server answers no SYN. */
export function isHole(fault: Fault): boolean {
  return fault === 'black-hole' || fault === 'lost';
}
