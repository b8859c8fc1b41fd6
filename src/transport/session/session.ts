import type { Clock } from '../../common/clock.js';
import { closedError, type DotscoutError, TransportError } from '../../common/errors.js';
import type { Endpoint, Failure, Phase } from '../../state/model.js';
import { keepaliveOf } from '../../wire/edns-options.js';
import { MAX_MESSAGE } from '../../wire/octets.js';
import { failureOf, localError, silence } from '../failure.js';
import { IdleTimeout } from './idle-timeout.js';
import type { Taken, Written } from './in-flight.js';
import { Nudge } from './nudge.js';
import { SessionReader } from './reader.js';
import { CLOSED_BY_US, type EndVerdict, judgeEnd } from './session-end.js';
import type { SessionShare, StreamSessionOptions } from './session-options.js';
import { SessionQueries, settleEach } from './session-queries.js';
import type { SessionQuery } from './session-query.js';
import { closeCleanly, isServersFault, listenTo, SessionErrors } from './session-stream.js';
import { SilenceWatch } from './silence-watch.js';
import type { StreamListener, StreamOpening, StreamUp } from './stream.js';
import { WriteAllowance } from './write-allowance.js';
import { SessionWriter } from './writer.js';

/** Ids of queries that nobody waits for any more, after which a session takes no more of them. */
const MAX_GIVEN_UP = 256;

/**
 * One session over a stream: queries in, answers out, in any order (RFC 7766 section 6.2.1.1). What carries it, TCP or
 * TLS, is the subclass's to open.
 */
export abstract class StreamSession<U extends StreamUp = StreamUp> {
  readonly endpoint: Endpoint;
  /** Whether nobody has used it since it was taken over from a probe. */
  unused = false;
  readonly #clock: Clock;
  readonly #reader: SessionReader;
  readonly #idle: IdleTimeout;
  readonly #queries: SessionQueries;
  readonly #errors = new SessionErrors();
  readonly #allowance: WriteAllowance;
  readonly #halfFrameMs: number | undefined;
  readonly #tails: boolean;
  #nudge: Nudge | undefined;
  #opening: StreamOpening | undefined;
  #up: U | undefined;
  #writer: SessionWriter | undefined;
  #state: 'opening' | 'open' | 'closed' = 'opening';
  /** Takes no new queries: the server asked for that, or has fallen silent. */
  #retired = false;
  /** Whether it has answered a query that somebody waited for: what answers others is not looked at. */
  #proven = false;
  readonly #silence: SilenceWatch;
  /** Whether it takes no queries because it is silent, and for no other reason. */
  silenced = false;
  /** For how long it was idle before the queries that are in flight, in milliseconds. */
  #idleMs = 0;
  #share: SessionShare | undefined;

