import type { Clock } from '../common/clock.js';
import { DotscoutError, type ErrorCode } from '../common/errors.js';
import type { DroppedInfo, Events } from '../observe/events.js';
import type { DiscoveryCounters } from '../observe/metrics.js';
import { type Bound, type ProbeBound, TRANSITIONS } from '../observe/names.js';
import { ABORTED } from '../probe/read-result.js';
import type { ProbeRequests } from '../probe/requests.js';
import type { Scheduler } from '../probe/scheduler.js';
import type { Effect, Endpoint, StateEvent } from '../state/model.js';
import type { Applied, EndpointRecord, Evicted } from '../state/table/endpoint-record.js';
import type { EndpointTable } from '../state/table/table.js';

/** Who acts on what the state of an endpoint asks for. */
export interface EffectsListener {
  /** Hears which endpoints want a probe, and which want none any more. */
  readonly scheduler: Pick<Scheduler, 'want' | 'withdraw'>;
  /** Ends probes that are of no use any more. */
  readonly probeRuns: { abort(key: string): void };
  /** Hears of which endpoints others do not know yet what has changed. */
  readonly storeSync: { changed(endpoint: Endpoint): void };
  /** Hears that DoT has worked on this network for the first time. */
  readonly sweeper: { hurry(): void };
}

/** What effects need. */
export interface EffectsDeps {
  readonly clock: Clock;
  readonly table: EndpointTable;
  readonly requests: ProbeRequests;
  readonly events: Events;
  readonly counters: DiscoveryCounters;
}

/** The codes of probes that gave way to something else than a bound of ours. */
const REFUSALS: Readonly<Partial<Record<ProbeBound, ErrorCode>>> = {
  guard: 'REFUSED_BY_GUARD',
  rule: 'REFUSED_BY_RULE',
};

/** How long the contacts of an endpoint whose probe gave way are only counted, in milliseconds. */
const REST_MS = 1_000;

/**
 * Tells the table what has happened, and carries out what its transitions ask for: the table decides, and everybody who
 * has to act on it is told here.
 */
export class Effects {
  readonly #deps: EffectsDeps;
  #listener: EffectsListener | undefined;

  /** @param deps - what it needs */
  constructor(deps: EffectsDeps) {
    this.#deps = deps;
  }

  /**
   * Sets who acts. Called once, before anything happens: the one who acts needs the effects of what it does as well, so
   * one of the two has to be made first.
   *
   * @param listener - who is told
   */
  start(listener: EffectsListener): void {
    this.#listener = listener;
  }

  /**
   * Tells the table of an event that happens now, and carries out what follows.
   *
   * @param endpoint - whose
   * @param event - what has happened
   * @param detail - the same in two words, for the history
   */
  apply(endpoint: Endpoint, event: StateEvent, detail?: string): Applied {
    const applied = this.#deps.table.apply(endpoint, event, this.#deps.clock.now(), detail);
    this.carryOut(applied);
    return applied;
  }

  /** Carries out what an event asks for. */
  carryOut(applied: Applied): void {
    for (const one of applied.evicted) this.evicted(one);
    if (applied.record !== undefined) this.ofRow(applied.record, applied.effects);
    if (applied.isFirstSuccess === true) this.#listener?.sweeper.hurry();
  }

  /** Carries out what a row asks for. */
  ofRow(record: EndpointRecord, effects: readonly Effect[]): void {
    const { requests } = this.#deps;
    for (const effect of effects) {
      if (effect.type === 'announce') {
        this.#tell(record, effect);
        continue;
      }
      const { key } = record.endpoint;
      if (effect.type === 'want') {
        const isForced = requests.orderOf(key)?.force === true;
        this.#listener?.scheduler.want(record, effect.purpose, effect.at, isForced);
      } else {
        if (effect.type === 'withdraw') this.#listener?.scheduler.withdraw(key);
        else this.#listener?.probeRuns.abort(key);
        requests.settle(key, ABORTED);
      }
    }
  }

  /** A row had to leave the table. */
  evicted({ record, effects }: Evicted): void {
    this.ofRow(record, effects);
    this.rowDropped(record.endpoint);
    const gone = () => new DotscoutError('BUDGET', 'the endpoint had to leave the table');
    this.#deps.requests.refuse(record.endpoint.key, gone);
  }

  /** The table has no room for an endpoint, or no longer. */
  rowDropped(endpoint: Endpoint): void {
    this.#dropped(endpoint, 'endpoint', 'table');
  }

  /**
   * A probe that was wanted is not made.
   *
   * @param record - the endpoint's row
   * @param bound - which bound it gave way to, or `guard` or `rule`
   */
  probeDropped({ endpoint }: EndpointRecord, bound: ProbeBound): void {
    const { clock, table, requests } = this.#deps;
    this.apply(endpoint, { type: 'probe-dropped' });
    // In a flood every contact would ask again, and in vain.
    table.rest(endpoint, clock.now() + REST_MS);
    const code = REFUSALS[bound] ?? 'BUDGET';
    requests.refuse(endpoint.key, () => new DotscoutError(code, `the probe gave way: ${bound}`));
    this.#dropped(endpoint, 'candidate', bound);
  }

  #dropped(endpoint: Endpoint, what: DroppedInfo['what'], bound: Bound): void {
    this.#deps.counters.dropped.add(bound);
    this.#deps.events.emit('dropped', () => ({ endpoint, what, bound }));
  }

  #tell(record: EndpointRecord, { from, to, why, downgrade }: Extract<Effect, { type: 'announce' }>): void {
    const { counters, events } = this.#deps;
    const info = () => ({ endpoint: record.endpoint, from, to, why });
    counters.transitions.add(TRANSITIONS[from][to]);
    // What was stored or heard of is there already, and what another network has ended goes all at once.
    if (why !== 'restored' && why !== 'hint' && why !== 'epoch') this.#listener?.storeSync.changed(record.endpoint);
    events.emit('transition', info);
    if (downgrade) events.emit('downgrade', info);
  }
}
