import type { Events } from '../observe/events.js';
import type { DiscoveryCounters } from '../observe/metrics.js';
import { STORE_CODES } from '../observe/names.js';
import type { Endpoint } from '../state/model.js';
import type { Store } from '../store/store.js';
import { StoreLink, type StoreLinkDeps } from '../store/store-link.js';
import { type Moment, type StoredVerdict, storedOf } from '../store/verdict.js';
import { tryCanonicalZone } from '../wire/names.js';
import type { Hearsay, HearsayDeps } from './hearsay.js';

/** What keeping table and store in step needs. */
export interface StoreSyncDeps extends HearsayDeps {
  /** Where verdicts outlive the process. */
  readonly store: Store | undefined;
  readonly events: Events;
  readonly counters: DiscoveryCounters;
  /** Takes in what others have stored since. */
  readonly hearsay: Hearsay;
}

/** Keeps the table and the store in step: what was stored is restored, and what changes is handed to the store. */
export class StoreSync {
  /** The link to the store, once that is being read; `undefined` without a store. */
  link: StoreLink | undefined;
  readonly #deps: StoreSyncDeps;

  /** @param deps - what it needs */
  constructor(deps: StoreSyncDeps) {
    this.#deps = deps;
  }

  /**
   * Begins to read the store, where there is one. Called once: a store may hand over verdicts at once, so those who take them
   * in have to be there before.
   *
   * @param loaded - called once when loading is over; never without a store
   */
  open(loaded: () => void): void {
    const { store, clock, table, hearsay, counters, events } = this.#deps;
    if (store === undefined) return;
    const deps: StoreLinkDeps = {
      clock,
      verdicts: () => this.verdicts(),
      table,
      hint: (verdict) => void hearsay.hint(verdict),
      restore: (verdict, time) => this.#restore(verdict, time),
      tell: (told, detail) => {
        // A host's own store may say anything.
        const code = STORE_CODES.includes(told) ? told : 'failed';
        counters.store.add(code);
        events.emit('store', () => ({ code, detail }));
      },
      broke: (error) => events.hostErrors.tell('store', error),
    };
    this.link = new StoreLink(store, deps, loaded);
  }

  /** What is known of an endpoint has changed, or holds for longer. */
  changed(endpoint: Endpoint): void {
    this.link?.changed(endpoint);
  }

  /** All that is worth storing, as it is at this moment. */
  verdicts(): Iterable<StoredVerdict> {
    return storedOf(this.#deps.table.records(), this.#deps.clock);
  }

  #restore(verdict: StoredVerdict, time: Moment): void {
    const { hearsay, effects, table } = this.#deps;
    const { zone, nameserver } = verdict;
    // By a name that is none no rule would be found.
    if (!mayBeName(zone) || !mayBeName(nameserver)) return;
    const state = hearsay.stateOf(verdict, time);
    if (state === undefined) return;
    const applied = table.apply(verdict, { type: 'restored', state }, time.now);
    effects.carryOut(applied);
    const { record } = applied;
    if (record === undefined) return;
    if (zone !== undefined) record.zone = tryCanonicalZone(zone);
    if (nameserver !== undefined) record.nameserver = tryCanonicalZone(nameserver);
  }
}

function mayBeName(text: string | undefined): boolean {
  return text === undefined || tryCanonicalZone(text) !== undefined;
}
