import type { Policy } from '../src/state/policy.js';
import { type FleetState, KINDS, kindOf } from './fleet.js';

/** A promise that a fleet keeps whenever it is at rest. */
export interface FleetProperty {
  /** What it is called. */
  readonly name: string;
  /** How it is broken; `undefined` if it is not. */
  breach(fleet: FleetState, policy: Policy): string | undefined;
}

/** All that is promised of endpoints together. */
export const FLEET_PROPERTIES: readonly FleetProperty[] = [
  {
    name: 'slots in flight equal probes in flight',
    breach: ({ endpoints, slots }) => {
      const flying = placesOf(endpoints, 'in-flight');
      const taken = slots.map(({ who }) => who).sort();
      return `${flying}` === `${taken}` ? undefined : `in flight ${flying}, slots of ${taken}`;
    },
  },
  {
    name: 'who waits is who wants a probe, once',
    breach: ({ endpoints, waiting }) => {
      const wanting = placesOf(endpoints, 'wanted');
      const queue = waiting.map(({ who }) => who).sort();
      return `${wanting}` === `${queue}` ? undefined : `wanted by ${wanting}, waiting ${queue}`;
    },
  },
  {
    name: 'no more probes than slots, and none of the kinds has all of them',
    breach: ({ slots }, { probesAtOnce, reservedShare }) => {
      const most = Math.max(1, probesAtOnce - Math.floor(probesAtOnce * reservedShare));
      const counts = KINDS.map((kind) => slots.filter((slot) => slot.kind === kind).length);
      return slots.length <= probesAtOnce && Math.max(...counts) <= most ? undefined : `${counts}`;
    },
  },
  {
    name: 'no more of any kind wait than may',
    breach: ({ waiting }, { candidates }) => {
      const counts = KINDS.map((kind) => waiting.filter(({ purpose }) => kindOf(purpose) === kind).length);
      return Math.max(...counts) <= candidates ? undefined : `${counts}`;
    },
  },
  {
    name: 'no slot is free while somebody could have it',
    breach: ({ waiting, slots }, { probesAtOnce }) => {
      const isReady = waiting.some(({ at }) => at <= 0);
      return slots.length === 0 && isReady && probesAtOnce > 0 ? 'somebody waits for nobody' : undefined;
    },
  },
];

function placesOf(endpoints: FleetState['endpoints'], phase: string): readonly number[] {
  return endpoints.flatMap((state, who) => (state?.probe.phase === phase ? [who] : []));
}
