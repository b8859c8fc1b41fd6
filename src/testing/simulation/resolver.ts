import type { Decision } from '../../contact/decision.js';
import type { Counts } from '../../observe/metrics.js';
import { TransportSelector } from '../../selector.js';
import type { Policy } from '../../state/policy.js';
import type { Draws } from './draws.js';
import type { HeldAnswers } from './held-answers.js';
import { isRight, MESSAGE } from './message.js';
import type { Sessions } from './sessions.js';
import type { SimulationClock } from './sim-clock.js';
import { SimulatedDo53 } from './sim-do53.js';
import { SimulatedDot } from './sim-dot.js';
import { type ProbeListener, SimulatedProber } from './sim-prober.js';
import type { World } from './world.js';

/** How one query went. */
export interface Lived {
  readonly way: 'dot' | 'both' | 'do53' | 'none';
  /** Why it went in clear, where it did. */
  readonly why: string;
  readonly ms: number;
  /** Whether the answer was worse than Do53's. */
  readonly isWrong: boolean;
}

/** What a resolver needs. */
export interface ResolverDeps {
  readonly clock: SimulationClock;
  readonly world: World;
  readonly sessions: Sessions;
  readonly held: HeldAnswers;
  readonly draws: Draws;
  readonly policy: Policy;
  readonly probes: ProbeListener;
}

/** The real selector, among simulated servers. */
export class Resolver {
  readonly selector: TransportSelector;
  readonly #deps: ResolverDeps;
  readonly #dot: SimulatedDot;
  /** Queries under way, by their ids: why each went in clear, if it did. */
  readonly #underWay = new Map<number, { why: string | undefined }>();
  #id = 0;
  /** What the selector had counted of queries to Good endpoints in clear. */
  #counted: Counts = {};

  /** @param deps - what it needs */
  constructor(deps: ResolverDeps) {
    const { clock, world, sessions, held, draws, policy, probes } = deps;
    this.#deps = deps;
    this.#dot = new SimulatedDot(world, clock, draws, sessions, held);
    this.selector = new TransportSelector({
      clock,
      policy,
      random: draws.share,
      dot: this.#dot,
      prober: new SimulatedProber(world, clock, draws, probes),
      do53: new SimulatedDo53(world, clock, (message) => this.#goesClear(message)),
    });
  }

  /**
   * One query, through the race of DoT and Do53.
   *
   * @param decision - of this moment
   * @param isLost - whether its first packet is
   */
  async live(decision: Decision, isLost: boolean): Promise<Lived> {
    const { clock } = this.#deps;
    const startedAt = clock.now();
    clock.stir();
    this.#dot.losesNext = isLost;
    const id = this.#id++ & 0xffff;
    const query = { why: undefined as string | undefined };
    this.#underWay.set(id, query);
    const lived = (way: Lived['way'], isWrong = false): Lived => ({
      way,
      why: query.why ?? '',
      ms: clock.now() - startedAt,
      isWrong,
    });
    try {
      const { encrypted, message } = await this.selector.query(decision, messageWith(id));
      return lived(encrypted ? 'dot' : decision.action === 'encrypt' ? 'both' : 'do53', !isRight(message));
    } catch {
      return lived('none');
    } finally {
      if (this.#underWay.get(id) === query) this.#underWay.delete(id);
    }
  }

  /** A query leaves over Do53: what the selector has counted more than before says why. */
  #goesClear(message: Uint8Array): void {
    const { clearToGood } = this.selector.metrics();
    const before = this.#counted;
    this.#counted = clearToGood;
    const why = Object.keys(clearToGood).find((reason) => clearToGood[reason] !== before[reason]);
    const query = this.#underWay.get(idOf(message));
    if (query !== undefined) query.why ??= why;
  }
}

function messageWith(id: number): Uint8Array {
  const message = MESSAGE.slice();
  message[0] = id >> 8;
  message[1] = id & 0xff;
  return message;
}

function idOf([high = 0, low = 0]: Uint8Array): number {
  return (high << 8) | low;
}
