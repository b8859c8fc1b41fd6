import type { Policy } from '../src/state/policy.js';
import type { Breach, Exits, Model, Move, StateBreach, TraceStep } from './explore.js';
import { emptyFleet, Fleet, type FleetState } from './fleet.js';
import { type FleetHappening, SETTLEMENTS } from './fleet-happenings.js';
import { FLEET_PROPERTIES } from './fleet-properties.js';
import type { FleetSize } from './fleets.js';
import type { Machine } from './machine.js';
import { keyOf } from './normal-form.js';
import { textOfState } from './text-of-state.js';

/**
 * Several endpoints that share a scheduler. Which of them is which makes no difference, so those that differ by it alone
 * are one state.
 *
 * @param machine - what is checked
 * @param size - how many endpoints, under which bounds, and what happens to them
 */
export function fleetModel(machine: Machine, size: FleetSize): Model<FleetState> {
  const { name, endpoints, policy } = size;
  return {
    name,
    initial: emptyFleet(endpoints),
    keyOf: keyOfFleet,
    textOf: textOfFleet,
    moves: (state) => movesOf(machine, size, state),
    exitsOf: (states) => exitsOf(machine, policy, states),
  };
}

function movesOf(machine: Machine, { policy, happenings }: FleetSize, state: FleetState): readonly Move<FleetState>[] {
  const moves: Move<FleetState>[] = [];
  const move = (name: string, run: (fleet: Fleet) => void): void => {
    const fleet = new Fleet(machine, policy, state);
    run(fleet);
    fleet.pump();
    const next = fleet.state;
    moves.push({ name, next, breaches: breachesOf(next, policy) });
  };
  for (const who of state.endpoints.keys()) {
    for (const { name, event } of happenings) move(`${who}: ${name}`, (fleet) => fleet.happen(who, event));
  }
  for (const { who } of state.slots) {
    for (const { name, event } of SETTLEMENTS) move(`${who}: ${name}`, (fleet) => fleet.settle(who, event));
  }
  move('new epoch', (fleet) => {
    for (const who of state.endpoints.keys()) fleet.happen(who, { type: 'epoch' });
  });
  move('restart', (fleet) => fleet.restart());
  move('a tick passes', (fleet) => fleet.pass());
  return moves;
}

function breachesOf(state: FleetState, policy: Policy): readonly Breach[] {
  return FLEET_PROPERTIES.flatMap(({ name, breach }) => {
    const detail = breach(state, policy);
    return detail === undefined ? [] : [{ property: name, detail }];
  });
}

/** Left to themselves, with probers that are all alike: the worst never settle. */
function exitsOf(machine: Machine, policy: Policy, states: readonly FleetState[]): Exits {
  const breaches: StateBreach[] = [];
  let longest = 0;
  for (const prober of [undefined, ...SETTLEMENTS]) {
    const ticks = new Map<string, number>();
    for (const [at, state] of states.entries()) {
      const way = wayOut(machine, policy, state, prober, ticks);
      if (way === undefined) continue;
      const property = 'left to themselves all end, and free their slots';
      breaches.push({ property, detail: prober?.name ?? 'probers that never settle', at, after: way });
      break;
    }
    longest = Math.max(longest, ...new Set(ticks.values()));
  }
  return { breaches, longest };
}

/** The way of a fleet that comes round to itself; `undefined` if it ends. */
function wayOut(
  machine: Machine,
  policy: Policy,
  start: FleetState,
  prober: FleetHappening | undefined,
  ticks: Map<string, number>,
): readonly TraceStep[] | undefined {
  const keys: string[] = [];
  const steps: TraceStep[] = [];
  let state = start;
  let key = keyOfFleet(state);
  for (; !isOver(state) && !ticks.has(key); key = keyOfFleet(state)) {
    if (keys.includes(key)) return steps;
    keys.push(key);
    const fleet = new Fleet(machine, policy, state);
    if (prober !== undefined) for (const who of fleet.flying) fleet.settle(who, prober.event);
    fleet.pass();
    fleet.pump();
    state = fleet.state;
    steps.push({ name: 'a tick passes', state: textOfFleet(state) });
  }
  const rest = ticks.get(key) ?? 0;
  for (const [index, one] of keys.entries()) ticks.set(one, rest + keys.length - index);
  return undefined;
}

function isOver({ endpoints, waiting, slots }: FleetState): boolean {
  return endpoints.every((state) => state === undefined) && waiting.length + slots.length === 0;
}

function keyOfFleet({ endpoints, waiting, slots }: FleetState): string {
  const each = endpoints.map((state, who) => {
    const place = waiting.findIndex((one) => one.who === who);
    const { purpose = '', at = 0 } = waiting[place] ?? {};
    const slot = slots.find((one) => one.who === who);
    return `${keyOf(state)}/${place}${purpose}${at}${slot?.kind ?? ''}`;
  });
  return each.sort().join('|');
}

function textOfFleet({ endpoints, waiting, slots }: FleetState): string {
  const queue = waiting.map(({ who, purpose, at }) => `${who} (${purpose} at ${at})`).join(' ');
  const taken = slots.map(({ who }) => who).join(' ');
  const each = endpoints.map((state, who) => `${who}: ${textOfState(state)}`);
  return [...each, `waiting ${queue || 'nobody'}`, `slots ${taken || 'free'}`].join(' | ');
}
