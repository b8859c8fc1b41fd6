import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock } from '../../common/clock.js';
import type { Endpoint } from '../../state/model.js';
import { Refusals } from '../refusals.js';
import type { Engine } from './engine.js';
import type { Keys } from './keys.js';
import { concernsOthers } from './value.js';

/** Deletes a key where it is ours. */
const GIVE_BACK = "if redis.call('get',KEYS[1])==ARGV[1] then return redis.call('del',KEYS[1]) end return 0";

/** No honest lease lasts longer than this many times its length. */
const PATIENCE = 2;
/** Leases of ours that we remember at one time. */
const MAX_HELD = 4_096;

/** What the leases need. */
export interface LeasesDeps {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly instance: string;
  /** The names of this vantage; `undefined` while nothing is shared. */
  keys(): Keys | undefined;
}

/** A lease that is ours. */
interface Held {
  readonly key: string;
  /** Whether there is a verdict to tell. */
  readonly isAnswered: boolean;
}

/**
 * Decides which member probes an endpoint. In doubt we do: a fleet that loses its engine, or has a member that takes leases
 * and does nothing, must find out all the same.
 */
export class Leases {
  readonly #deps: LeasesDeps;
  readonly #held = new BoundedMap<string, Held>(MAX_HELD);
  readonly #refusals: Refusals;

  /** @param deps - what it needs */
  constructor(deps: LeasesDeps) {
    this.#deps = deps;
    this.#refusals = new Refusals(deps.clock);
  }

  /** Whether we are the one to probe; the lease ends by itself after `forMs` milliseconds. */
  async take(endpoint: Endpoint, forMs: number): Promise<boolean> {
    const { engine, instance } = this.#deps;
    const key = this.#deps.keys()?.lease(endpoint);
    if (key === undefined || !engine.isUp || !concernsOthers(endpoint)) return true;
    try {
      const life = String(Math.max(1, Math.ceil(forMs)));
      const [, holder] = await engine.run([
        ['SET', key, instance, 'NX', 'PX', life],
        ['GET', key],
      ]);
      if (isOther(holder, instance)) return this.#refusals.isOverdue(endpoint.key, PATIENCE * forMs);
      this.#held.set(endpoint.key, { key, isAnswered: false });
    } catch {
      // The engine does not answer: we probe.
    }
    this.#refusals.forget(endpoint.key);
    return true;
  }

  /** Notes that there is a verdict, which the others hear before the lease ends. */
  answered(endpointKey: string): void {
    const held = this.#held.get(endpointKey);
    if (held !== undefined) this.#held.set(endpointKey, { ...held, isAnswered: true });
  }

  /** Gives a lease back after a probe without a verdict, so that another may try. */
  giveBack(endpoint: Endpoint): void {
    const { engine, instance } = this.#deps;
    const held = this.#held.get(endpoint.key);
    this.#held.delete(endpoint.key);
    if (held === undefined || held.isAnswered) return;
    engine.run([['EVAL', GIVE_BACK, '1', held.key, instance]]).catch(() => {});
  }
}

function isOther(holder: unknown, instance: string): boolean {
  if (holder === null || holder === undefined || holder instanceof Error) return false;
  return String(holder) !== instance;
}
