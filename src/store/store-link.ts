import { unlessAborted } from '../common/abort.js';
import type { Clock } from '../common/clock.js';
import { closedError, DotscoutError, quietly, textOf } from '../common/errors.js';
import { within } from '../common/within.js';
import type { Endpoint } from '../state/model.js';
import type { EndpointTable } from '../state/table/table.js';
import { isSharing, type ProbeWish, type Store, type StoreCode, type StoreHost } from './store.js';
import {
  keyOfStored,
  type Moment,
  momentOf,
  ReadVerdicts,
  readStored,
  type StoredVerdict,
  toStored,
} from './verdict.js';

/** What the link between selector and store needs. */
export interface StoreLinkDeps {
  readonly clock: Clock;
  /** All verdicts that are worth storing now. */
  verdicts(): Iterable<StoredVerdict>;
  /** Where the rows are. */
  readonly table: Pick<EndpointTable, 'recordOf' | 'reserve'>;
  /** Takes in a verdict from before this process began. */
  restore(verdict: StoredVerdict, time: Moment): void;
  /** Takes in a verdict of others. */
  hint(verdict: StoredVerdict): void;
  /** Tells the operator that something is wrong with the store, or right again. */
  tell(code: StoreCode, detail: string): void;
  /** The store has thrown, rejected or not settled, against its contract. */
  broke(error: unknown): void;
}

/** How long `open` may take before we go on without what is stored, in milliseconds. */
const OPEN_MS = 10_000;
/** How long we wait to hear who is to probe, in milliseconds. */
const LEASE_MS = 500;
/** How many verdicts are restored before the loop goes on: a few milliseconds' work. */
const SLICE = 500;

/**
 * Links a selector and its store: hands over what changes, takes in what was stored and what others hold, and lets no
 * fault of the store through.
 */
export class StoreLink {
  readonly #store: Store;
  readonly #deps: StoreLinkDeps;
  /** Endpoints that have changed since they were last handed over. */
  readonly #changed = new Map<string, Endpoint>();
  /** Stored verdicts that are not in the table yet. */
  #stored: readonly StoredVerdict[] = [];
  /** Endpoints whose probe waits for a lease, and the verdicts of others that came meanwhile. */
  readonly #asking = new Map<string, StoredVerdict | undefined>();
  #handing = false;
  #loading = true;
  #closed = false;
  /** Ends those who wait for a store that does not settle. */
  readonly #ended = new AbortController();
  /** Resolves when the stored verdicts are in the table, or are not waited for any more. */
  readonly loaded: Promise<void>;

