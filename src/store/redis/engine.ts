import type { Clock, Timer } from '../../common/clock.js';
import type { RedisClient } from './client.js';
import { Session } from './session.js';

/** How long we wait before we try again, in milliseconds: the first time, and at most. Waits are spread over a fleet. */
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 2_000;

/** What an engine needs. */
export interface EngineDeps {
  readonly clock: Clock;
  readonly client: RedisClient;
  /** A message on the fleet's channel. */
  heard(message: string): void;
  /** We are connected, and listen. */
  up(): void;
  /** We were connected and are no more, or could not connect at the first try. */
  down(why: string): void;
}

/** Keeps us connected to an engine: tries again while it is gone, and tells when that changes. */
export class Engine {
  readonly #deps: EngineDeps;
  #channels: { fleet: string; beat: string } | undefined;
  #session: Session | undefined;
  #isUp = false;
  #wasDown = false;
  #retryMs = FIRST_RETRY_MS;
  #retry: Timer | undefined;

  /** @param deps - what it needs */
  constructor(deps: EngineDeps) {
    this.#deps = deps;
  }

  /** Whether commands may be sent. */
  get isUp(): boolean {
    return this.#isUp;
  }

  /**
   * Connects, and stays connected; an earlier connection is closed.
   *
   * @param channels - to listen to; `undefined` to be connected to nothing
   * @returns a promise that resolves when the first try has ended, however it did
   */
  async listen(channels: { fleet: string; beat: string } | undefined): Promise<void> {
    this.#retry?.cancel();
    this.#session?.close();
    this.#session = undefined;
    this.#isUp = false;
    this.#channels = channels;
    this.#retryMs = FIRST_RETRY_MS;
    await this.#try();
  }

  /**
   * Sends commands in one go.
   *
   * @param commands - each its name and arguments
   * @returns their replies, an `Error` for each that was refused; rejects where the engine does not answer
   */
  run(commands: readonly (readonly string[])[]): Promise<unknown[]> {
    const session = this.#isUp ? this.#session : undefined;
    return session === undefined ? Promise.reject(new Error('the engine is out of reach')) : session.run(commands);
  }

  async #try(): Promise<void> {
    const { clock, client, heard } = this.#deps;
    const channels = this.#channels;
    if (channels === undefined) return;
    const session = new Session({ clock, client, channels, heard, lost: (why) => this.#lost(why) });
    this.#session = session;
    try {
      await session.open();
    } catch {
      return;
    }
    // Another network may have come meanwhile.
    if (this.#session !== session) return;
    this.#isUp = true;
    this.#wasDown = false;
    this.#retryMs = FIRST_RETRY_MS;
    this.#deps.up();
  }

  #lost(why: string): void {
    this.#session = undefined;
    this.#isUp = false;
    if (!this.#wasDown) this.#deps.down(why);
    this.#wasDown = true;
    const spread = 0.5 + Math.random() / 2;
    this.#retry = this.#deps.clock.after(this.#retryMs * spread, () => void this.#try());
    this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2);
  }
}
