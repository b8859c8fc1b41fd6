import type { ProbeResult, Prober, ProbeTarget } from './prober.js';
import { brokenBy, closeQuietly, readResult } from './read-result.js';
import type { ProbeTerms } from './requests.js';

/** How a probe run ended: with the prober's result, given up, or before it began because another member of the fleet probes. */
export type ProbeRunEnd = ProbeResult | 'aborted' | 'elsewhere';

/**
 * One probe under way. It ends exactly once, whatever the prober does: with a result, into which a broken prober's throw or
 * nonsense is turned, or given up. A session that arrives after that is closed.
 */
export class ProbeRun {
  /** The token by which the state knows it. */
  readonly token: number;
  /** The zone that it asks for. */
  readonly zone: string;
  /** Settles once, never rejects. */
  readonly ended: Promise<ProbeRunEnd>;
  /** Its result goes to those who await it, but is no evidence. */
  readonly unrecorded: boolean;
  /** What it keeps to; `undefined` where it may do as it likes. */
  readonly terms: ProbeTerms | undefined;
  readonly #controller = new AbortController();
  #resolve: (end: ProbeRunEnd) => void = () => {};
  #over = false;

  /**
   * @param token - by which the state knows it
   * @param zone - the zone that it asks for
   * @param unrecorded - whether its result is no evidence
   * @param terms - what it keeps to
   */
  constructor(token: number, zone: string, unrecorded: boolean, terms?: ProbeTerms) {
    this.token = token;
    this.zone = zone;
    this.unrecorded = unrecorded;
    this.terms = terms;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /**
   * Runs the prober; never rejects.
   *
   * @param prober - ours or a host's own
   * @param target - what to look at
   * @param timeoutMs - the prober's time, in milliseconds
   * @param lease - whether we are the one to probe, where that is asked; never rejects
   */
  async start(prober: Prober, target: ProbeTarget, timeoutMs: number, lease?: Promise<boolean>): Promise<void> {
    const isOurs = lease === undefined || (await lease);
    if (this.#over) return;
    const end = isOurs ? await this.#probe(prober, target, timeoutMs) : 'elsewhere';
    if (!this.#over) this.#end(end);
    else if (end !== 'elsewhere') closeQuietly(end);
  }

  async #probe(prober: Prober, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
    const { signal } = this.#controller;
    try {
      return readResult(await prober.probe(target, { signal, timeoutMs, keepAlive: false }));
    } catch (error) {
      return brokenBy(error);
    }
  }

  /** Gives it up. */
  abort(): void {
    if (this.#over) return;
    this.#end('aborted');
    this.#controller.abort();
  }

  #end(end: ProbeRunEnd): void {
    this.#over = true;
    this.#resolve(end);
  }
}
