import { onTestFinished } from 'vitest';
import type { Decision } from '../../src/contact/decision.js';
import type { ServerRef } from '../../src/contact/server.js';
import type { EndpointEntry } from '../../src/observe/entries.js';
import type { TransitionInfo } from '../../src/observe/events.js';
import type { SelectorOptions } from '../../src/options.js';
import type { QueryResult } from '../../src/query/query.js';
import { TransportSelector } from '../../src/selector.js';
import type { Status } from '../../src/state/index.js';
import {
  type ScriptedAnswer,
  ScriptedExchange,
  type ScriptedProbe,
  ScriptedProber,
  type ScriptOptions,
  VirtualClock,
} from '../../src/testing/index.js';
import { seededRandom } from '../../src/testing/random.js';
import { soaQuery } from '../../src/wire/names.js';

export const SECOND = 1_000;
export const MINUTE: number = 60 * SECOND;
export const HOUR: number = 60 * MINUTE;
export const DAY: number = 24 * HOUR;

/** Where tests put their servers: documentation, private and link-local prefixes. */
const TEST_PREFIXES = ['10.0.0.0/8', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', 'fe80::/10'];

export interface WorldOptions extends Omit<SelectorOptions, 'clock' | 'prober' | 'dot' | 'do53' | 'random' | 'guard'> {
  /** What probes find. */
  readonly probes?: Omit<ScriptOptions<ScriptedProbe>, 'clock'> | undefined;
  /** What comes over Do53. */
  readonly clear?: Omit<ScriptOptions<ScriptedAnswer>, 'clock'> | undefined;
  /** Whether prober and exchange check proofs; what comes of that is in their scripts. Default false. */
  readonly authenticates?: boolean | undefined;
}

/** A probe that has begun. */
export interface Begun {
  readonly address: string;
  /** Since the world began, in milliseconds. */
  readonly at: number;
}

/** A selector whose time stands still, whose probes and exchanges are scripted, and whose dice are loaded. */
export class World {
  readonly clock: VirtualClock = new VirtualClock({ now: 0 });
  readonly prober: ScriptedProber;
  readonly dot: ScriptedExchange = new ScriptedExchange({ clock: this.clock });
  readonly do53: ScriptedExchange;
  readonly selector: TransportSelector;
  /** Every change of verdict so far. */
  readonly transitions: TransitionInfo[] = [];

  constructor(options: WorldOptions = {}) {
    const { probes, clear, authenticates = false, ...rest } = options;
    this.do53 = new ScriptedExchange({ ...clear, clock: this.clock });
    const { clock, dot, do53 } = this;
    this.prober = new ScriptedProber({ ...probes, clock });
    if (authenticates) for (const part of [this.prober, this.dot]) Object.assign(part, { authenticates });
    this.selector = new TransportSelector({
      ...rest,
      ...{ clock, dot, do53, prober: this.prober, random: seededRandom(1), guard: { allow: TEST_PREFIXES } },
    });
    this.selector.on('transition', (info) => this.transitions.push(info));
  }

  /** A query that needs no time; its answer. */
  async ask(server: ServerRef, zone = 'example.org'): Promise<QueryResult> {
    const result = this.selector.query(server, message(zone), { context: { zone } });
    // The same promise rejects below, where somebody listens.
    result.catch(() => {});
    await this.clock.advance(0);
    return result;
  }

  /** A contact without a query, and a moment for what it brings about. */
  async contact(server: ServerRef): Promise<Decision> {
    const decision = this.selector.decide(server);
    await this.clock.advance(0);
    return decision;
  }

  /** Contacts a server at once and then in regular steps for a time. */
  async contactFor(server: ServerRef, ms: number, everyMs: number): Promise<Decision[]> {
    const decisions: Decision[] = [];
    for (let past = 0; past <= ms; past += everyMs) {
      decisions.push(await this.contact(server));
      await this.clock.advance(everyMs);
    }
    return decisions;
  }

  /** Makes a server Good, as a host's report of its own DoT query does. */
  makeGood(server: ServerRef): void {
    this.selector.report(this.selector.decide(server), { transport: 'dot', ok: true, rcode: 0 });
  }

  /** Shows that this network lets DoT through: a failure is the server's own (S20). Nothing of it is left in the world. */
  proveNetwork(): void {
    this.makeGood('192.0.2.250');
    this.selector.forget('192.0.2.250');
    this.transitions.length = 0;
  }

  status(server: ServerRef): Status {
    return this.selector.explain(server).status;
  }

  entries(): EndpointEntry[] {
    return [...this.selector.entries()];
  }

  /** Probes that have begun, of one address or all. */
  begun(address?: string): Begun[] {
    return this.prober.calls
      .filter((call) => address === undefined || call.address === address)
      .map((call) => ({ address: call.address, at: call.at }));
  }

  /** Ends it. */
  async end(): Promise<void> {
    const closed = this.selector.close();
    await this.clock.advance(SECOND);
    await closed;
  }
}

/** A world for this test, which ends with it. */
export function world(options: WorldOptions = {}): World {
  const made = new World(options);
  onTestFinished(() => made.end());
  return made;
}

/** A query for a zone's SOA. */
export function message(zone: string): Uint8Array {
  return soaQuery(zone, 4711);
}

/** The most events in any stretch of time of that length. */
export function mostWithin(times: readonly number[], ms: number): number {
  let first = 0;
  let most = 0;
  for (const [index, time] of times.entries()) {
    while ((times[first] ?? time) <= time - ms) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** Servers in a /24 each, and in a hundred /16 in turn; at most 25,600. */
export function servers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `10.${index % 100}.${Math.floor(index / 100)}.53`);
}
