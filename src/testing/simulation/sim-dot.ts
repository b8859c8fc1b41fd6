import type { Endpoint, Failure } from '../../state/model.js';
import type { Attempt, AttemptingExchange } from '../../transport/exchange.js';
import type { Draws } from './draws.js';
import type { HeldAnswers } from './held-answers.js';
import type { Sessions } from './sessions.js';
import type { SimulationClock } from './sim-clock.js';
import { SimulatedAttempt } from './simulated-attempt.js';
import type { World } from './world.js';

/** The longest that connect and handshake may take, in milliseconds; as `DotExchange`. */
const OPENING_MS = 4_000;
/** A lost SYN is sent again after a second (RFC 6298 section 2). */
const LOST_SYN_MS = 1_000;
/** A lost query is sent again after two round trips and this (RFC 8985 section 7.2, one packet in flight). */
const LOST_QUERY_MS = 200;

/** An answer takes up to so much longer than a round trip, as a share of it. */
const JITTER = 0.1;

const CHURN: Failure = { phase: 'connect', kind: 'local', detail: 'churn' };

/** A session being opened, and who waits for it. */
interface Opening {
  /** Nobody does once it has ended, though their limits are still to come. */
  waiting: SimulatedAttempt[];
  /** Whether its failure was told: another query that meets it tells nothing new. */
  isTold: boolean;
}

/** A session that stands and is silent. */
interface Silence {
  isTold: boolean;
}

/** DoT in the simulated world: sessions as `DotExchange` keeps them, and what servers do to them. */
export class SimulatedDot implements AttemptingExchange {
  /** The next query's first packet is lost. */
  losesNext = false;
  readonly #world: World;
  readonly #clock: SimulationClock;
  readonly #draws: Draws;
  readonly #sessions: Sessions;
  readonly #held: HeldAnswers;
  readonly #openings = new Map<number, Opening>();
  readonly #silences = new Map<number, Silence>();

  /**
   * @param world - the servers
   * @param clock - the time
   * @param draws - chooses a backend
   * @param sessions - which stand open
   * @param held - which answers wait
   */
  constructor(world: World, clock: SimulationClock, draws: Draws, sessions: Sessions, held: HeldAnswers) {
    this.#world = world;
    this.#clock = clock;
    this.#draws = draws;
    this.#sessions = sessions;
    this.#held = held;
  }

