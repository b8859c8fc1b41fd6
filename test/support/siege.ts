import { expect, onTestFinished } from 'vitest';
import type { Decision } from '../../src/contact/decision.js';
import type { TransitionInfo } from '../../src/observe/events.js';
import type { ProbeOptions, ProbeResult, Prober, ProbeTarget } from '../../src/probe/prober.js';
import { TransportSelector } from '../../src/selector.js';
import { parseAddress, prefixKey } from '../../src/state/address/address.js';
import type { Evidence, Status } from '../../src/state/index.js';
import { type Policy, type PolicyInput, resolvePolicy } from '../../src/state/policy.js';
import { ScriptedExchange, VirtualClock } from '../../src/testing/index.js';
import { seededRandom } from '../../src/testing/random.js';
import { MINUTE, mostWithin, SECOND } from './world.js';

/** What a probe finds, and how long that takes. */
export interface Found {
  readonly ms: number;
  readonly evidence: Evidence;
}

/** What is found at an address by a probe that has so long. */
export type Finds = (address: string, timeoutMs: number) => Found;

function failure(
  ms: number,
  part: Pick<Extract<Evidence, { result: 'failure' }>, 'phase' | 'kind'>,
  controlled = true,
): Found {
  return { ms, evidence: { result: 'failure', controlled, ...part } };
}

/** The servers that there are. */
type Kind = 'good' | 'closed' | 'blackHole' | 'dark' | 'unreachable' | 'lame';

/** What is found at a server that speaks DoT, and at those that do not; a dark one is silent over Do53 as well. */
export const finds: Readonly<Record<Kind, (address?: string, timeoutMs?: number) => Found>> = {
  good: () => ({ ms: 30, evidence: { result: 'success' } }),
  closed: () => failure(10, { phase: 'connect', kind: 'refused' }),
  blackHole: (_, timeoutMs = 4 * SECOND) => failure(timeoutMs, { phase: 'connect', kind: 'silent' }),
  dark: (_, timeoutMs = 4 * SECOND) => failure(timeoutMs, { phase: 'connect', kind: 'silent' }, false),
  unreachable: () => failure(10, { phase: 'connect', kind: 'unreachable' }),
  lame: () => failure(40, { phase: 'answer', kind: 'lame' }),
};

/** What one network has seen of our probes. */
export interface Knocks {
  /** When each began. */
  readonly times: number[];
  inFlight: number;
  /** The most in flight at a time. */
  mostAtOnce: number;
}

function noKnocks(): Knocks {
  return { times: [], inFlight: 0, mostAtOnce: 0 };
}

/** A prober without sockets that keeps count by prefix, and of nothing else. */
export class CountingProber implements Prober {
  readonly all: Knocks = noKnocks();
  /** By prefix, as `prefixKey` spells it: IPv4 /24, IPv6 /48 and /32. */
  readonly prefixes: Map<string, Knocks> = new Map();
  readonly #clock: VirtualClock;
  readonly #finds: Finds;

  constructor(clock: VirtualClock, found: Finds) {
    this.#clock = clock;
    this.#finds = found;
  }

  probe({ endpoint: { address } }: ProbeTarget, { timeoutMs }: ProbeOptions): Promise<ProbeResult> {
    const { ms, evidence } = this.#finds(address, timeoutMs);
    const counted = this.#countedFor(address);
    for (const knocks of counted) {
      knocks.times.push(this.#clock.now());
      knocks.inFlight += 1;
      knocks.mostAtOnce = Math.max(knocks.mostAtOnce, knocks.inFlight);
    }
    return new Promise((resolve) => {
      this.#clock.after(ms, () => {
        for (const knocks of counted) knocks.inFlight -= 1;
        resolve({ evidence, times: { total: ms } });
      });
    });
  }

  #countedFor(text: string): Knocks[] {
    const address = parseAddress(text);
    const lengths = address.family === 4 ? [24] : [48, 32];
    return [this.all, ...lengths.map((bits) => this.#of(prefixKey(address, bits)))];
  }

  #of(key: string): Knocks {
    let knocks = this.prefixes.get(key);
    if (knocks === undefined) {
      knocks = noKnocks();
      this.prefixes.set(key, knocks);
    }
    return knocks;
  }
}

/** The most that one network has seen. */
export interface Worst {
  readonly perMinute: number;
  readonly inAll: number;
  readonly atOnce: number;
}

export interface SiegeOptions {
  readonly policy?: PolicyInput | undefined;
  readonly finds: Finds;
}

/** A selector under attack: virtual time, a prober that only counts, and a host that sends its own Do53 queries. */
export class Siege {
  readonly clock: VirtualClock = new VirtualClock({ now: 0 });
  readonly policy: Policy;
  readonly prober: CountingProber;
  readonly selector: TransportSelector;
  /** Good servers that are so no more, for whatever reason. */
  readonly lost: TransitionInfo[] = [];

