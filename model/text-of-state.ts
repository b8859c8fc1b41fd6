import type { EndpointState, ProbeState } from '../src/state/model.js';
import type { Held } from './machine.js';

/** A state in a line, its times in ticks from now. */
export function textOfState(state: Held): string {
  return state === undefined ? 'absent' : `${factsText(state)}; ${probeText(state.probe)}`;
}

function factsText(state: EndpointState): string {
  const { since, level } = state;
  const head = `${state.verdict} since ${since}, level ${level}`;
  if (state.verdict === 'unknown') {
    const { hits, windowStart, answered, formerlyGood, keepUntil } = state;
    const marks = `${answered ? ', answered' : ''}${formerlyGood ? ', formerly good' : ''}`;
    return `${head}, ${hits} hits from ${windowStart}${marks}, kept until ${keepUntil}`;
  }
  if (state.verdict === 'bad') {
    return `${head}, retry at ${state.retryAt}${state.formerlyGood ? ', formerly good' : ''}`;
  }
  const { until, refreshAt, lastSuccess, usedAt, strikes } = state;
  const struck = strikes.map(({ at, silent }) => `${silent ? 'silent' : 'hard'} at ${at}`);
  return (
    `${head}, until ${until}, refresh at ${refreshAt}, proven at ${lastSuccess}, used at ${usedAt}` +
    (struck.length === 0 ? '' : `, strikes ${struck.join(' ')}`)
  );
}

function probeText(probe: ProbeState): string {
  const misses = probe.misses === 0 ? '' : `, ${probe.misses} missed`;
  if (probe.phase === 'idle') return `no probe${misses}`;
  if (probe.phase === 'wanted') return `${probe.purpose} wanted${misses}`;
  return `${probe.purpose} in flight from ${probe.startedAt} to ${probe.deadline}${misses}`;
}
