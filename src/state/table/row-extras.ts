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
  detail: string | undefined,
): readonly HistoryItem[] {
  if (effects.length === 0) return history;
  const changes = effects.filter((effect) => effect.type === 'announce');
  return [...history, ...changes.map(({ from, to, why }) => ({ at, from, to, why, detail }))].slice(-HISTORY_LENGTH);
}

const NO_HISTORY: readonly HistoryItem[] = [];
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

/** The history of an endpoint that became Bad by its first probe: one change. */
export function impliedHistory({ since: at, kind, phase }: BadState): HistoryItem {
  const why = kind === 'lame' ? 'lame' : 'probe-failure';
  return { at, from: 'unknown', to: 'bad', why, detail: `${phase} ${kind}` };
}

/** The history of an endpoint that was restored as Bad, or is Bad by hearsay: one change. A start may bring thousands. */
export function impliedHearsay(mark: number): HistoryItem {
  return { at: Math.abs(mark), from: 'unknown', to: 'bad', why: mark > 0 ? 'restored' : 'hint', detail: undefined };
}

/** That change as a number; 0 for any other change, and for one at time 0. */
export function markOf(state: EndpointState, { at, from, to, why, detail }: HistoryItem): number {
  if (state.verdict !== 'bad' || from !== 'unknown' || to !== 'bad' || detail !== undefined) return 0;
  if (why === 'restored') return Math.max(0, at);
  return why === 'hint' ? Math.min(0, -at) : 0;
}

/** Whether a change is the one that a Bad state implies. */
export function isImplied(state: EndpointState, item: HistoryItem): boolean {
  if (state.verdict !== 'bad') return false;
  const { at, from, to, why, detail } = impliedHistory(state);
  return item.at === at && item.from === from && item.to === to && item.why === why && item.detail === detail;
}
