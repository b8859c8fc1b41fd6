import type { Clock } from '../common/clock.js';
import { DotscoutError } from '../common/errors.js';
import { TokenBucket } from '../common/token-bucket.js';
import type { ProbeOptions, ProbeResult, Prober, ProbeTarget } from '../probe/prober.js';

/** Connections that sources may open, a second and at once; each source asks for few, and may be wrong about that. */
const PER_SECOND = 2;
const BURST = 32;
const MAX_AT_ONCE = 8;

/** What stands before a source's probes. */
export interface BoundedProberDeps {
  readonly prober: Prober;
  readonly clock: Clock;
  /** Whether guard, rules and the host let us probe an address now. */
  mayProbe(address: string): boolean;
}

/** The host's prober as sources get it: within guard, rules and bounds, and not while probing is paused. */
export class BoundedProber implements Prober {
  readonly #deps: BoundedProberDeps;
  readonly #bucket: TokenBucket;
  #running = 0;

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
   * @throws rejects with `DotscoutError` `REFUSED_BY_RULE` or `BUDGET`, or as the host's prober does
   */
  async probe(target: ProbeTarget, options: ProbeOptions): Promise<ProbeResult> {
    const { prober, clock, mayProbe } = this.#deps;
    const { address } = target.endpoint;
    if (!mayProbe(address)) throw new DotscoutError('REFUSED_BY_RULE', `no probe of ${address} is allowed now`);
    const now = clock.now();
    if (this.#running >= MAX_AT_ONCE || this.#bucket.readyAt(now) > now)
      throw new DotscoutError('BUDGET', 'sources probe too much');
    this.#bucket.take(now);
    this.#running++;
    try {
      return await prober.probe(target, options);
    } finally {
      this.#running--;
    }
  }
}
