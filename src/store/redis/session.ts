import type { Clock, Timer } from '../../common/clock.js';
import { quietly, textOf } from '../../common/errors.js';
import { deadline } from '../../common/late-timers.js';
import { within } from '../../common/within.js';
import type { RedisClient, RedisConnection } from './client.js';

/** How long the engine has to let us in, in milliseconds. */
const OPEN_MS = 2_000;
/** How long a reply may take until we ask whether the engine is alive, and how long that answer may take, in milliseconds. */
const REPLY_MS = 500;
/**
 * How long a batch of commands may take where the engine is alive, in milliseconds; after that the session counts as lost. An
 * engine takes no writes during a failover, nor what comes behind them: some 10 s.
 */
const BATCH_MS = 15_000;
/** How often we test whether both connections still carry anything, in milliseconds. */
const BEAT_MS = 5_000;
/** How long after the engine has taken a message to ourselves we may be without it, in milliseconds. */
const HEARD_MS = 1_000;
/** How much is told of why it is over, in characters. */
const MAX_WHY = 200;
/** Batches without an answer at one time; leases of probes are sent singly. */
const MAX_BATCHES = 64;

/** What a session needs. */
export interface SessionDeps {
  readonly clock: Clock;
  readonly client: RedisClient;
  /** The channel to listen to, and the one on which we hear ourselves. */
  readonly channels: { readonly fleet: string; readonly beat: string };
  /** Gets a message on the fleet's channel. */
  heard(message: string): void;
  /** Is told that the session is over, and why; called once, and not after `close`. */
  lost(why: string): void;
}

/**
 * One session with an engine, on two connections: one for commands, one that listens. Any error of either ends it. A
 * half-open connection gives no error, so that we send a message to ourselves through both now and then; where commands bring
 * nothing, the connection that listens tells whether the engine is alive. Promises of the
 * client that have not settled are forgotten with the session.
 */
export class Session {
  readonly #deps: SessionDeps;
  readonly #connections: RedisConnection[] = [];
  /** Aborts when the session is over, so that no call waits for an engine that is gone. */
  readonly #end = new AbortController();
  #beat: Timer | undefined;
  #onBeat: () => void = () => {};
  #batches = 0;
  /** Looks whether the engine is alive, where it owes a reply. */
  #look: Timer | undefined;
  #isLooking = false;

  /** @param deps - what it needs */
  constructor(deps: SessionDeps) {
    this.#deps = deps;
  }

  get #isOver(): boolean {
    return this.#end.signal.aborted;
  }

  /** Connects and listens; rejects where that fails, after `lost`. */
  async open(): Promise<void> {
    const { fleet, beat } = this.#deps.channels;
    await this.#within(OPEN_MS, 'no connection', async () => {
      const [commands, listening] = [this.#connect(), this.#connect()];
      await Promise.all([commands.connect(), listening.connect()]);
      const listener = (message: unknown, channel: unknown) => this.#heard(message, channel);
      if (this.#isOver) return;
      await listening.subscribe([fleet, beat], listener);
      // An engine that lets us in and does nothing does not count: we wait for our own message.
      const heard = new Promise<void>((resolve) => {
        this.#onBeat = resolve;
      });
      await Promise.all([commands.sendCommand(['PUBLISH', beat, '']), heard]);
    });
    this.#scheduleBeat();
  }

  /**
   * Sends commands in one go.
   *
   * @param commands - each its name and arguments
   * @returns their replies in the same order, an `Error` where the engine refused one; rejects when the session is over
   */
  async run(commands: readonly (readonly string[])[]): Promise<unknown[]> {
    const [connection] = this.#connections;
    if (connection === undefined || this.#batches >= MAX_BATCHES) throw new Error('too much is unanswered');
    this.#batches++;
    this.#watch();
    try {
      return await this.#within(BATCH_MS, 'no reply', () =>
        Promise.all(commands.map((command) => connection.sendCommand(command).catch(asError))),
      );
    } finally {
      this.#batches--;
      this.#look?.cancel();
      this.#look = undefined;
      this.#watch();
    }
  }

  /** Ends the session; `lost` is not called. */
  close(): void {
    if (this.#isOver) return;
    this.#beat?.cancel();
    this.#look?.cancel();
    this.#end.abort(new Error('the engine is out of reach'));
    for (const connection of this.#connections) quietly(() => connection.destroy());
  }

  #connect(): RedisConnection {
    const connection = this.#deps.client.duplicate();
    this.#connections.push(connection);
    connection.on('error', (error) => this.#fail(textOf(error)));
    connection.unref?.();
    return connection;
  }

  /** Runs a task with a limit: a sound client's promise never settles where the engine stands still. */
  async #within<T>(ms: number, what: string, task: () => Promise<T>): Promise<T> {
    try {
      return await within(this.#deps.clock, ms, task, { signal: this.#end.signal });
    } catch (error) {
      this.#fail(`${what}: ${textOf(error)}`);
      throw error;
    }
  }

  #heard(message: unknown, channel: unknown): void {
    if (this.#isOver || typeof message !== 'string') return;
    if (channel === this.#deps.channels.beat) this.#onBeat();
    else this.#deps.heard(message);
  }

  #scheduleBeat(): void {
    if (this.#isOver) return;
    this.#beat?.cancel();
    this.#onBeat = () => {};
    this.#beat = this.#deps.clock.after(BEAT_MS, () => void this.#sendBeat());
  }

  async #sendBeat(): Promise<void> {
    const { clock, channels } = this.#deps;
    let isHeard = false;
    this.#onBeat = () => {
      isHeard = true;
      this.#scheduleBeat();
    };
    try {
      await this.run([['PUBLISH', channels.beat, '']]);
    } catch {
      // Too much is unanswered, for which there is a limit of its own.
      this.#scheduleBeat();
      return;
    }
    if (!isHeard && !this.#isOver)
      this.#beat = deadline(clock, HEARD_MS, () => this.#fail('nothing is heard any more'));
  }

  #watch(): void {
    if (this.#batches === 0 || this.#isOver || this.#isLooking) return;
    this.#look ??= deadline(this.#deps.clock, REPLY_MS, () => void this.#lookNow());
  }

  /** Any reply shows that the engine is alive, a refusal as well. */
  async #lookNow(): Promise<void> {
    const [, listening] = this.#connections;
    this.#look = undefined;
    this.#isLooking = true;
    try {
      await this.#within(REPLY_MS, 'no reply', async () => listening?.sendCommand(['PING']).catch(asError));
    } catch {
      return;
    }
    this.#isLooking = false;
    this.#watch();
  }

  #fail(why: string): void {
    if (this.#isOver) return;
    this.close();
    this.#deps.lost(why.slice(0, MAX_WHY));
  }
}

/** An engine's refusal is a reply like others. */
function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
