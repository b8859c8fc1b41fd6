import type { SimulatedPolicy } from '../policies.js';
import type { Setting } from '../run.js';

/** A fleet of the guide. */
export type GuideFleet = '2026' | '2030' | 'hostile' | 'crowded';

/** All of them, in its order. */
export const GUIDE_FLEETS: readonly GuideFleet[] = ['2026', '2030', 'hostile', 'crowded'];

const MOST_POLICIES: readonly SimulatedPolicy[] = [
  'default',
  'powerdns',
  'rfc9539',
  'eager',
  'threshold-5',
  'hedge-warm',
  'hedge-off',
];

/** The policies of the guide, in the order of its tables: the presets, then the default with one thing changed. */
export const GUIDE_POLICIES: Readonly<Record<GuideFleet, readonly SimulatedPolicy[]>> = {
  2026: MOST_POLICIES,
  2030: MOST_POLICIES,
  hostile: MOST_POLICIES,
  crowded: ['default', 'powerdns', 'rfc9539', 'slots-16', 'one-session'],
};

/** Those that are compared over time: what differs between the others is too little to be seen. */
export const GUIDE_LINES: readonly string[] = ['default', 'powerdns', 'rfc9539', 'eager'];

/**
 * What each policy lives through. Three days, as what a policy forgets or holds against a server takes a day to show; in
 * the hostile fleet, where every query of an attacker costs a look, a smaller one sees all of its happenings in a day. What
 * the crowded fleet shows, which is one provider's, is over within hours.
 */
export const GUIDE_SIZES: Readonly<Record<GuideFleet, Omit<Setting, 'fleet'>>> = {
  2026: { servers: 2_000, queriesPerSecond: 200, hours: 72, seed: 1 },
  2030: { servers: 2_000, queriesPerSecond: 200, hours: 72, seed: 1 },
  hostile: { servers: 1_000, queriesPerSecond: 100, hours: 24, seed: 1 },
  crowded: { servers: 1_000, queriesPerSecond: 200, hours: 2, seed: 1 },
};
