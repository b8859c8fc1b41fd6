import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyFleet, Fleet } from '../../model/fleet.js';
import { FLEET_HAPPENINGS, SETTLEMENTS } from '../../model/fleet-happenings.js';
import { FLEETS, type FleetSize } from '../../model/fleets.js';
import { type Held, NOW } from '../../model/machine.js';
import { keyOf, normalForm, TOKEN } from '../../model/normal-form.js';
import { PROBE_LIFE } from '../../model/ticks.js';
import type { Clock, Timer } from '../../src/common/clock.js';
import { Scheduler } from '../../src/probe/scheduler.js';
import { type Effect, type Policy, parseAddress, type StateEvent, transition } from '../../src/state/index.js';
import { newPopularity } from '../../src/state/popularity.js';
import type { EndpointRecord } from '../../src/state/table/endpoint-record.js';

/** A clock whose timers run when they are told to, so that what happens at a moment happens before them. */
class Hand implements Clock {
  #now = 0;
  #timers: { readonly due: number; readonly run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): Timer {
    const timer = { due: this.#now + ms, run };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((one) => one !== timer);
      },
    };
  }

  turn(run: () => void): void {
    run();
  }

  pass(): void {
    this.#now++;
  }

  fire(): void {
    const due = this.#timers.filter((timer) => timer.due <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.due > this.#now);
    for (const { run } of due) run();
  }
}

/** No budget binds and all are equally popular. */
function unbound(policy: Policy): Policy {
  const many = 1_000_000_000;
  return { ...policy, probesPerSecond: many, ipv4AtOnce: many, ipv4Burst: many, ipv4PerMinute: many };
}

/** Endpoints on the real scheduler. */
class RealFleet {
  readonly endpoints: Held[];
  readonly #policy: Policy;
  readonly #clock = new Hand();
  readonly #records: readonly EndpointRecord[];
  readonly #flights = new Map<number, () => void>();
  readonly #scheduler: Scheduler;

  constructor(policy: Policy, size: number) {
    this.#policy = unbound(policy);
    this.endpoints = Array.from({ length: size }, () => undefined);
    this.#records = this.endpoints.map((_, who) => recordOf(who));
    this.#scheduler = new Scheduler(
      {
        clock: this.#clock,
        begin: (record) => this.#begin(this.#records.indexOf(record)),
        dropped: (record) => this.happen(this.#records.indexOf(record), { type: 'probe-dropped' }),
        isOffline: () => false,
      },
      this.#policy,
    );
  }

  get counts(): readonly [waiting: number, running: number] {
    return [this.#scheduler.waiting, this.#scheduler.running];
  }

  get flying(): readonly number[] {
    return [...this.#flights.keys()].sort();
  }

  happen(who: number, event: StateEvent): void {
    const { state, effects } = transition(this.endpoints[who], event, this.#policy, NOW);
    this.endpoints[who] = normalForm(state, this.#policy, 0);
    for (const effect of effects) this.#carryOut(who, effect);
  }

  settle(who: number, event: StateEvent): void {
    this.happen(who, event);
    this.#land(who);
  }

  pass(): void {
    this.#clock.pass();
    for (const [who, state] of this.endpoints.entries()) this.endpoints[who] = normalForm(state, this.#policy, 1);
    for (const who of this.endpoints.keys()) this.happen(who, { type: 'tick' });
    this.#clock.fire();
  }

  async #begin(who: number): Promise<boolean> {
    this.happen(who, { type: 'probe-started', token: TOKEN, deadline: NOW + PROBE_LIFE });
    if (this.endpoints[who]?.probe.phase !== 'in-flight') return false;
    await new Promise<void>((resolve) => this.#flights.set(who, resolve));
    return false;
  }

  #carryOut(who: number, effect: Effect): void {
    const record = this.#records[who] as EndpointRecord;
    if (effect.type === 'want') this.#scheduler.want(record, effect.purpose, this.#clock.now() + effect.at);
    else if (effect.type === 'withdraw') this.#scheduler.withdraw(record.endpoint.key);
    else if (effect.type === 'abort') this.#land(who);
  }

  #land(who: number): void {
    this.#flights.get(who)?.();
    this.#flights.delete(who);
  }
}

/** As much of a row as a scheduler looks at. */
function recordOf(who: number): EndpointRecord {
  const address = `192.0.2.${who + 1}`;
  return {
    endpoint: { key: address, address, port: 853, transport: 'dot' },
    address: parseAddress(address),
    popularity: newPopularity(),
    zone: undefined,
  } as Partial<EndpointRecord> as EndpointRecord;
}

interface Step {
  readonly who: number;
  readonly what: number;
}

/** What a step does, to either kind of fleet. */
function play({ who, what }: Step, fleet: Fleet | RealFleet, flying: readonly number[], size: FleetSize): void {
  const settlement = SETTLEMENTS[what];
  const happening = FLEET_HAPPENINGS[what - SETTLEMENTS.length];
  if (settlement !== undefined) {
    const chosen = flying[who % Math.max(1, flying.length)];
    if (chosen !== undefined) fleet.settle(chosen, settlement.event);
  } else if (happening !== undefined) fleet.happen(who % size.endpoints, happening.event);
  else fleet.pass();
}

describe.each(FLEETS)('$name', (size) => {
  const { policy } = size;

  it('the model of the scheduler does what the scheduler does', async () => {
    let probes = 0;
    // Beyond what happens to one, a tick passes.
    const what = fc.nat({ max: SETTLEMENTS.length + FLEET_HAPPENINGS.length + 2 });
    const way = fc.array(fc.record({ who: fc.nat({ max: 5 }), what }), { maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(way, async (steps) => {
        const real = new RealFleet(policy, size.endpoints);
        let state = emptyFleet(size.endpoints);
        for (const step of steps) {
          const flying = state.slots.map(({ who }) => who).sort();
          const fleet = new Fleet({ transition }, policy, state);
          play(step, fleet, flying, size);
          fleet.pump();
          state = fleet.state;
          play(step, real, flying, size);
          // Promises of the probes under way end.
          await setImmediate();
          expect(real.counts).toEqual([state.waiting.length, state.slots.length]);
          expect(real.flying).toEqual(state.slots.map(({ who }) => who).sort());
          expect(real.endpoints.map(keyOf)).toEqual(state.endpoints.map(keyOf));
          probes += state.slots.length;
        }
      }),
      { numRuns: 150 },
    );
    expect(probes).toBeGreaterThan(100);
  });
});
