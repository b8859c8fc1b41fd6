import type { Endpoint, QueryResult } from '../src/index.js';
import type { FleetServer } from '../tools/fleet.js';

/** What was counted of queries. */
export interface QueryCounts {
  readonly sent: number;
  readonly failed: number;
  readonly toCapable: number;
  /** Answered over DoT; only capable servers can be. */
  readonly overDot: number;
}

/** Counts of one kind of server. */
export interface KindCounts {
  sent: number;
  overDot: number;
}

const RCODE = 0x0f;

/** Counts what the demo sees from outside, as any host could: results of queries, and `probe` events. */
export class Tally {
  readonly #latencies: number[] = [];
  readonly #probes = new Map<string, number>();
  readonly #kinds = new Map<string, KindCounts>();
  #failed = 0;
  #toCapable = 0;
  #overDot = 0;

  /** A query has ended: with a result, or with none. An answer other than NOERROR has failed too. */
  query(server: FleetServer, result: QueryResult | undefined, ms: number): void {
    const kind = this.kind(server.kind);
    kind.sent++;
    this.#latencies.push(ms);
    if (result === undefined || ((result.message[3] ?? RCODE) & RCODE) !== 0) this.#failed++;
    if (server.capable) this.#toCapable++;
    if (result?.transport === 'dot') {
      this.#overDot++;
      kind.overDot++;
    }
  }

  /** A probe has ended. */
  probe({ key }: Endpoint): void {
    this.#probes.set(key, (this.#probes.get(key) ?? 0) + 1);
  }

  /** What was asked of servers of a kind. */
  kind(name: string): KindCounts {
    const known = this.#kinds.get(name) ?? { sent: 0, overDot: 0 };
    this.#kinds.set(name, known);
    return known;
  }

  get queries(): QueryCounts {
    const counts = { failed: this.#failed, toCapable: this.#toCapable, overDot: this.#overDot };
    return { sent: this.#latencies.length, ...counts };
  }

  get probes(): number {
    return [...this.#probes.values()].reduce((sum, count) => sum + count, 0);
  }

  get maxProbesPerServer(): number {
    return Math.max(0, ...this.#probes.values());
  }

  /** How long the given share of the queries took at most, in milliseconds. */
  percentile(share: number): number {
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  }
}
