import { BoundedMap } from '../../common/bounded-map.js';
import type { StoreHost } from '../store.js';
import { keyOfStored, type StoredVerdict } from '../verdict.js';
import type { Engine } from './engine.js';
import type { Keys } from './keys.js';
import { writeValue } from './value.js';

/** Changes that wait while the engine is gone, one for each endpoint: as many as the default policy's table holds. */
const CAPACITY = 100_000;
/** How many are told in one go. */
const BATCH = 100;
/** The time until we try again after a refusal, in milliseconds. */
const REFUSED_MS = 2_000;

/** What the publisher needs. */
export interface PublisherDeps {
  readonly host: StoreHost;
  readonly engine: Engine;
  readonly instance: string;
  /** The names of this vantage; `undefined` while nothing is shared. */
  keys(): Keys | undefined;
}

/** Tells the fleet our changes: at once while the engine is there, and the newest of each endpoint when it is back. */
export class Publisher {
  readonly #deps: PublisherDeps;
  /** What is still to be sent: the newest verdict of each endpoint, in the order in which they changed last. */
  readonly #newest = new BoundedMap<string, StoredVerdict>(CAPACITY);
  /** The batch under way; never rejects. */
  #batch: Promise<void> | undefined;
  #isDue = false;
  /** The engine has refused changes, and is not asked again yet. */
  #isResting = false;
  #isRefused = false;
  #hasDropped = false;
  #place = 0;

  /** @param deps - what it needs */
  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** Takes in a change; the changes of one turn of the loop go together. */
  add(verdict: StoredVerdict): void {
    const { host, keys } = this.#deps;
    if (keys() === undefined) return;
    if (this.#newest.set(keyOfStored(verdict), verdict) && !this.#hasDropped) {
      this.#hasDropped = true;
      host.tell('too-many', `more than ${CAPACITY} changes wait for the engine; the oldest give way`);
    }
    if (this.#isDue || this.#isResting) return;
    this.#isDue = true;
    host.clock.turn(() => {
      this.#isDue = false;
      this.send();
    });
  }

  /** Sends waiting changes, where that is possible. */
  send(): void {
    this.#batch ??= this.#isReady() ? this.#send().finally(() => this.#sent()) : undefined;
  }

  /** Resolves when no change waits any more; rejects where they cannot be sent. */
  async flush(): Promise<void> {
    while (this.#batch !== undefined || this.#newest.size > 0) {
      this.send();
      if (this.#batch === undefined) throw new Error('the engine is out of reach');
      await this.#batch;
    }
  }

  /** Drops waiting changes: they belong to another vantage. */
  clear(): void {
    this.#place++;
    this.#newest.clear();
  }

  #isReady(): boolean {
    return this.#newest.size > 0 && !this.#isResting && this.#deps.engine.isUp;
  }

  #sent(): void {
    this.#batch = undefined;
    if (this.#newest.size === 0) this.#hasDropped = false;
    this.send();
  }

  async #send(): Promise<void> {
    const { engine, keys } = this.#deps;
    const place = this.#place;
    const names = keys();
    const batch = this.#newest.take(BATCH);
    if (names === undefined) return;
    try {
      const replies = await engine.run(batch.flatMap((verdict) => this.#commands(names, verdict)));
      const refusal = replies.find((reply) => reply instanceof Error);
      if (!(refusal instanceof Error)) {
        this.#taken();
        return;
      }
      this.#refused(refusal);
    } catch {
      // The engine is lost, and has told so.
    }
    if (place !== this.#place) return;
    for (const verdict of batch) this.#newest.setIfRoom(keyOfStored(verdict), verdict);
  }

  #commands(keys: Keys, verdict: StoredVerdict): string[][] {
    const { host, instance } = this.#deps;
    const value = writeValue(verdict, instance, host.clock.wall());
    if (value === undefined) return [];
    return [
      ['SET', keys.verdict(verdict), value.text, 'PX', String(value.lifeMs)],
      ['PUBLISH', keys.channel, value.text],
    ];
  }

  #taken(): void {
    if (this.#isRefused) this.#deps.host.tell('recovered', 'the engine takes changes again');
    this.#isRefused = false;
  }

  /** The engine is full, read only, or does not let us write: we try again later. */
  #refused({ message }: Error): void {
    const { host } = this.#deps;
    const code = message.startsWith('OOM') ? 'full' : 'unwritable';
    if (!this.#isRefused) host.tell(code, `the engine takes no changes: ${message}`);
    this.#isRefused = true;
    this.#isResting = true;
    host.clock.after(REFUSED_MS, () => {
      this.#isResting = false;
      this.send();
    });
  }
}
