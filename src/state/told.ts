import type { BadState, EndpointState } from './model.js';
import type { HistoryItem } from './side.js';

/** The one change of what became Bad by its first probe. */
export function tell({ since: at, kind, phase }: BadState): HistoryItem {
  const why = kind === 'lame' ? 'lame' : 'probe-failure';
  return { at, from: 'unknown', to: 'bad', why, detail: `${phase} ${kind}` };
}

/** Whether a change is the one that a state tells by itself. */
export function isTold(state: EndpointState, item: HistoryItem): boolean {
  if (state.verdict !== 'bad') return false;
  const { at, from, to, why, detail } = tell(state);
  return item.at === at && item.from === from && item.to === to && item.why === why && item.detail === detail;
}
