import type { Evidence, StateEvent } from '../src/state/model.js';
import { NOW } from './machine.js';
import { TOKEN } from './normal-form.js';

/** What can happen to one endpoint of a fleet. */
export interface FleetHappening {
  readonly name: string;
  readonly event: StateEvent;
}

const refused: Evidence = { result: 'failure', phase: 'connect', kind: 'refused', controlled: true };
const success: Evidence = { result: 'success' };

/** Enough to bring an endpoint into each verdict, and its probe into each phase and for each sort of slot. */
export const FLEET_HAPPENINGS: readonly FleetHappening[] = [
  { name: 'contact', event: { type: 'contact' } },
  { name: 'asked', event: { type: 'asked' } },
  { name: 'live success', event: live(success) },
  { name: 'live failure', event: live(refused) },
  { name: 'forget', event: { type: 'forget' } },
];

/** What a prober can bring; it can also bring nothing. */
export const SETTLEMENTS: readonly FleetHappening[] = [
  { name: 'probe settled: success', event: settled(success) },
  { name: 'probe settled: refused', event: settled(refused) },
  { name: 'probe settled: nothing to conclude', event: settled({ result: 'inconclusive', why: 'broken' }) },
];

function live(evidence: Evidence): StateEvent {
  return { type: 'evidence', source: 'live', evidence, startedAt: NOW, endedAt: NOW, draw: 0 };
}

function settled(evidence: Evidence): StateEvent {
  return { type: 'probe-settled', token: TOKEN, evidence, endedAt: NOW, draw: 0 };
}
