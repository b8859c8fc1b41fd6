import type { LogLine } from '../src/testing/simulation/log-writer.js';

/** What a log comes to. */
export interface ReplayCounts {
  /** Queries, those without an answer included. */
  readonly queries: number;
  /** Queries to endpoints that spoke DoT at that moment. */
  readonly toCapable: number;
  /** Queries that went out over DoT alone. */
  readonly encrypted: number;
  /** Queries to Good endpoints that went out over Do53, be it beside DoT, by reason. */
  readonly clearToGood: Readonly<Record<string, number>>;
  /** Probes. */
  readonly probes: number;
  /** How long they held a socket, together, in seconds. */
  readonly probeSocketSeconds: number;
  /** Queries without an answer. */
  readonly unanswered: number;
}

/**
 * Counts a simulated life again from its log, and from nothing else: it shares no code with the simulator. What an
 * endpoint can do and what was held of it is what the latest line about it says, in the order of the lines.
 */
export class Replay {
  readonly #capable = new Set<number>();
  readonly #good = new Set<number>();
  readonly #clearToGood = new Map<string, number>();
  #queries = 0;
  #toCapable = 0;
  #encrypted = 0;
  #unanswered = 0;
  #probes = 0;
  #probeMs = 0;

  /** Takes the next line. */
  take(line: LogLine): void {
    switch (line.type) {
      case 'capable':
        mark(this.#capable, line.endpoint, line.capable);
        return;
      case 'verdict':
        mark(this.#good, line.endpoint, line.verdict === 'good');
        return;
      case 'probe':
        this.#probes++;
        this.#probeMs += line.ms;
        return;
      case 'queries':
        this.#takeQueries(line);
    }
  }

  /** What the lines so far come to. */
  get counts(): ReplayCounts {
    return {
      queries: this.#queries,
      toCapable: this.#toCapable,
      encrypted: this.#encrypted,
      clearToGood: Object.fromEntries([...this.#clearToGood].sort(([a], [b]) => (a < b ? -1 : 1))),
      probes: this.#probes,
      probeSocketSeconds: this.#probeMs / 1_000,
      unanswered: this.#unanswered,
    };
  }

  #takeQueries({ endpoint, count, way, why }: LogLine & { readonly type: 'queries' }): void {
    this.#queries += count;
    if (this.#capable.has(endpoint)) this.#toCapable += count;
    if (way === 'dot') this.#encrypted += count;
    if (way === 'none') this.#unanswered += count;
    const isClear = way === 'do53' || way === 'both';
    if (isClear && this.#good.has(endpoint)) this.#clearToGood.set(why, (this.#clearToGood.get(why) ?? 0) + count);
  }
}

/** Counts a whole log. */
export function replay(lines: Iterable<LogLine>): ReplayCounts {
  const counted = new Replay();
  for (const line of lines) counted.take(line);
  return counted.counts;
}

function mark(endpoints: Set<number>, endpoint: number, isIn: boolean): void {
  if (isIn) endpoints.add(endpoint);
  else endpoints.delete(endpoint);
}
