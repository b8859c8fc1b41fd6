import type { Effect, StateEvent } from '../src/state/model.js';
import type { Held } from './machine.js';
import type { Step } from './step.js';

/** What a scheduler that carries out effects has of one endpoint: who waits, and which probe flies. */
interface Ledger {
  waits: 'no' | 'asked' | 'otherwise';
  flies: number | undefined;
}

/**
 * Keeps a list of what waits and what flies by effects and the prober's own events alone, and says where it departs from
 * the state, or where an effect tells of nothing.
 */
export function ledgerBreach({ before, event, timeEffects, own, judged, after }: Step): string | undefined {
  const ledger = ledgerOf(before);
  for (const effect of timeEffects) {
    const breach = carryOut(ledger, effect);
    if (breach !== undefined) return `by time, ${breach}`;
  }
  const late = differs(ledger, judged);
  if (late !== undefined) return `by time, ${late}`;
  // What time wants at this moment is another probe than the one that gave way.
  if (!timeEffects.some(({ type }) => type === 'want') || event.type !== 'probe-dropped') happen(ledger, event);
  for (const effect of own) {
    const breach = carryOut(ledger, effect);
    if (breach !== undefined) return breach;
    if (effect.type !== 'want') continue;
    const probe = after?.probe;
    if (probe?.phase !== 'wanted' || probe.purpose !== effect.purpose || probe.at !== effect.at) {
      return `wants ${effect.purpose} at ${effect.at}, unlike the state`;
    }
  }
  return differs(ledger, after);
}

function ledgerOf(state: Held): Ledger {
  const probe = state?.probe;
  const waits = probe?.phase !== 'wanted' ? 'no' : probe.purpose === 'asked' ? 'asked' : 'otherwise';
  return { waits, flies: probe?.phase === 'in-flight' ? probe.token : undefined };
}

function carryOut(ledger: Ledger, effect: Effect): string | undefined {
  const { waits, flies } = ledger;
  if (effect.type === 'want') {
    const isOvertaken = waits === 'otherwise' && effect.purpose === 'asked';
    if (flies !== undefined) return 'wants a second probe beside the one in flight';
    if (waits !== 'no' && !isOvertaken) return 'wants what waits already';
    ledger.waits = effect.purpose === 'asked' ? 'asked' : 'otherwise';
  } else if (effect.type === 'withdraw') {
    if (waits === 'no') return 'withdraws what does not wait';
    ledger.waits = 'no';
  } else if (effect.type === 'abort') {
    if (flies !== effect.token) return `aborts probe ${effect.token}, which does not fly`;
    ledger.flies = undefined;
  }
  return undefined;
}

function happen(ledger: Ledger, event: StateEvent): void {
  if (event.type === 'probe-dropped') ledger.waits = 'no';
  if (event.type === 'probe-started' && ledger.waits !== 'no') {
    ledger.waits = 'no';
    ledger.flies = event.token;
  }
  const isEnd = event.type === 'probe-settled' || event.type === 'probe-aborted';
  if (isEnd && event.token === ledger.flies) ledger.flies = undefined;
}

function differs(ledger: Ledger, state: Held): string | undefined {
  const held = ledgerOf(state);
  if (ledger.flies !== held.flies) return `flies ${ledger.flies ?? 'nothing'}, held ${held.flies ?? 'nothing'}`;
  return ledger.waits === held.waits ? undefined : `waits ${ledger.waits}, held ${held.waits}`;
}