  /** {@inheritDoc AttemptingExchange.attempt} */
  attempt({ address }: Endpoint, message: Uint8Array, timeoutMs: number): Attempt {
    const attempt = new SimulatedAttempt(message);
    const endpoint = this.#world.find(address);
    const isLost = this.losesNext;
    this.losesNext = false;
    if (endpoint === undefined) this.#after(timeoutMs, () => attempt.ends({ phase: 'connect', kind: 'silent' }));
    else if (this.#isOpen(endpoint)) this.#send(endpoint, attempt, timeoutMs, isLost);
    else this.#open(endpoint, attempt, timeoutMs, isLost);
    return attempt;
  }

  /** {@inheritDoc AttemptingExchange.isOpen} */
  isOpen({ address }: Endpoint): boolean {
    const endpoint = this.#world.find(address);
    return endpoint !== undefined && this.#isOpen(endpoint);
  }

  /** {@inheritDoc Exchange.exchange} */
  async exchange(endpoint: Endpoint, message: Uint8Array): Promise<Uint8Array> {
    return (await this.attempt(endpoint, message, OPENING_MS).done).message;
  }

  /** {@inheritDoc resetExchange} */
  reset(): void {
    this.#sessions.closeAll();
    this.#openings.clear();
    this.#silences.clear();
  }

  /** {@inheritDoc Exchange.close} */
  async close(): Promise<void> {
    this.reset();
  }

  /** One that has fallen silent takes queries until the first of them has waited its time. */
  #isOpen(endpoint: number): boolean {
    // What failed to speak DoT has closed those that stood before it did.
    if (this.#world.isLit(endpoint) && this.#world.traits(endpoint).failure !== undefined) return false;
    return this.#silences.has(endpoint) || this.#sessions.isOpen(endpoint, this.#clock.now());
  }

  #send(endpoint: number, attempt: SimulatedAttempt, timeoutMs: number, isLost: boolean, opened = 0): void {
    attempt.isWritten = true;
    const startedAt = this.#clock.now();
    const { rttMs } = this.#world.at(endpoint);
    const lossMs = isLost ? 2 * rttMs + LOST_QUERY_MS : 0;
    const heldMs = opened === 0 ? this.#held.wait(endpoint) : 0;
    const ms = rttMs * (1 + JITTER * this.#draws.share()) + lossMs + heldMs;
    const silent = (): void => this.#silent(endpoint, attempt, startedAt, timeoutMs);
    if (!this.#world.isLit(endpoint)) {
      silent();
      return;
    }
    this.#after(ms, () => {
      if (!this.#world.isLit(endpoint)) {
        silent();
        return;
      }
      this.#silences.delete(endpoint);
      if (this.#world.traits(endpoint).answers === 1) this.#sessions.closed(endpoint);
      else this.#sessions.used(endpoint, this.#clock.now());
      const opening = opened === 0 ? {} : { connect: rttMs, handshake: opened - rttMs };
      attempt.answered({ ...opening, answer: ms, total: opened + ms }, this.#world.says(endpoint));
    });
  }

  #silent(endpoint: number, attempt: SimulatedAttempt, startedAt: number, timeoutMs: number): void {
    const silence = this.#silences.get(endpoint) ?? { isTold: false };
    this.#silences.set(endpoint, silence);
    this.#after(startedAt + timeoutMs - this.#clock.now(), () => {
      this.#sessions.closed(endpoint);
      if (this.#silences.get(endpoint) === silence) this.#silences.delete(endpoint);
      attempt.ends({ phase: 'answer', kind: 'silent' }, silence.isTold);
      silence.isTold = true;
    });
  }

  #open(endpoint: number, attempt: SimulatedAttempt, timeoutMs: number, isLost: boolean): void {
    // A server that answers one query a session gets one query a session.
    const isShared = this.#world.traits(endpoint).answers > 1;
    const known = isShared ? this.#openings.get(endpoint) : undefined;
    const opening = known ?? { waiting: [], isTold: false };
    if (known === undefined && !this.#sessions.mayOpen(endpoint, this.#clock.now())) {
      this.#after(0, () => attempt.ends(CHURN));
      return;
    }
    const place = opening.waiting.push(attempt) - 1;
    // By its place: the timer outlasts most attempts, and must not keep what they hold.
    this.#after(timeoutMs, () => this.#fail(opening, opening.waiting[place], { phase: 'connect', kind: 'silent' }));
    if (known === undefined) this.#begin(endpoint, opening, isShared, timeoutMs, isLost);
  }

  #begin(endpoint: number, opening: Opening, isShared: boolean, timeoutMs: number, isLost: boolean): void {
    if (isShared) this.#openings.set(endpoint, opening);
    const { rttMs } = this.#world.at(endpoint);
    const { trips, pool, failure } = this.#world.traits(endpoint);
    const [ms, met] = this.#meets(endpoint, failure, pool, (trips - 1) * rttMs + (isLost ? LOST_SYN_MS : 0));
    this.#after(ms, () => {
      if (this.#openings.get(endpoint) === opening) this.#openings.delete(endpoint);
      const { waiting } = opening;
      opening.waiting = [];
      if (met !== undefined) {
        for (const attempt of waiting) this.#fail(opening, attempt, met);
        return;
      }
      if (isShared) this.#sessions.used(endpoint, this.#clock.now());
      for (const [place, attempt] of waiting.entries()) {
        if (!attempt.isOver && attempt.leaves())
          this.#send(endpoint, attempt, timeoutMs - ms, false, place === 0 ? ms : 0);
      }
    });
  }

  /** After how long a connection being opened meets what. */
  #meets(
    endpoint: number,
    failure: { readonly phase: Failure['phase']; readonly kind: Failure['kind']; readonly trips: number } | undefined,
    pool: number,
    ms: number,
  ): readonly [ms: number, failure: Failure | undefined] {
    const { rttMs } = this.#world.at(endpoint);
    if (!this.#world.isLit(endpoint)) return [OPENING_MS, { phase: 'connect', kind: 'silent' }];
    if (failure !== undefined) {
      const { phase, kind, trips } = failure;
      return [kind === 'silent' ? OPENING_MS : trips * rttMs, { phase, kind }];
    }
    if (!this.#draws.happens(pool)) return [rttMs, { phase: 'connect', kind: 'refused' }];
    return [ms, undefined];
  }

  #fail(opening: Opening, attempt: SimulatedAttempt | undefined, failure: Failure): void {
    if (attempt === undefined || attempt.isOver || attempt.isWritten) return;
    attempt.ends(failure, opening.isTold);
    opening.isTold = true;
  }

  #after(ms: number, run: () => void): void {
    this.#clock.after(ms, run);
  }
}