  /**
   * @param endpoint - where to
   * @param options - how
   */
  constructor(endpoint: Endpoint, options: StreamSessionOptions) {
    this.endpoint = endpoint;
    const { clock, share } = options;
    this.#clock = clock;
    this.#queries = new SessionQueries(clock, (over, stalled) => this.#expired(over, stalled));
    this.#allowance = new WriteAllowance(endpoint.key, this.#queries.inFlight, clock);
    if (share !== undefined) this.#countAmong(share);
    this.#silence = new SilenceWatch(clock, () => this.#fellSilent());
    this.#halfFrameMs = options.halfFrameMs;
    this.#tails = options.tails;
    this.#reader = new SessionReader(this.#queries.inFlight, options.maxAnswer ?? MAX_MESSAGE, {
      now: () => this.#clock.now(),
      isOpen: () => this.#state === 'open',
      answered: (taken, message, now) => this.#answered(taken, message, now),
      read: (now) => this.#hasRead(now),
      malformed: (detail) => this.malformed(detail),
    });
    this.#idle = new IdleTimeout(clock, () => this.close(), options.idleMs);
  }

  /** It continues, or stands beside, one that has answered, in so many milliseconds: its failure blames nobody. */
  protected provenElsewhere(answerMs: number): void {
    this.#proven = true;
    this.#silence.answered(answerMs);
  }

  /** It stands. */
  protected opened(_up: U): void {}

  /** It has become busy, idle or closed. */
  protected abstract changed(): void;

  /** Half a frame may have been what it died of; `idle` where no query died with it. */
  protected nudgeHarmed(_idle: boolean): void {}

  /** It was silent and has answered; whether it is to take queries again. */
  protected isWantedAgain?(): boolean;

  /** It took the answer to a query. */
  protected took(_written: Written, _now: number): void {}

  /** Ended by the peer or the path, or silent, with queries on it, which go elsewhere after this, or before it stood. */
  protected lostBusy(): void {}

  /** The server did what no query of ours can be told of, for there is none. */
  protected faulted(_failure: Failure): void {}

  /** Something other than an answer came from the server; may be called from where nothing may be written. */
  protected heard(): void {
    this.#nudge?.arrived();
  }

  /**
   * Begins to open it; a subclass calls this once, last in its constructor.
   *
   * @param open - opens the stream and tells how that went
   */
  protected begin(open: (listener: StreamListener<U>) => StreamOpening): void {
    this.#opening = open({
      up: (up) => this.#opened(up),
      failed: (error) => {
        if (error instanceof TransportError) this.fail(error.failure, error.cause);
        else this.#end(() => error, false);
      },
    });
  }

  /** How long it has been idle, in milliseconds; 0 while it is busy, and while its last answers are being told. */
  idleMs(now: number): number {
    return this.#idle.running ? now - this.#idle.since : 0;
  }

  /** Whether it takes queries. */
  get accepts(): boolean {
    return this.#state !== 'closed' && !this.#retired;
  }

  /** Whether it is over. */
  get closed(): boolean {
    return this.#state === 'closed';
  }

  /** Whether it is being opened, or somebody waits for an answer. */
  get busy(): boolean {
    return this.#state === 'opening' || this.#queries.any;
  }

  /** How far it is. */
  get phase(): Phase {
    return this.#up === undefined ? (this.#opening?.phase ?? 'connect') : 'answer';
  }

  /** The stream and how long its opening took; `undefined` until that is over. */
  get up(): U | undefined {
    return this.#up;
  }

  /**
   * Lets it take answers of any length from now on, and counts it among the sessions of an exchange.
   *
   * @param share - what those share
   * @param halfFrameMs - how long half a frame may stand, in milliseconds; `undefined` where none may be begun any more
   */
  protected join(share: SessionShare, halfFrameMs: number | undefined): void {
    if (halfFrameMs === undefined) this.#nudge = undefined;
    else if (this.#nudge !== undefined) this.#nudge.standsMs = halfFrameMs;
    this.#reader.maxAnswer = MAX_MESSAGE;
    this.#countAmong(share);
  }

  #countAmong(share: SessionShare): void {
    this.#share = share;
    this.#allowance.heed(share.answerLimits);
    this.#queries.countIn(share.backlog);
  }

  /**
   * Sends a query, when the code that runs now has ended; its `settle` is never called from inside this.
   *
   * @param query - what to send, while {@link StreamSession.accepts}
   * @throws `TransportError` `local` with the detail `budget` where too much waits
   */
  send(query: SessionQuery): void {
    if (!this.#queries.admits(query)) throw localError('budget', 'answer');
    const wasBusy = this.busy;
    if (!wasBusy) this.#idleMs = this.idleMs(this.#clock.now());
    this.unused = false;
    this.#queries.add(query, this.#state === 'opening');
    this.#idle.end();
    if (!wasBusy) this.changed();
    this.#writer?.plan();
  }

  /**
   * Takes back a query that has not been written. It settles as `local`, at once; while the session is being opened,
   * when that has succeeded, or as the opening fails: that is evidence, even if nobody waits for it.
   *
   * @param query - what was sent
   * @returns whether it was unwritten
   */
  withdraw(query: SessionQuery): boolean {
    if (!this.#queries.waiting.withdraw(query)) return false;
    if (this.#state === 'open') this.#settleWithdrawn();
    return true;
  }

  /**
   * Closes it; what waits on it is told.
   *
   * @param error - what they are told
   */
  close(error: DotscoutError = closedError('the session')): void {
    this.#end(() => error, true);
  }

  /** Lets it finish what was written, or the opening for somebody who has left, which is evidence, and then end. Others go on. */
  retire(): void {
    this.#takeNoMore();
    if (this.#state === 'opening' && !this.#queries.waiting.hasWithdrawn) this.close();
    else this.#rest();
  }

  #opened(up: U): void {
    this.#up = up;
    this.#state = 'open';
    listenTo(up, {
      read: this.#reader.push,
      ended: () =>
        this.#lost({ phase: 'answer', kind: 'closed', detail: 'the server closed the session' }, undefined, true),
      broken: (error) => this.fail(failureOf(error, 'answer', up.part), error),
    });
    const { inFlight, waiting } = this.#queries;
    const writer = new SessionWriter(up.socket, {
      waiting,
      inFlight,
      forbid: (query) => {
        if (waiting.withdraw(query)) queueMicrotask(() => this.#settleWithdrawn());
      },
      now: () => this.#clock.now(),
      // The real loop's turn, because it reads a real socket, even under a virtual clock.
      turn: setImmediate,
      tails: this.#tails,
      room: () => this.#allowance.left(() => writer.flush()),
      asked: (octets, now) => {
        this.#reader.asked(octets, now);
        // Nobody waits for the answer to a query of our own.
        if (inFlight.size > 0) this.#silence.asked(now);
      },
    });
    this.#writer = writer;
    const outstanding = (): boolean => this.#state === 'open' && inFlight.size > 0;
    if (this.#halfFrameMs !== undefined) this.#nudge = new Nudge(writer, outstanding, this.#clock, this.#halfFrameMs);
    this.opened(up);
    this.#settleWithdrawn();
    writer.flush();
  }

  #settleWithdrawn(): void {
    settleEach(this.#queries.waiting.drainWithdrawn(), 'withdrawn before it was written', 'no');
    this.#rest();
  }

  #hasRead(now: number): void {
    this.#silence.heard(now);
    if (this.silenced) this.#speaksAgain();
    // A server that leaves much unanswered, our fillers perhaps, is given a fresh set of ids.
    if (this.#queries.inFlight.givenUp > MAX_GIVEN_UP) this.#takeNoMore();
    // What had no room may have some now.
    if (this.#queries.waiting.size > 0) this.#writer?.plan();
    if (this.#queries.inFlight.size > 0) this.#nudge?.arrived();
    else this.#rest();
  }

  #answered(taken: Exclude<Taken, 'unmatched' | 'malformed'>, answer: Uint8Array, now: number): void {
    this.#allowance.answer();
    if (taken === 'late') return;
    this.#proven = true;
    const { written, info } = taken;
    const keepalive = keepaliveOf(answer, info.opt);
    if (keepalive === 0) this.#takeNoMore();
    else this.#idle.honour(keepalive);
    const answerMs = now - written.at;
    this.#silence.answered(answerMs);
    this.took(written, now);
    const up = written.opened ? this.up : undefined;
    written.query.settle({ answer, info, answerMs, now, connectMs: up?.connectMs, handshakeMs: up?.handshakeMs });
  }

  #takeNoMore(): void {
    this.#retired = true;
    this.silenced = false;
    settleEach(this.#queries.waiting.drain(), 'the session takes no more queries', 'free');
  }

  /** The time of some queries is over. Silence retires an open session: the next query gets a fresh one beside it. */
  #expired(over: readonly SessionQuery[], stalled: boolean): void {
    const failure = silence(this.phase, stalled, 'no answer within the limit');
    if (over.length > 0 && !stalled && this.#state === 'open') this.#isSilent();
    for (const query of over) query.settle({ error: this.#errors.of(failure, undefined, this.#proven), retry: 'no' });
    // What was given up has left room.
    if (this.#queries.waiting.size > 0) this.#writer?.plan();
    this.#rest();
  }

  /**
   * It has answered, and is silent now. What was written may be asked on a fresh session, and is still answered here if an
   * answer comes; what was not goes there at once.
   */
  #fellSilent(): void {
    this.#silence.rest();
    if (this.#state !== 'open' || this.#queries.inFlight.size === 0) return;
    const silenced = !this.#retired;
    this.#isSilent();
    this.silenced = silenced;
    for (const query of this.#queries.inFlight.list()) query.suspected?.(this.#silence.stalled);
  }

  #isSilent(): void {
    this.#blamesNudge();
    this.lostBusy();
    this.#takeNoMore();
  }

  /** Whether half a frame may be the cause; its owner is told. */
  #blamesNudge(): boolean {
    const isToBlame = this.#nudge?.isToBlame(this.#clock.now()) === true;
    if (isToBlame) this.nudgeHarmed(this.#queries.inFlight.size === 0);
    return isToBlame;
  }

  /** What was lost on the path has been sent again: it takes queries as before, where its owner has no better one. */
  #speaksAgain(): void {
    this.silenced = false;
    this.#retired = false;
    if (this.isWantedAgain?.() !== true) this.#retired = true;
  }

  /** Its path is gone: as after a silence, at once. What was withdrawn would else learn of the path, and not of the server. */
  lose(): void {
    this.#fellSilent();
    this.#settleWithdrawn();
    this.retire();
  }

  /** Its silence was its own: a fresh session has answered what was asked here. */
  lostToSilence(): void {
    this.#share?.idleLimits.silentAfter(this.endpoint.key, this.#idleMs, this.#clock.now());
  }

  /** Ends it for what the peer or the path did. */
  protected fail(failure: Failure, cause?: unknown): void {
    const untold = this.#state === 'open' && !this.busy;
    this.#lost(failure, cause, false);
    if (untold && isServersFault(failure, cause)) this.faulted(failure);
  }

  /** What came makes no sense, or is too much. */
  protected malformed(detail: string): void {
    this.fail({ phase: 'answer', kind: 'malformed', detail });
  }

  #lost(failure: Failure, cause: unknown, graceful: boolean): void {
    if (this.#state === 'closed') return;
    const wasClosed = failure.kind === 'closed';
    if (wasClosed) this.#allowance.closed();
    const verdict = judgeEnd({
      failure,
      unread: cause !== undefined,
      stood: this.#up !== undefined,
      answered: this.#proven,
      harmed: wasClosed && this.#blamesNudge(),
      carried: this.#queries.anyWritten,
    });
    if (this.busy) this.lostBusy();
    this.#end(() => this.#errors.of(failure, cause, verdict.blameless), graceful, verdict);
  }

  #rest(): void {
    if (this.#state !== 'open' || this.busy) return;
    this.#silence.rest();
    if (this.#retired) this.close();
    else if (!this.#idle.running) {
      this.#idle.begin();
      this.changed();
    }
  }

  #end(error: () => DotscoutError, graceful: boolean, verdict: EndVerdict = CLOSED_BY_US): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#idle.cancel();
    this.#silence.cancel();
    this.#nudge?.cancel();
    const socket = this.#up?.socket;
    if (socket === undefined) this.#opening?.cancel();
    else if (graceful) closeCleanly(socket, this.#clock);
    else socket.destroy();
    this.changed();
    this.#queries.settleAll(error, verdict);
  }
}
