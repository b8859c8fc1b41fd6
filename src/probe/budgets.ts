import { KeyCounts } from '../common/key-counts.js';
import { TokenBucket } from '../common/token-bucket.js';
import { type Address, prefixKey } from '../state/address/address.js';
import type { Policy } from '../state/policy.js';

const MINUTE_MS = 60_000;
/** At this many buckets the full ones are thrown away: they are as good as new. */
const SWEEP_AT = 4_096;
/** Most buckets that are short of tokens; a probe of one more prefix waits. This bounds the memory of a flood. */
const MOST_BUCKETS = 65_536;

/** One bounded prefix of an address. */
interface Share {
  readonly key: string;
  readonly size: number;
  readonly perMinute: number;
  /** Probes in flight at most, where this prefix bounds them. */
  readonly atOnce: number;
}

/**
 * How often probes may begin, in all and for each prefix: this protects a network that strangers' zones point at. Rates
 * are token buckets on our clock.
 */
export class ProbeBudgets {
  #policy: Policy;
  #all: TokenBucket;
  readonly #buckets = new Map<string, TokenBucket>();
  readonly #inFlight = new KeyCounts();

  /**
   * @param policy - the numbers
   * @param now - the monotonic time
   */
  constructor(policy: Policy, now: number) {
    this.#policy = policy;
    this.#all = overall(policy, now);
  }

  /** The numbers change; what is in flight stays counted, the buckets begin anew. */
  setPolicy(policy: Policy, now: number): void {
    this.#policy = policy;
    this.#all = overall(policy, now);
    this.#buckets.clear();
  }

  /** When the rate of all probes lets another begin, at the earliest `now`. */
  rateReadyAt(now: number): number {
    return this.#all.readyAt(now);
  }

  /**
   * When a probe of this address may begin: `now`, later, or `Infinity` if it waits for a probe's end and not for time.
   */
  readyAt(address: Address, now: number): number {
    let ready = this.rateReadyAt(now);
    for (const share of shares(address, this.#policy)) {
      if (this.#inFlight.of(share.key) >= share.atOnce) return Number.POSITIVE_INFINITY;
      const bucket = this.#buckets.get(share.key);
      if (bucket !== undefined) ready = Math.max(ready, bucket.readyAt(now));
      else if (this.#buckets.size >= MOST_BUCKETS) ready = Math.max(ready, now + MINUTE_MS);
    }
    return ready;
  }

  /** A probe begins. `free`: it takes no tokens, but counts as in flight. */
  begin(address: Address, now: number, free: boolean): void {
    if (this.#buckets.size >= SWEEP_AT) this.#sweep(now);
    if (!free) this.#all.take(now);
    for (const share of shares(address, this.#policy)) {
      this.#inFlight.add(share.key);
      if (!free) this.#bucket(share, now).take(now);
    }
  }

  /** A probe has ended. `refund`: it ended Good and gives its tokens back, so that a capable network is soon known. */
  end(address: Address, now: number, refund: boolean): void {
    for (const share of shares(address, this.#policy)) {
      this.#inFlight.remove(share.key);
      if (refund) this.#buckets.get(share.key)?.refund(now);
    }
  }

  #bucket(share: Share, now: number): TokenBucket {
    let bucket = this.#buckets.get(share.key);
    if (bucket === undefined) {
      bucket = new TokenBucket(share.size, share.perMinute / MINUTE_MS, now);
      this.#buckets.set(share.key, bucket);
    }
    return bucket;
  }

  #sweep(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
  }
}

/** Holds a hundredth of a second's tokens, so that no second sees more than its rate. */
function overall(policy: Policy, now: number): TokenBucket {
  return new TokenBucket(Math.max(1, policy.probesPerSecond / 100), policy.probesPerSecond / 1_000, now);
}

function shares(address: Address, policy: Policy): readonly Share[] {
  if (address.family === 4) {
    const { ipv4AtOnce: atOnce, ipv4Burst: size, ipv4PerMinute: perMinute } = policy;
    return [{ key: prefixKey(address, 24), size, perMinute, atOnce }];
  }
  const perMinute = policy.ipv6PerMinute;
  return [
    { key: prefixKey(address, 48), size: policy.ipv6Burst, perMinute, atOnce: policy.ipv6AtOnce },
    { key: prefixKey(address, 32), size: perMinute, perMinute, atOnce: Number.POSITIVE_INFINITY },
  ];
}
