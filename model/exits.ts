import type { StateEvent } from '../src/state/model.js';
import type { Policy } from '../src/state/policy.js';
import type { Exits, StateBreach, TraceStep } from './explore.js';
import { HAPPENINGS, type Happening } from './happenings.js';
import { type Held, type Machine, NOW } from './machine.js';
import { keyOf, normalForm, TOKEN } from './normal-form.js';
import { textOfState } from './text-of-state.js';
import { PROBE_LIFE } from './ticks.js';

const LEFT_ALONE = 'left to itself every state ends, whatever the scheduler and the prober do';
const NO_TRAP = 'used, and answering over DoT, every state becomes Good';

const TICK: Happening = { name: 'tick', event: { type: 'tick' } };
const isOwn = ({ event }: Happening): boolean =>
  event.type === 'probe-dropped' ||
  event.type === 'probe-aborted' ||
  (event.type === 'probe-settled' && event.token === TOKEN);
/** What scheduler and prober can do by themselves, keeping their contracts or not: a probe may also just not end. */
const STARTED: readonly Happening[] = HAPPENINGS.filter(({ event }) => event.type === 'probe-started');
const ENDED: readonly Happening[] = HAPPENINGS.filter(isOwn);

/**
 * Looks for states without an exit.
 *
 * @param machine - what is checked
 * @param states - all that can be reached
 * @param policy - in ticks
 */
export function exitsOf(machine: Machine, states: readonly Held[], policy: Policy): Exits {
  const alone = new Alone(machine, policy);
  const breaches: StateBreach[] = [];
  for (const [at, state] of states.entries()) {
    const circle = alone.circleFrom(state);
    if (circle !== undefined) {
      breaches.push({ property: LEFT_ALONE, detail: 'it comes round to itself', at, after: circle });
      break;
    }
  }
  for (const [at, state] of states.entries()) {
    const after = trapFrom(machine, state, policy);
    if (after !== undefined) {
      breaches.push({ property: NO_TRAP, detail: `not within ${after.length} ticks`, at, after });
      break;
    }
  }
  return { breaches, longest: alone.longest };
}

/** Follows every way on which nothing happens from outside; time goes on in each step, so that a circle has no end. */
class Alone {
  readonly #machine: Machine;
  readonly #policy: Policy;
  /** Ticks until absent, the longest way; `undefined` while a state is on the way that is followed. */
  readonly #ticks = new Map<string, number | undefined>();
  readonly #way: TraceStep[] = [];

  constructor(machine: Machine, policy: Policy) {
    this.#machine = machine;
    this.#policy = policy;
  }

  get longest(): number {
    return Math.max(0, ...new Set([...this.#ticks.values()].map((ticks) => ticks ?? 0)));
  }

  /** The way from a state to one that it comes round to; `undefined` if there is none. */
  circleFrom(state: Held): readonly TraceStep[] | undefined {
    return this.#follow(state) === undefined ? [...this.#way] : undefined;
  }

  #follow(state: Held): number | undefined {
    if (state === undefined) return 0;
    const key = keyOf(state);
    if (this.#ticks.has(key)) return this.#ticks.get(key);
    this.#ticks.set(key, undefined);
    let longest = 0;
    for (const { name, next } of this.#round(state)) {
      this.#way.push({ name: `a tick passes, ${name}`, state: textOfState(next) });
      const ticks = this.#follow(next);
      if (ticks === undefined) return undefined;
      this.#way.pop();
      longest = Math.max(longest, ticks + 1);
    }
    this.#ticks.set(key, longest);
    return longest;
  }

  #round(state: Held): readonly { readonly name: string; readonly next: Held }[] {
    const apply = (held: Held, event: StateEvent) =>
      normalForm(this.#machine.transition(held, event, this.#policy, NOW).state, this.#policy, 0);
    const judged = apply(normalForm(state, this.#policy, 1), TICK.event);
    const phase = judged?.probe.phase ?? 'idle';
    const can = phase === 'wanted' ? [...STARTED, ...ENDED] : phase === 'in-flight' ? ENDED : [];
    return [TICK, ...can].map(({ name, event }) => ({ name, next: apply(judged, event) }));
  }
}

/** More than the longest retry, the longest wait for a slot and a flight take together. */
const PATIENCE = 40;

/** The way of a state that a host uses and a server proves at each probe, where it does not lead to Good. */
function trapFrom(machine: Machine, start: Held, policy: Policy): readonly TraceStep[] | undefined {
  const steps: TraceStep[] = [];
  let state = start;
  let waited = 0;
  const happen = (event: StateEvent): void => {
    state = normalForm(machine.transition(state, event, policy, NOW).state, policy, 0);
  };
  for (let tick = 0; tick < PATIENCE; tick++) {
    state = normalForm(state, policy, 1);
    happen({ type: 'contact' });
    happen({ type: 'answered' });
    waited = state?.probe.phase === 'wanted' ? waited + 1 : 0;
    // The state does not know when the probe that it wants may begin: as late as any.
    if (waited > policy.lameSpanMs) happen({ type: 'probe-started', token: TOKEN, deadline: NOW + PROBE_LIFE });
    else if (state?.probe.phase === 'in-flight') {
      happen({ type: 'probe-settled', token: TOKEN, evidence: { result: 'success' }, endedAt: NOW, draw: 0 });
    }
    if (state?.verdict === 'good') return undefined;
    steps.push({ name: 'a tick passes, used and answered', state: textOfState(state) });
  }
  return steps;
}
