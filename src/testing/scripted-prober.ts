import type { ProbeOptions, ProbeResult, Prober, ProbeTarget } from '../probe/prober.js';
import type { FailureKind, Phase } from '../state/model.js';
import { SCRIPT_NAMES, type Script, type ScriptedCall, type ScriptOptions, ScriptPlayer } from './scripted.js';

/**
 * What a scripted probe finds.
 *
 * - `good`: an answer, NOERROR.
 * - `refused`, `unreachable`: no connection. `not-tls`, `alert`: no handshake. `closed`, `malformed`: no answer
 *   of use. `lame`: REFUSED, where Do53 says NOERROR.
 * - `silent`: nothing until the probe's time is up, while Do53 answers; `offline`: the same, and Do53 is silent too.
 * - `local`: inconclusive, by our own trouble.
 * - `throw`, `reject`, `never`, `late`: the prober breaks its contract: throws at the call, rejects, never settles, or
 *   settles as `good` after twice its time, deaf to the signal.
 * - a result, or a function that makes one.
 */
export type ScriptedProbe =
  | 'good'
  | 'refused'
  | 'unreachable'
  | 'not-tls'
  | 'alert'
  | 'closed'
  | 'malformed'
  | 'lame'
  | 'silent'
  | 'offline'
  | 'local'
  | 'throw'
  | 'reject'
  | 'never'
  | 'late'
  | ProbeResult
  | ((target: ProbeTarget, options: ProbeOptions) => ProbeResult | Promise<ProbeResult>);

const PHASES = {
  refused: 'connect',
  unreachable: 'connect',
  'not-tls': 'handshake',
  alert: 'handshake',
  closed: 'answer',
  malformed: 'answer',
} as const satisfies Partial<Record<FailureKind, Phase>>;

const WORDS: readonly string[] = [
  'good',
  ...Object.keys(PHASES),
  ...['lame', 'silent', 'offline', 'local', 'throw', 'reject', 'never', 'late'],
];

/** Longer than any signal that could abort it. */
const DEAF = new AbortController().signal;

/**
 * A prober that opens no socket and finds what it is told to, to test policies, schedulers and hosts in virtual time.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const prober = new ScriptedProber({
 *   clock,
 *   latencyMs: 20,
 *   script: { '192.0.2.1': 'good', '192.0.2.2': ['silent', 'good'] },
 *   otherwise: 'refused',
 * });
 * // … new TransportSelector({ clock, prober }), contacts, clock.advance(…) …
 * console.log(prober.calls.length);
 * ```
 */
export class ScriptedProber implements Prober {
  readonly #player: ScriptPlayer<ScriptedProbe, ProbeTarget>;

  /**
   * @param options - the script
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: ScriptOptions<ScriptedProbe> = {}) {
    this.#player = new ScriptPlayer<ScriptedProbe, ProbeTarget>(options, SCRIPT_NAMES, WORDS, 'good');
  }

  /** Every probe so far, oldest first. */
  get calls(): readonly ScriptedCall<ProbeTarget>[] {
    return this.#player.calls;
  }

  /**
   * Changes what is found at an address from now on.
   *
   * @param address - as in the script
   * @param script - what is found there
   */
  set(address: string, script: Script<ScriptedProbe>): void {
    this.#player.set(address, script);
  }

  /** Finds what is scripted, and notes the call. */
  probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult> {
    const behaviour = this.#player.next(target.endpoint.address, target);
    if (behaviour === 'throw') throw new Error('scripted: the prober throws');
    return this.#play(behaviour, target, options);
  }

  async #play(
    behaviour: Exclude<ScriptedProbe, 'throw'>,
    target: ProbeTarget,
    options: ProbeOptions,
  ): Promise<ProbeResult> {
    const { timeoutMs, signal } = options;
    const startedAt = this.#player.clock.now();
    const total = () => this.#player.clock.now() - startedAt;
    if (behaviour === 'never') return new Promise(() => {});
    if (behaviour === 'late') await this.#player.wait(2 * timeoutMs, DEAF);
    else if (behaviour === 'silent' || behaviour === 'offline') await this.#player.wait(timeoutMs, signal);
    else await this.#player.latency(signal);
    if (typeof behaviour === 'function') return behaviour(target, options);
    if (typeof behaviour === 'object') return behaviour;
    if (behaviour === 'reject') throw new Error('scripted: the prober rejects');
    return result(behaviour, total());
  }
}

function result(behaviour: Exclude<ScriptedProbe, object | 'throw' | 'reject' | 'never'>, total: number): ProbeResult {
  const times = { total };
  switch (behaviour) {
    case 'good':
    case 'late':
      return { evidence: { result: 'success' }, rcode: 0, times };
    case 'local':
      return { evidence: { result: 'inconclusive', why: 'local' }, times };
    case 'lame': {
      const evidence = { result: 'failure', phase: 'answer', kind: 'lame', controlled: true } as const;
      return { evidence, rcode: 5, comparison: { rcode: 0 }, times };
    }
    case 'silent':
    case 'offline': {
      const controlled = behaviour === 'silent';
      return { evidence: { result: 'failure', phase: 'connect', kind: 'silent', controlled }, times };
    }
    case 'unreachable':
      return { evidence: { result: 'failure', phase: 'connect', kind: 'unreachable', controlled: true }, times };
    default:
      return { evidence: { result: 'failure', phase: PHASES[behaviour], kind: behaviour, controlled: true }, times };
  }
}
