import type { Explanation } from '../../src/observe/explain.js';
import type { Verdict } from '../../src/state/model.js';
import type { FleetPlan } from '../../src/testing/simulation/fleet-plans.js';
import type { LogLine } from '../../src/testing/simulation/log-writer.js';
import { type SimulationOptions, simulateInSteps } from '../../src/testing/simulation/simulate.js';
import { type ChosenPolicy, policyOf } from './chosen-policy.js';
import { LAST_MOMENT, type Setup } from './setup.js';

const HOUR = 3_600_000;
/** The server's IPv4 address is shown; the simulator gives it an IPv6 address as well, which is asked as often. */
const SHOWN = 0;
const ADDRESSES = 2;
/** What the selector says is asked for so often, beside each time that something happens: it changes slowly between. */
const WORDS_MINUTES = 30;

/** A verdict, from when on. */
export interface VerdictSince {
  readonly at: number;
  readonly verdict: Verdict;
}

/** Queries that went the same way. */
export interface Queries {
  /** When the last of them was asked. */
  readonly at: number;
  readonly count: number;
  /** Whether none of them went out in clear text. */
  readonly isEncrypted: boolean;
}

/** What the selector says of the server, at a moment. */
export interface Words {
  readonly at: number;
  readonly explanation: Explanation;
}

/** The simulator's options for one server: the page and the copied test give the same. */
export function serverOptions(setup: Setup, hours: number): SimulationOptions & { readonly fleet: FleetPlan } {
  const changes = setup.changes.map(({ at, kind }) => ({ atHour: at / HOUR, kind }));
  return {
    fleet: { name: 'one server', mix: { good13: 1 }, lossShare: 0, changes },
    servers: 1,
    queriesPerSecond: ADDRESSES * setup.rate,
    hours,
    sampleHours: 1 / 60,
    seed: setup.seed,
  };
}

/** One server's life under one policy, as the simulator tells it. It is lived up to a moment when somebody asks for it. */
export class ServerLife {
  readonly verdicts: VerdictSince[] = [{ at: 0, verdict: 'unknown' }];
  readonly queries: Queries[] = [];
  /** When probes began. */
  readonly probes: number[] = [];
  /** Those to come, and the latest that were asked for. */
  #words: Words[] = [];
  readonly #samples: ReturnType<typeof simulateInSteps>;
  #livedTo = 0;
  #minutes = 0;
  #look: () => void = () => {};

  /**
   * @param setup - which life
   * @param policy - under which policy
   */
  constructor(setup: Setup, policy: ChosenPolicy) {
    const options = { ...serverOptions(setup, LAST_MOMENT / HOUR), policy: policyOf(policy) };
    const log = (line: LogLine): void => this.#note(line);
    this.#samples = simulateInSteps({ ...options, log }, ({ selector }, endpoints, clock) => {
      const address = endpoints[SHOWN]?.address ?? '';
      const look = (): void => {
        this.#words.push({ at: clock.now(), explanation: selector.explain(address) });
      };
      look();
      selector.on('transition', look).on('probe', look);
      this.#look = look;
    });
  }

  /** Lives on until a moment, or until nobody wants it any more. */
  async liveTo(moment: number, isWanted: () => boolean): Promise<void> {
    while (this.#livedTo < moment && isWanted()) {
      const { done, value } = await this.#samples.next();
      if (done) return;
      this.#livedTo = value.hour * HOUR;
      if (++this.#minutes % WORDS_MINUTES === 0) this.#look();
    }
  }

  /** What the selector says at a moment, not before the one that was last asked about. */
  wordsAt(moment: number): Explanation | undefined {
    const latest = this.#words.findLastIndex(({ at }) => at <= moment);
    if (latest > 0) this.#words = this.#words.slice(latest);
    return this.#words[0]?.explanation;
  }

  /** The verdict at a moment. */
  verdictAt(moment: number): Verdict {
    return this.verdicts.findLast(({ at }) => at <= moment)?.verdict ?? 'unknown';
  }

  /** How long it was not held Good, between two moments, in milliseconds. */
  clearMs(from: number, to: number): number {
    return this.verdicts.reduce((sum, { at, verdict }, index) => {
      if (verdict === 'good') return sum;
      const end = Math.min(to, this.verdicts[index + 1]?.at ?? to);
      return sum + Math.max(0, end - Math.max(from, at));
    }, 0);
  }

  /** How many queries there were between two moments, and how many of them went out in clear text. */
  counted(from: number, to: number): { readonly all: number; readonly clear: number } {
    let [all, clear] = [0, 0];
    for (const { at, count, isEncrypted } of this.queries) {
      if (at <= from || at > to) continue;
      all += count;
      if (!isEncrypted) clear += count;
    }
    return { all, clear };
  }

  #note(line: LogLine): void {
    if (line.endpoint !== SHOWN) return;
    if (line.type === 'verdict') this.verdicts.push(line);
    else if (line.type === 'probe') this.probes.push(line.at - line.ms);
    else if (line.type === 'queries')
      this.queries.push({ at: line.at, count: line.count, isEncrypted: line.way === 'dot' });
  }
}
