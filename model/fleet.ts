import type { Effect, ProbePurpose, StateEvent } from '../src/state/model.js';
import type { Policy } from '../src/state/policy.js';
import { type Held, type Machine, NOW } from './machine.js';
import { normalForm, TOKEN } from './normal-form.js';
import { PROBE_LIFE } from './ticks.js';

/** An endpoint that waits for its probe. */
export interface Waiting {
  /** Its place among the endpoints. */
  readonly who: number;
  readonly purpose: ProbePurpose;
  /** Not before this moment. */
  readonly at: number;
}

/** A slot that is taken. */
export interface Slot {
  /** Whose probe is in it. */
  readonly who: number;
  /** Who brought it about: each kind has a share of the slots. */
  readonly kind: Kind;
}

/** Several endpoints, and what a scheduler holds of them. */
export interface FleetState {
  readonly endpoints: readonly Held[];
  /** In the order in which they came. */
  readonly waiting: readonly Waiting[];
  readonly slots: readonly Slot[];
}

/** A fleet of this many members, none of which holds anything. */
export function emptyFleet(size: number): FleetState {
  return { endpoints: Array.from({ length: size }, () => undefined), waiting: [], slots: [] };
}

/** Who brings a probe about, as in `src/probe/candidate.ts`. */
export type Kind = 'asked' | 'kept' | 'open';

/** In the order in which they come to a slot. */
export const KINDS: readonly Kind[] = ['asked', 'kept', 'open'];

/** @param purpose - what the state says of it */
export function kindOf(purpose: ProbePurpose): Kind {
  if (purpose === 'asked') return 'asked';
  return purpose === 'discover' || purpose === 'retry' ? 'open' : 'kept';
}

/**
 * A fleet for the length of one move: carries out effects as `src/discovery/discovery.ts` does, and keeps the queue and the slots as
 * `src/probe/scheduler.ts` and `candidates.ts` do where all are equally popular and no budget binds. The real ones work
 * in promises and cannot be copied at each turn of the way, so a test walks both side by side instead.
 */
export class Fleet {
  readonly #machine: Machine;
  readonly #policy: Policy;
  readonly #endpoints: Held[];
  #waiting: Waiting[];
  #slots: Slot[];

  constructor(machine: Machine, policy: Policy, { endpoints, waiting, slots }: FleetState) {
    this.#machine = machine;
    this.#policy = policy;
    this.#endpoints = [...endpoints];
    this.#waiting = [...waiting];
    this.#slots = [...slots];
  }

  /** What it is now. */
  get state(): FleetState {
    return { endpoints: this.#endpoints, waiting: this.#waiting, slots: this.#slots };
  }

  /** Those whose prober is at work, in the order in which they began. */
  get flying(): readonly number[] {
    return this.#slots.map(({ who }) => who);
  }

  /** An event happens to one endpoint. */
  happen(who: number, event: StateEvent): void {
    const { state, effects } = this.#machine.transition(this.#endpoints[who], event, this.#policy, NOW);
    this.#endpoints[who] = normalForm(state, this.#policy, 0);
    for (const effect of effects) this.#carryOut(who, effect);
  }

  /** A prober brings something; the slot is free, whatever the state makes of it. */
  settle(who: number, event: StateEvent): void {
    this.happen(who, event);
    this.#land(who);
  }

  /** A tick passes; flights whose deadline it is end, and everybody is looked at. */
  pass(): void {
    for (const [who, state] of this.#endpoints.entries()) this.#endpoints[who] = normalForm(state, this.#policy, 1);
    this.#waiting = this.#waiting.map((one) => ({ ...one, at: Math.max(one.at - 1, NOW) }));
    for (const who of this.#endpoints.keys()) this.happen(who, { type: 'tick' });
  }

  /** The process ends and another begins with what was kept: no probe of the old one comes back. */
  restart(): void {
    this.#waiting = [];
    this.#slots = [];
    for (const [who, state] of this.#endpoints.entries()) {
      const phase = state?.probe.phase;
      if (phase === 'wanted') this.happen(who, { type: 'probe-dropped' });
      if (phase === 'in-flight') this.happen(who, { type: 'probe-aborted', token: TOKEN });
    }
  }

  /** Begins what may begin. */
  pump(): void {
    for (let next = this.#choose(); next !== undefined; next = this.#choose()) {
      const { who, purpose } = next;
      this.#waiting = this.#waiting.filter((one) => one.who !== who);
      this.#slots = [...this.#slots, { who, kind: kindOf(purpose) }];
      this.happen(who, { type: 'probe-started', token: TOKEN, deadline: NOW + PROBE_LIFE });
      if (this.#endpoints[who]?.probe.phase !== 'in-flight') this.#land(who);
    }
  }

  #choose(): Waiting | undefined {
    const { probesAtOnce, reservedShare } = this.#policy;
    if (this.#slots.length >= probesAtOnce) return undefined;
    const most = Math.max(1, probesAtOnce - Math.floor(probesAtOnce * reservedShare));
    // None of the kinds may hold all slots.
    const lacksSlot = (kind: Kind) => this.#slots.filter((slot) => slot.kind === kind).length >= most;
    const ready = this.#waiting.filter(({ at, purpose }) => at <= NOW && !lacksSlot(kindOf(purpose)));
    const first = (kind: Kind) => ready.find(({ purpose }) => kindOf(purpose) === kind);
    return first('asked') ?? first('kept') ?? first('open');
  }

  #carryOut(who: number, effect: Effect): void {
    if (effect.type === 'want') this.#want({ who, purpose: effect.purpose, at: effect.at });
    else if (effect.type === 'withdraw') this.#waiting = this.#waiting.filter((one) => one.who !== who);
    else if (effect.type === 'abort') this.#land(who);
  }

  #want(one: Waiting): void {
    const { candidates } = this.#policy;
    this.#waiting = this.#waiting.filter(({ who }) => who !== one.who);
    // Equally popular, who came first stays.
    const alike = this.#waiting.filter(({ purpose }) => kindOf(purpose) === kindOf(one.purpose));
    if (alike.length >= candidates) this.happen(one.who, { type: 'probe-dropped' });
    else this.#waiting = [...this.#waiting, one];
  }

  #land(who: number): void {
    this.#slots = this.#slots.filter((slot) => slot.who !== who);
  }
}
