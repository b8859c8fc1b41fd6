import { textOf } from '../../common/errors.js';
import { within } from '../../common/within.js';
import type { StoreHost } from '../store.js';
import { keyOfStored, type StoredVerdict } from '../verdict.js';
import type { RedisClient } from './client.js';
import { Engine } from './engine.js';
import { Inbox } from './inbox.js';
import type { Keys } from './keys.js';
import { Leases } from './leases.js';
import { Publisher } from './publisher.js';
import { scan } from './scan.js';
import { isOfOneMember } from './value.js';

/** How long we wait for the engine at the end, in milliseconds. */
const CLOSE_MS = 500;

/** The names under which verdicts are shared, and the channel on which we hear ourselves. */
export interface Place {
  readonly keys: Keys;
  readonly beat: string;
}

/** What a membership needs. */
export interface MembershipOptions {
  readonly host: StoreHost;
  readonly client: RedisClient;
  readonly instance: string;
}

/** One instance of those that share an engine: it publishes, listens, and catches up whenever the engine is back. */
export class Membership {
  readonly leases: Leases;
  readonly #host: StoreHost;
  readonly #publisher: Publisher;
  readonly #engine: Engine;
  readonly #inbox: Inbox;
  #place: Place | undefined;
  #scanning: Promise<void> = Promise.resolve();
  /** The number of the latest scan; an older one ends. */
  #scans = 0;
  #isLost = false;

  /** @param options - what it needs */
  constructor({ host, client, instance }: MembershipOptions) {
    const { clock } = host;
    this.#host = host;
    this.#inbox = new Inbox(host, instance);
    this.#engine = new Engine({
      clock,
      client,
      heard: (message) => this.#inbox.heard(message),
      up: () => this.#up(),
      down: (why) => this.#down(why),
    });
    const keys = () => this.#place?.keys;
    this.#publisher = new Publisher({ host, engine: this.#engine, keys, instance });
    this.leases = new Leases({ engine: this.#engine, clock, keys, instance });
  }

  /**
   * Shares under other names from now on.
   *
   * @param place - the names; `undefined` to share nothing
   * @returns a promise that resolves when the verdicts there have been read, or that has failed
   */
  async join(place: Place | undefined): Promise<void> {
    this.#publisher.clear();
    this.#place = place;
    this.#scans++;
    await this.#engine.listen(place && { fleet: place.keys.channel, beat: place.beat });
    await this.#scanning;
  }

  /** Tells the others of a verdict, soon. */
  publish(verdict: StoredVerdict): void {
    // Of what is no verdict for the others, none need hear before another may try.
    if (!isOfOneMember(verdict)) this.leases.answered(keyOfStored(verdict));
    this.#publisher.add(verdict);
  }

  /** Resolves when all is told; rejects where it cannot be. */
  flush(): Promise<void> {
    return this.#publisher.flush();
  }

  /** Tells the last changes, and leaves. */
  async close(): Promise<void> {
    const { clock } = this.#host;
    await within(clock, CLOSE_MS, () => this.flush(), { keepAlive: true }).catch(() => {});
    await this.join(undefined);
  }

  #up(): void {
    if (this.#isLost) this.#host.tell('recovered', 'the engine is back');
    this.#isLost = false;
    this.#publisher.send();
    this.#scanning = this.#scan();
  }

  #down(why: string): void {
    this.#isLost = true;
    this.#host.tell('unreachable', `the engine is out of reach: ${why}`);
  }

  /** Reads the verdicts that stand there; never rejects. We listen already, so that no change is missed meanwhile. */
  async #scan(): Promise<void> {
    const { clock } = this.#host;
    const keys = this.#place?.keys;
    if (keys === undefined) return;
    const mine = ++this.#scans;
    const [engine, inbox] = [this.#engine, this.#inbox];
    try {
      await scan({
        engine,
        clock,
        keys,
        found: (read) => inbox.found(read),
        rubbish: () => inbox.unreadable('a key holds no verdict'),
        isWanted: () => mine === this.#scans && engine.isUp,
      });
    } catch (error) {
      if (engine.isUp) inbox.unreadable(`keys cannot be read: ${textOf(error)}`);
    }
  }
}
