import PQueue from 'p-queue';
import { onAbort } from '../common/abort.js';
import type { Clock } from '../common/clock.js';
import { DotscoutError } from '../common/errors.js';
import { TokenBucket } from '../common/token-bucket.js';
import { within } from '../common/within.js';
import type { ProbeOptions, ProbeResult, Prober, ProbeTarget } from '../probe/prober.js';
import { closeQuietly, readResult } from '../probe/read-result.js';
import type { HostPart } from '../state/model.js';

/** Probes of all sources under way at once. */
const MAX_AT_ONCE = 8;
/** Probes that wait for one of these places: 64 forwarders that name 8 endpoints each. */
const MAX_WAITING = 512;
/** Probes that may begin without a break, and a second after that: 64 forwarders that name an IPv4 and an IPv6 address each. */
const BURST = 128;
const PER_SECOND = 2;
/** How long after its own limit a probe keeps its place, in milliseconds: `Prober` allows 1 s for a comparison. */
const GRACE_MS = 2_000;

/** What stands before a source's probes. */
export interface BoundedProberDeps {
  readonly prober: Prober;
  readonly clock: Clock;
  /** Whether guard, rules and the host let us probe an address now. */
  mayProbe(address: string): boolean;
  /** A part of the host's own has thrown: the prober, or one that it uses. */
  broke(part: HostPart, error: unknown): void;
}

/**
 * The host's prober as sources get it: within guard, rules and bounds, and not while probing is paused. What is too much at
 * once waits its turn; a probe whose signal aborts meanwhile leaves the line.
 *
 * p-queue holds the line and counts the places. The rate is a token bucket on our clock, because p-queue's follows the time
 * of day.
 */
export class BoundedProber implements Prober {
  readonly #deps: BoundedProberDeps;
  readonly #line = new PQueue({ concurrency: MAX_AT_ONCE });
  readonly #bucket: TokenBucket;

  /** @param deps - what stands before it */
  constructor(deps: BoundedProberDeps) {
    this.#deps = deps;
    this.#bucket = new TokenBucket(BURST, PER_SECOND / 1_000, deps.clock.now());
  }

  /** {@inheritDoc Prober.authenticates} */
  get authenticates(): boolean {
    return this.#deps.prober.authenticates === true;
  }

  /**
   * {@inheritDoc Prober.probe}
   *
   * @throws rejects with `DotscoutError` `REFUSED_BY_RULE`, or `BUDGET` where 512 probes wait already, with the signal's
   *   reason, or as the host's prober does
   */
  async probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult> {
    this.#check(target);
    if (this.#line.size >= MAX_WAITING) throw new DotscoutError('BUDGET', 'sources probe too much');
    const { signal } = options;
    signal.throwIfAborted();
    // A signal of its own: p-queue adds a listener a probe, and Node warns of more than ten on one signal.
    const leaving = new AbortController();
    const forget = onAbort(signal, () => leaving.abort(signal.reason));
    try {
      return await this.#line.add(() => this.#run(target, options), { signal: leaving.signal });
    } finally {
      forget();
    }
  }

  #check({ endpoint: { address } }: ProbeTarget): void {
    if (this.#deps.mayProbe(address)) return;
    throw new DotscoutError('REFUSED_BY_RULE', `no probe of ${address} is allowed now`);
  }

  async #run(target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult> {
    const { prober, clock, broke } = this.#deps;
    const { signal, timeoutMs } = options;
    await this.#takeToken(signal);
    // It may have waited for long, and rules change.
    this.#check(target);
    const probe = (async () => readResult(await prober.probe(target, options)))();
    let isOver = false;
    probe.then(
      (result) => {
        if (result.part !== undefined) broke(result.part, result.cause);
        // Nobody takes over what comes after the end.
        if (isOver || signal.aborted) closeQuietly(result);
      },
      (error) => {
        // Codes of ours (the guard refuses) say nothing against it, nor does what the end of its signal makes it throw.
        if (!(signal.aborted || error instanceof DotscoutError)) broke('prober', error);
      },
    );
    try {
      return await within(clock, timeoutMs + GRACE_MS, () => probe);
    } finally {
      isOver = true;
    }
  }

  async #takeToken(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    for (;;) {
      const now = clock.now();
      const readyAt = this.#bucket.readyAt(now);
      if (readyAt <= now) break;
      await new Promise<void>((resolve) => void clock.after(readyAt - now, resolve));
      signal.throwIfAborted();
    }
    this.#bucket.take(clock.now());
  }
}
