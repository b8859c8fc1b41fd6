import type { Timer } from '../../common/clock.js';
import type { ProbeOptions, ProbeResult, Prober, ProbeTarget } from '../../probe/prober.js';
import { type FailureKind, isWordless, type Phase } from '../../state/model.js';
import type { Draws } from './draws.js';
import type { SimulationClock } from './sim-clock.js';
import type { World } from './world.js';

/** An attacker's address is as far as this, in milliseconds. */
const ATTACKERS_RTT_MS = 20;

/** Is told of probes. */
export interface ProbeListener {
  /** One has ended. */
  probed(endpoint: number | undefined, startedAt: number, isGood: boolean): void;
}

/** Finds what the simulated world has on port 853 at that moment. */
export class SimulatedProber implements Prober {
  readonly #world: World;
  readonly #clock: SimulationClock;
  readonly #draws: Draws;
  readonly #listener: ProbeListener;

  /**
   * @param world - the servers
   * @param clock - the time
   * @param draws - chooses a backend
   * @param listener - is told
   */
  constructor(world: World, clock: SimulationClock, draws: Draws, listener: ProbeListener) {
    this.#world = world;
    this.#clock = clock;
    this.#draws = draws;
    this.#listener = listener;
  }

  /** {@inheritDoc Prober.probe} */
  probe({ endpoint: { address } }: ProbeTarget, { signal, timeoutMs }: ProbeOptions): Promise<ProbeResult> {
    const endpoint = this.#world.find(address);
    const startedAt = this.#clock.now();
    const { ms, failure } = this.#finds(endpoint, timeoutMs);
    return new Promise((resolve) => {
      const end = (result: ProbeResult): void => {
        timer.cancel();
        signal.removeEventListener('abort', abort);
        this.#listener.probed(endpoint, startedAt, result.evidence.result === 'success');
        resolve(result);
      };
      const abort = (): void => end({ evidence: { result: 'inconclusive', why: 'aborted' }, times: { total: 0 } });
      const timer: Timer = this.#clock.after(ms, () => end(this.#result(endpoint, ms, failure)));
      signal.addEventListener('abort', abort);
    });
  }

  #finds(
    endpoint: number | undefined,
    timeoutMs: number,
  ): { ms: number; failure?: { phase: Phase; kind: FailureKind } } {
    const silent = { ms: timeoutMs, failure: { phase: 'connect', kind: 'silent' } } as const;
    if (endpoint === undefined || !this.#world.isLit(endpoint)) return silent;
    const { failure, trips, pool } = this.#world.traits(endpoint);
    const { rttMs } = this.#world.at(endpoint);
    if (failure?.kind === 'silent') return { ms: timeoutMs, failure };
    if (failure !== undefined) return { ms: Math.min(timeoutMs, failure.trips * rttMs), failure };
    if (!this.#draws.happens(pool)) return { ms: rttMs, failure: { phase: 'connect', kind: 'refused' } };
    // The zone's SOA needs no signature here; anything worse is compared, which takes a round trip.
    const isWorse = this.#world.says(endpoint) !== 'right' && this.#world.says(endpoint) !== 'unsigned';
    if (isWorse && this.#world.answersClear(endpoint))
      return { ms: Math.min(timeoutMs, (trips + 1) * rttMs), failure: { phase: 'answer', kind: 'lame' } };
    return { ms: Math.min(timeoutMs, trips * rttMs) };
  }

  #result(
    endpoint: number | undefined,
    total: number,
    failure: { phase: Phase; kind: FailureKind } | undefined,
  ): ProbeResult {
    const rttMs = endpoint === undefined ? ATTACKERS_RTT_MS : this.#world.at(endpoint).rttMs;
    if (failure === undefined) {
      const times = { connect: rttMs, handshake: total - 2 * rttMs, answer: rttMs, total };
      return { evidence: { result: 'success' }, rcode: 0, answer: 'answer', times };
    }
    const { phase, kind } = failure;
    const controlled = !isWordless(kind) || this.#world.answersClear(endpoint);
    return { evidence: { result: 'failure', phase, kind, controlled }, times: { total } };
  }
}
