import type { Verdict } from '../../state/model.js';

/** What a query went out over: DoT alone, Do53 alone, both (a hedge, a fallback), and whether an answer came. */
export type LoggedWay = 'dot' | 'do53' | 'both' | 'none';

/**
 * One line of a simulated life's log, in the order in which things happened; `at` is in milliseconds from the beginning,
 * `endpoint` the endpoint's number, or -1 for an attacker's. Enough to count a run again without the simulator, see `simulate/replay.ts`.
 */
export type LogLine =
  /** The endpoint begins or ceases to speak DoT: a fact of the world. None does before its first such line. */
  | { readonly type: 'capable'; readonly at: number; readonly endpoint: number; readonly capable: boolean }
  /** The selector holds something else of the endpoint. All begin as unknown. */
  | { readonly type: 'verdict'; readonly at: number; readonly endpoint: number; readonly verdict: Verdict }
  /** A probe of the endpoint has begun; its end. */
  | { readonly type: 'probe'; readonly at: number; readonly endpoint: number; readonly ms: number }
  /** A number of equal queries, the latest at `at`; `why` is the reason of those that went to a Good endpoint in clear. */
  | {
      readonly type: 'queries';
      readonly at: number;
      readonly endpoint: number;
      readonly count: number;
      readonly way: LoggedWay;
      readonly why: string;
    };

/** A place in the log that is filled later. */
interface Place {
  line: LogLine | undefined;
}

/**
 * Keeps a log in the order in which things began: a query's line stands where it was asked, though how it went is known
 * only later.
 */
export class LogWriter {
  readonly #write: (line: LogLine) => void;
  /** From the first place that is not filled yet. */
  #places: Place[] = [];
  #first = 0;

  /** @param write - is given the lines in order */
  constructor(write: (line: LogLine) => void) {
    this.#write = write;
  }

  /** Adds a line. */
  add(line: LogLine): void {
    if (this.#first === this.#places.length) this.#write(line);
    else this.#places.push({ line });
  }

  /**
   * Keeps a place.
   *
   * @returns fills it, once
   */
  reserve(): (line: LogLine) => void {
    const place: Place = { line: undefined };
    this.#places.push(place);
    return (line) => {
      place.line = line;
      this.#flush();
    };
  }

  #flush(): void {
    for (let place = this.#places[this.#first]; place?.line !== undefined; place = this.#places[this.#first]) {
      this.#write(place.line);
      this.#first++;
    }
    if (this.#first === this.#places.length) {
      this.#places = [];
      this.#first = 0;
    }
  }
}
