import type { DotscoutError } from '../common/errors.js';
import type { Endpoint, Times } from '../state/model.js';
import { nextShape } from '../transport/dot/query-shapes.js';
import type { RecordWatch } from '../transport/dot/record-watch.js';
import { DotSession } from '../transport/dot/session.js';
import { COMPLETED_MS } from '../transport/session/nudge.js';
import type { SessionOutcome } from '../transport/session/session-query.js';
import type { TlsOptions } from '../transport/tls/tls.js';
import type { TlsFacts } from '../transport/tls/tls-facts.js';
import { checkQuery, type QueryInfo } from '../wire/message.js';
import { addEdns, type Shape } from '../wire/opt.js';
import { type Appraisal, appraiseSoa } from '../wire/worth.js';

/** The longest answer to a probe, in octets: an SOA needs a tenth of it. */
const MAX_ANSWER = 4096;

/** How the probe's query over DoT is sent. */
export interface ProbeQueryOptions extends TlsOptions {
  /** What sees floods of records without data. */
  readonly records: RecordWatch;
}

/** How the probe's query over DoT has ended. */
export interface DotResult {
  readonly ended: { readonly rcode: number; readonly found: Appraisal } | { readonly error: DotscoutError };
  readonly times: Times;
  readonly tls: TlsFacts | undefined;
  /** The session, open or not; its `shape` is what worked. */
  readonly session: DotSession;
}

type ProbeOutcome =
  | Extract<SessionOutcome, { error: unknown }>
  | (Extract<SessionOutcome, { answer: unknown }> & { readonly found: Appraisal });

/**
 * The probe's query over DoT: padded, and where the server says FORMERR to that, unpadded and at last without OPT, on
 * the same session as long as it stands.
 */
export class ProbeQuery {
  readonly #endpoint: Endpoint;
  readonly #message: Uint8Array;
  readonly #info: QueryInfo;
  readonly #options: ProbeQueryOptions;
  readonly #startedAt: number;
  readonly #limitAt: number;
  /** How long its server bears half a frame, as far as is known, in milliseconds. */
  #halfFrameMs: number | undefined = COMPLETED_MS;
  #session: DotSession;

  /**
   * Begins it.
   *
   * @param endpoint - where to
   * @param message - the query without OPT
   * @param options - `timeoutMs` is for connect, handshake and answer together
   */
  constructor(endpoint: Endpoint, message: Uint8Array, options: ProbeQueryOptions) {
    this.#endpoint = endpoint;
    this.#message = message;
    this.#info = checkQuery(message);
    this.#options = options;
    this.#startedAt = options.clock.now();
    this.#limitAt = this.#startedAt + options.timeoutMs;
    this.#session = this.#open();
  }

  /**
   * Gives it up.
   *
   * @param error - how it then ends
   */
  cancel(error: DotscoutError): void {
    this.#session.close(error);
  }

  /** How it ends; never rejects. */
  async result(): Promise<DotResult> {
    const info = this.#info;
    let shape: Shape = 'padded';
    let answered: DotResult | undefined;
    for (;;) {
      const outcome = await this.#send(addEdns(this.#message, shape, info));
      // The answer to the shape before stands where this one gets none.
      if ('error' in outcome) return answered ?? this.#result({ error: outcome.error });
      const { rcode } = outcome.info;
      const next = nextShape(shape, rcode, info);
      // FORMERR in every shape is about the question: nothing was learned about shapes.
      this.#session.shape = nextShape('padded', rcode, info) === undefined ? shape : undefined;
      answered = this.#result({ rcode, found: outcome.found }, outcome.answerMs);
      if (next === undefined || !this.#ready()) return answered;
      shape = next;
    }
  }

  /** A session to send on, a new one if the server has closed the last after its answer. */
  #ready(): boolean {
    if (this.#options.clock.now() >= this.#limitAt) return false;
    if (!this.#session.accepts) this.#session = this.#open();
    return true;
  }

  #open(): DotSession {
    return new DotSession(this.#endpoint, {
      ...this.#options,
      timeoutMs: this.#limitAt - this.#options.clock.now(),
      maxAnswer: MAX_ANSWER,
      halfFrameMs: this.#halfFrameMs,
      owner: {
        // Nothing else concerns it: it shows no ticket, and its query carries what the server does.
        ticket: (session, ticket) => session.tickets.push(ticket),
        nudgeHarmed: () => {
          this.#halfFrameMs = undefined;
        },
      },
    });
  }

  async #send(message: Uint8Array): Promise<ProbeOutcome> {
    for (let tries = 1; ; tries++) {
      const outcome = await this.#sendOnce(message);
      // Closed cleanly after the answer to the shape before.
      const again = 'error' in outcome && outcome.retry !== 'no' && tries === 1;
      if (!again || !this.#ready()) return outcome;
    }
  }

  #sendOnce(message: Uint8Array): Promise<ProbeOutcome> {
    const limitAt = this.#limitAt;
    const { questionEnd } = this.#info;
    return new Promise((resolve) => {
      // The answer's memory is lent until this returns.
      const settle = (outcome: SessionOutcome): void => {
        if ('error' in outcome) resolve(outcome);
        else resolve({ ...outcome, found: appraiseSoa(message, outcome.answer) });
      };
      this.#session.send({ message, questionEnd, keepId: false, place: -1, limitAt, settle });
    });
  }

  #result(ended: DotResult['ended'], answerMs?: number): DotResult {
    const { up } = this.#session;
    const opening = up === undefined ? {} : { connect: up.connectMs, handshake: up.handshakeMs };
    const answer = answerMs === undefined ? {} : { answer: answerMs };
    const total = this.#options.clock.now() - this.#startedAt;
    return { ended, times: { ...opening, ...answer, total }, tls: up?.facts, session: this.#session };
  }
}
