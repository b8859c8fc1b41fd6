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
  /** So many queries alike, the latest at `at`; `why` is the reason for what went in clear to a Good endpoint. */
  | {
      readonly type: 'queries';
      readonly at: number;
      readonly endpoint: number;
      readonly count: number;
      readonly way: LoggedWay;
      readonly why: string;
    };
