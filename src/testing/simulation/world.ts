import type { Draws } from './draws.js';
import type { FleetPlan, ServerKind } from './fleet-plans.js';
import type { SimulatedEndpoint } from './fleet-servers.js';
import { KINDS, type KindTraits } from './kinds.js';
import type { Says } from './message.js';
import type { SimulationClock } from './sim-clock.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Mean times for which a flapper speaks DoT, and then does not, in milliseconds. */
const FLAPPER_UP_MS = 6 * HOUR;
const FLAPPER_DOWN_MS = 3 * HOUR;

/** Why an endpoint is out of reach; several may hold at once. */
const DARK = { outage: 1, flap: 2, breakdown: 4 } as const;

/** Beside these: it can be reached, and has lost what is behind it. */
const CUT_OFF = 8;

/** It has become a black hole, behind which open sessions fall silent. */
const SWALLOWED = 16;

/** A front that loses its backend does so after that long on average, and for that long, in milliseconds. */
const CUT_OFF_EVERY_MS = 12 * HOUR;
const CUT_OFF_MS = HOUR;

/** Is told when the reachability of an endpoint changes. */
export interface WorldListener {
  /** It is about to. */
  changing(endpoint: number): void;
  /** It has. */
  changed(endpoint: number): void;
  /** It has become another kind, and closes its sessions. */
  closes(endpoint: number): void;
}

/** The servers as they are at each moment; only the oracle knows them. */
export class World {
  readonly endpoints: readonly SimulatedEndpoint[];
  readonly #clock: SimulationClock;
  readonly #draws: Draws;
  readonly #dark: Uint8Array;
  readonly #kinds: ServerKind[];
  readonly #listener: WorldListener;
  readonly #byAddress: ReadonlyMap<string, number>;
  #isUplinkDown = false;

  /**
   * @param endpoints - who there is
   * @param clock - drives what happens
   * @param draws - chooses when
   * @param listener - is told of changes
   */
  constructor(endpoints: readonly SimulatedEndpoint[], clock: SimulationClock, draws: Draws, listener: WorldListener) {
    this.endpoints = endpoints;
    this.#clock = clock;
    this.#draws = draws;
    this.#listener = listener;
    this.#dark = new Uint8Array(endpoints.length);
    this.#kinds = endpoints.map(({ kind }) => kind);
    this.#byAddress = new Map(endpoints.map(({ address }, index) => [address, index]));
  }

  /** Schedules the events of a plan. */
  begin({ outages, breakdowns, uplinkOutages = [], changes = [] }: FleetPlan): void {
    const rate = (perDay: number): number => perDay / DAY;
    for (const [endpoint] of this.endpoints.entries()) {
      const { flaps, failure, cutsOff } = this.traits(endpoint);
      if (cutsOff) this.#alternate([endpoint], CUT_OFF, 1 / CUT_OFF_EVERY_MS, CUT_OFF_MS);
      if (flaps) this.#alternate([endpoint], DARK.flap, 1 / FLAPPER_UP_MS, FLAPPER_DOWN_MS);
      if (failure === undefined && outages !== undefined)
        this.#alternate([endpoint], DARK.outage, rate(outages.perDay), outages.minutes * MINUTE);
      // Both addresses of a server stand side by side.
      if (endpoint % 2 === 0 && breakdowns !== undefined)
        this.#alternate([endpoint, endpoint + 1], DARK.breakdown, rate(breakdowns.perDay), breakdowns.minutes * MINUTE);
    }
    for (const { atHour, seconds } of uplinkOutages) {
      this.#clock.after(atHour * HOUR, () => this.#uplink(true));
      this.#clock.after(atHour * HOUR + seconds * 1_000, () => this.#uplink(false));
    }
    for (const { atHour, kind } of changes) this.#clock.after(atHour * HOUR, () => this.#become(kind));
  }

  /** What is on an endpoint's port 853. */
  traits(endpoint: number): KindTraits {
    const kind = this.#kinds[endpoint];
    if (kind === undefined) throw new RangeError(`there is no endpoint ${endpoint}`);
    return KINDS[kind];
  }

  /** One endpoint. */
  at(endpoint: number): SimulatedEndpoint {
    const known = this.endpoints[endpoint];
    if (known === undefined) throw new RangeError(`there is no endpoint ${endpoint}`);
    return known;
  }

  /** Which endpoint has an address; `undefined` for an attacker's. */
  find(address: string): number | undefined {
    return this.#byAddress.get(address);
  }

  /** Whether it speaks DoT at this moment, can be reached, and says no worse over it. */
  isCapable(endpoint: number): boolean {
    const { failure } = this.traits(endpoint);
    return failure === undefined && this.isLit(endpoint) && this.says(endpoint) === 'right';
  }

  /** Whether anything at all can come from its port 853. */
  isLit(endpoint: number): boolean {
    return !this.#isUplinkDown && ((this.#dark[endpoint] ?? 0) & ~CUT_OFF) === 0;
  }

  /** What it says over DoT at this moment. */
  says(endpoint: number): Says {
    return ((this.#dark[endpoint] ?? 0) & CUT_OFF) === 0 ? this.traits(endpoint).says : 'servfail';
  }

  /** Whether it answers over Do53; an attacker's own address does, so that it is probed. */
  answersClear(endpoint: number | undefined): boolean {
    if (this.#isUplinkDown) return false;
    return endpoint === undefined || ((this.#dark[endpoint] ?? 0) & DARK.breakdown) === 0;
  }

  /** Dark and lit in turn, for all time. */
  #alternate(endpoints: readonly number[], why: number, rate: number, meanMs: number): void {
    if (rate <= 0) return;
    this.#clock.after(this.#draws.gap(rate), () => {
      for (const endpoint of endpoints) this.#darken(endpoint, why);
      this.#clock.after(this.#draws.gap(1 / meanMs), () => {
        for (const endpoint of endpoints) this.#light(endpoint, why);
        this.#alternate(endpoints, why, rate, meanMs);
      });
    });
  }

  #darken(endpoint: number, why: number): void {
    this.#set(endpoint, (this.#dark[endpoint] ?? 0) | why);
  }

  #light(endpoint: number, why: number): void {
    this.#set(endpoint, (this.#dark[endpoint] ?? 0) & ~why);
  }

  #set(endpoint: number, dark: number): void {
    this.#listener.changing(endpoint);
    this.#dark[endpoint] = dark;
    this.#listener.changed(endpoint);
  }

  #uplink(isDown: boolean): void {
    this.#changeAll(() => {
      this.#isUplinkDown = isDown;
    });
  }

  #become(kind: ServerKind): void {
    const isSilent = kind === 'drop';
    this.#changeAll(() => {
      this.#kinds.fill(kind);
      for (const [endpoint, dark] of this.#dark.entries())
        this.#dark[endpoint] = isSilent ? dark | SWALLOWED : dark & ~SWALLOWED;
    });
    if (isSilent) return;
    for (const [endpoint] of this.endpoints.entries()) this.#listener.closes(endpoint);
  }

  #changeAll(change: () => void): void {
    for (const [endpoint] of this.endpoints.entries()) this.#listener.changing(endpoint);
    change();
    for (const [endpoint] of this.endpoints.entries()) this.#listener.changed(endpoint);
  }
}