  constructor(options: SiegeOptions) {
    const { clock } = this;
    this.policy = resolvePolicy(options.policy);
    this.prober = new CountingProber(clock, options.finds);
    const [dot, do53] = [new ScriptedExchange({ clock }), new ScriptedExchange({ clock })];
    const random = seededRandom(1);
    this.selector = new TransportSelector({ policy: this.policy, clock, prober: this.prober, dot, do53, random });
    this.selector.on('transition', (info) => {
      if (info.from === 'good') this.lost.push(info);
    });
  }

  /** A contact of a query for a name in a zone; nobody has answered yet. */
  contact(address: string, zone: string): Decision {
    return this.selector.decide(address, { zone });
  }

  /** The same, answered over Do53, though with REFUSED: any name server does that much for a stranger's zone. */
  answered(address: string, zone: string): Decision {
    const decision = this.contact(address, zone);
    this.selector.report(decision, { transport: 'do53', ok: true, rcode: 5 });
    return decision;
  }

  /** As many contacts as make a probe wanted, answered over Do53. */
  meet(address: string, zone: string): void {
    this.answered(address, zone);
    for (let hits = 1; hits < this.policy.threshold; hits++) this.contact(address, zone);
  }

  /** Makes a server Good, as a host's report of its own DoT query does. */
  makeGood(address: string): void {
    this.selector.report(this.selector.decide(address), { transport: 'dot', ok: true, rcode: 0 });
  }

  status(address: string): Status {
    return this.selector.explain(address).status;
  }

  /** How many of them have a status. */
  having(status: Status, addresses: readonly string[]): number {
    return addresses.filter((address) => this.status(address) === status).length;
  }

  /** When the first probe of an address's /24 or /48 began, on the clock. */
  firstProbe(text: string): number | undefined {
    const address = parseAddress(text);
    return this.prober.prefixes.get(prefixKey(address, address.family === 4 ? 24 : 48))?.times[0];
  }

  /** The most that any network of a prefix length has seen. */
  worst(bits: 24 | 32 | 48): Worst {
    const head = `${bits === 24 ? 4 : 6}/${bits}:`;
    const of = [...this.prober.prefixes].filter(([key]) => key.startsWith(head)).map(([, knocks]) => knocks);
    const most = (measure: (knocks: Knocks) => number): number => Math.max(0, ...of.map(measure));
    return {
      perMinute: most(({ times }) => mostWithin(times, MINUTE)),
      inAll: most(({ times }) => times.length),
      atOnce: most(({ mostAtOnce }) => mostAtOnce),
    };
  }

  /** The most probes begun in any second. */
  get mostPerSecond(): number {
    return mostWithin(this.prober.all.times, SECOND);
  }
}

/** A siege for this test, which ends with it. */
export function siege(options: SiegeOptions): Siege {
  const made = new Siege(options);
  onTestFinished(async () => {
    const closed = made.selector.close();
    await made.clock.advance(SECOND);
    await closed;
  });
  return made;
}

/** No second sees more probes than the policy allows, and what the bucket held before. */
export function expectRate({ policy: { probesPerSecond }, mostPerSecond }: Siege): void {
  expect(mostPerSecond).toBeLessThanOrEqual(probesPerSecond + Math.max(1, probesPerSecond / 100));
}

/** How far a bucket of tokens goes: what it held, and what came in since. */
export function budget(size: number, perMinute: number, ms: number): number {
  return size + Math.ceil((perMinute * ms) / MINUTE);
}

/** Open slots: those that strangers' queries can fill. */
export function openSlots({ probesAtOnce, reservedShare }: Policy): number {
  return probesAtOnce - Math.floor(probesAtOnce * reservedShare);
}

/** IPv4 addresses, each in another /16 than the one before, 16,384 of these in turn: as far apart as strangers can be. */
export function apart(index: number): string {
  return `${20 + (index & 63)}.${(index >> 6) & 255}.${(index >> 14) & 255}.${1 + (index >> 22)}`;
}

/** IPv4 addresses in order: 256 in a /24, 65,536 in a /16. */
export function inOrder(index: number): string {
  return `${100 + (index >> 24)}.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

/** IPv6 addresses, each in a /48 of its own where there are fewer than 65,536. */
export function inOne32(index: number, net = '2a00:1234'): string {
  return `${net}:${(index & 0xffff).toString(16)}::${(1 + (index >> 16)).toString(16)}`;
}

/** The /32 of a number: 65,536 of them. */
export function slash32(index: number): string {
  return `2a0${(index >> 12) & 15}:${(0x1000 + (index & 0xfff)).toString(16)}`;
}
