import { type LameMemory, NO_LAME_ZONES } from '../lame.js';
import type {
  BadState,
  Effect,
  Endpoint,
  EndpointState,
  ProbeState,
  Strike,
  TransitionReason,
  Verdict,
} from '../model.js';
import type { Smoothed, Timing } from '../smoothing.js';

/** One change of verdict, for an operator who asks why. */
export interface HistoryItem {
  /** When, on the monotonic clock. */
  readonly at: number;
  /** The verdict before. */
  readonly from: Verdict;
  /** The verdict after. */
  readonly to: Verdict;
  /** Why it changed. */
  readonly why: TransitionReason;
  /** Phase and kind of the failure that tipped it, where one did. */
  readonly detail?: string | undefined;
}

/** How many changes are remembered of each endpoint. */
export const HISTORY_LENGTH = 8;

/** A history with the changes that effects announce; beyond its length the oldest leave. */
export function withChanges(
  history: readonly HistoryItem[],
  effects: readonly Effect[],
  at: number,
  detail?: string,
): readonly HistoryItem[] {
  let changes = history;
  for (const effect of effects) {
    if (effect.type !== 'announce') continue;
    const change = { at, from: effect.from, to: effect.to, why: effect.why, detail };
    // The first of a row takes no more room than it needs: a start brings one for each endpoint.
    changes = changes.length === 0 ? [change] : [...changes, change].slice(-HISTORY_LENGTH);
  }
  return changes;
}

/** Nothing has changed. */
export const NO_HISTORY: readonly HistoryItem[] = [];
const NO_STRIKES: readonly Strike[] = [];
/** What was measured of DoT. */
export type DotTiming = Pick<Timing, 'warm' | 'opening'>;

/** Nothing was measured. */
export const NO_TIMING: DotTiming = { warm: undefined, opening: undefined };

/** What is remembered beside a packed row. Few rows at a time need it, so that it may be an object. */
export class RowExtras {
  /** A probe that is wanted or in flight. */
  probe: Exclude<ProbeState, { phase: 'idle' }> | undefined = undefined;
  /** Only of a Good row: see `GoodState`. */
  lastSuccess = 0;
  /** Only of a Good row: see `GoodState`. */
  usedAt = 0;
  /** Only of a Good row: see `GoodState`. */
  strikes: readonly Strike[] = NO_STRIKES;
  /** What is remembered of zones. */
  lame: LameMemory = NO_LAME_ZONES;
  /** Answers on an open DoT session. */
  warm: Smoothed | undefined = undefined;
  /** Connect and handshake together. */
  opening: Smoothed | undefined = undefined;
  /** Changes of verdict, oldest first. */
  history: readonly HistoryItem[] = NO_HISTORY;
  /** Queries in flight and open sessions, which forbid eviction. */
  pins = 0;
  /** The endpoint, once it was asked for. */
  endpoint: Endpoint | undefined = undefined;

  /** Whether all of it is as a new one would be; a Good row needs it all the same. */
  get isEmpty(): boolean {
    return (
      this.probe === undefined &&
      this.pins === 0 &&
      this.history.length === 0 &&
      this.lame === NO_LAME_ZONES &&
      this.warm === undefined &&
      this.opening === undefined
    );
  }
}

/**
 * The history of an endpoint whose Bad state and mark imply it: one change.
 *
 * @param state - the state
 * @param mark - 0 where its first probe made it Bad; when it was restored, or less than 0 by so much when it became so by
 *   hearsay: a start may bring thousands of these
 */
export function impliedHistory({ since, kind, phase }: BadState, mark: number): HistoryItem {
  const [at, detail] = mark === 0 ? [since, `${phase} ${kind}`] : [Math.abs(mark), undefined];
  const why = mark > 0 ? 'restored' : mark < 0 ? 'hint' : kind === 'lame' ? 'lame' : 'probe-failure';
  return { at, from: 'unknown', to: 'bad', why, detail };
}

/** The mark by which a state implies a change; `undefined` where it does not. */
export function markOf(state: EndpointState, item: HistoryItem): number | undefined {
  if (state.verdict !== 'bad') return undefined;
  const mark = item.why === 'restored' ? item.at : item.why === 'hint' ? -item.at : 0;
  const { at, from, to, why, detail } = impliedHistory(state, mark);
  const isSame = item.at === at && item.from === from && item.to === to && item.why === why && item.detail === detail;
  return isSame ? mark : undefined;
}
