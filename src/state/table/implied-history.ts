import type { BadState, EndpointState } from '../model.js';
import type { HistoryItem } from './row-extras.js';

/** The one change of what became Bad by its first probe. */
export function impliedHistory({ since: at, kind, phase }: BadState): HistoryItem {
  const why = kind === 'lame' ? 'lame' : 'probe-failure';
  return { at, from: 'unknown', to: 'bad', why, detail: `${phase} ${kind}` };
}

/** The one change of what became Bad because that was stored, or told by others: a start may bring thousands of them. */
export function impliedHearsay(mark: number): HistoryItem {
  return { at: Math.abs(mark), from: 'unknown', to: 'bad', why: mark > 0 ? 'restored' : 'hint', detail: undefined };
}

/** The same as a number, which is never 0; 0 for any other change, and for one at the very beginning of time. */
export function markOf(state: EndpointState, { at, from, to, why, detail }: HistoryItem): number {
  if (state.verdict !== 'bad' || from !== 'unknown' || to !== 'bad' || detail !== undefined) return 0;
  if (why === 'restored') return Math.max(0, at);
  return why === 'hint' ? Math.min(0, -at) : 0;
}

/** Whether a change is the one that a state tells by itself. */
export function isImplied(state: EndpointState, item: HistoryItem): boolean {
  if (state.verdict !== 'bad') return false;
  const { at, from, to, why, detail } = impliedHistory(state);
  return item.at === at && item.from === from && item.to === to && item.why === why && item.detail === detail;
}