  /**
   * Begins to load.
   *
   * @param store - the host's
   * @param deps - what it needs
   * @param done - called once, when loading is over
   */
  constructor(store: Store, deps: StoreLinkDeps, done: () => void) {
    this.#store = store;
    this.#deps = deps;
    const loaded = within(deps.clock, OPEN_MS, () => this.#load(), { keepAlive: true });
    this.loaded = loaded
      .catch((error) => this.#fail('open', error))
      .then(() => {
        this.#loading = false;
        this.#hand();
        done();
      });
  }

  // --- In -----------------------------------------------------------------------------------------------------------

  async #load(): Promise<void> {
    const { clock, verdicts, table } = this.#deps;
    const host: StoreHost = {
      clock,
      verdicts: () => inOrder(this.#stored, verdicts()),
      verdict: (endpoint) => this.#verdictOf(endpoint),
      hint: (verdict) => this.#hint(verdict),
      tell: (code, detail) => this.#tell(code, detail),
    };
    const opened = await run(() => this.#store.open(host));
    // Copied, because a store may ask for all verdicts meanwhile: reading an iterator would take them from us.
    this.#stored = Array.isArray(opened) ? opened : [...opened];
    const isRead = opened instanceof ReadVerdicts;
    table.reserve(this.#stored.length);
    // Read once a slice: a reading for each verdict would take an eighth of the time.
    let time = momentOf(clock);
    let count = 0;
    for (const one of this.#stored) {
      if (this.#closed) return;
      const known = isRead ? one : readStored(one);
      if (known !== undefined) this.#deps.restore(known, time);
      else this.#deps.broke(new TypeError('the store brought what is no verdict', { cause: one }));
      if (++count % SLICE > 0) continue;
      await new Promise<void>((resolve) => clock.turn(resolve));
      time = momentOf(clock);
    }
    this.#stored = [];
  }

  #hint(verdict: StoredVerdict): void {
    const known = this.#closed ? undefined : readStored(verdict);
    if (known === undefined) return;
    const key = keyOfStored(known);
    // While our own probe is in flight, the table ignores hearsay.
    if (this.#asking.has(key)) this.#asking.set(key, known);
    else this.#deps.hint(known);
  }

  // --- Out ----------------------------------------------------------------------------------------------------------

  /** Notes that a verdict has changed or lasts longer; changes are handed over once in each turn of the loop. */
  changed(endpoint: Endpoint): void {
    if (this.#closed) return;
    this.#changed.set(endpoint.key, endpoint);
    if (this.#handing || this.#loading) return;
    this.#handing = true;
    this.#deps.clock.turn(() => {
      this.#handing = false;
      this.#hand();
    });
  }

  #hand(): void {
    for (const endpoint of this.#changed.values()) {
      const verdict = this.#verdictOf(endpoint);
      this.#quietly('append', () => this.#store.append(verdict));
    }
    this.#changed.clear();
  }

  #verdictOf(endpoint: Endpoint): StoredVerdict {
    const { clock, table } = this.#deps;
    return toStored(endpoint, table.recordOf(endpoint), momentOf(clock));
  }

  /** The host is on another network: nothing that was learned on the old one is stored. */
  networkChanged(id: string | undefined): void {
    this.#changed.clear();
    const store = this.#store;
    if (isSharing(store)) this.#quietly('networkChanged', () => store.networkChanged(id));
    run(() => store.compact()).catch((error) => this.#fail('compact', error));
  }

  // --- Who probes ---------------------------------------------------------------------------------------------------

  /**
   * Whether we are the one to probe an endpoint; `undefined` where the store has no other members. A store that does not
   * answer in time is not waited for.
   */
  lease(wish: ProbeWish, forMs: number): Promise<boolean> | undefined {
    const store = this.#store;
    if (!isSharing(store) || this.#closed) return undefined;
    this.#asking.set(wish.endpoint.key, undefined);
    const lease = () => run(() => store.lease(wish, forMs)).catch((error) => this.#deps.broke(error));
    const asked = within(this.#deps.clock, LEASE_MS, lease);
    return asked.then(
      (ours) => ours !== false,
      () => true,
    );
  }

  /** Another member probes: the verdict that it told meanwhile counts now. */
  leave({ key }: Endpoint): void {
    const told = this.#asking.get(key);
    this.#asking.delete(key);
    if (told !== undefined && !this.#closed) this.#deps.hint(told);
  }

  /** Gives a lease back after the probe; its verdict is handed over first. */
  release(endpoint: Endpoint): void {
    const store = this.#store;
    this.#asking.delete(endpoint.key);
    if (!isSharing(store) || this.#closed) return;
    this.#hand();
    this.#quietly('release', () => store.release(endpoint));
  }

  // --- Ends ---------------------------------------------------------------------------------------------------------

  /**
   * Stores all that has changed so far.
   *
   * @throws `DotscoutError` `STORE` where it cannot be, `CLOSED` where the store has not done it before its end
   */
  async flush(): Promise<void> {
    const flushed = this.#flush();
    await (this.#ended.signal.aborted ? flushed : unlessAborted(flushed, this.#ended.signal));
  }

  async #flush(): Promise<void> {
    await this.loaded;
    this.#hand();
    try {
      await run(() => this.#store.flush());
    } catch (error) {
      throw new DotscoutError('STORE', `the store could not be flushed: ${textOf(error)}`, { cause: error });
    }
  }

  /** Hands over the last changes and ends the store; never rejects. */
  async close(): Promise<void> {
    if (!this.#loading) this.#hand();
    this.#closed = true;
    await run(() => this.#store.close()).catch(() => undefined);
  }

  /** The store has ended, or is not waited for any more: nor is a flush. */
  end(): void {
    this.#ended.abort(closedError('the selector'));
  }

  #tell(code: StoreCode, detail: string): void {
    if (!this.#closed) this.#deps.tell(code, detail.slice(0, 500));
  }

  #quietly(what: string, act: () => unknown): void {
    quietly(act, (error) => this.#fail(what, error));
  }

  #fail(what: string, error: unknown): void {
    if (!this.#closed) this.#deps.broke(error);
    this.#tell('failed', `${what}: ${textOf(error)}`);
  }
}

/** One after the other; the newer come later. */
function* inOrder<T>(...all: readonly Iterable<T>[]): IterableIterator<T> {
  for (const one of all) yield* one;
}

/** Calls a host's own store, which may throw where it should reject. */
async function run<T>(call: () => Promise<T> | T): Promise<T> {
  return call();
}
