import type { SimulatedPolicy } from '../policies.js';
import type { Setting } from '../run.js';

/** The fleets of the guide, in its order. */
export const GUIDE_FLEETS: readonly string[] = ['2026', '2030', 'hostile'];

/** The policies of the guide, in the order of its tables: the presets, then the default with one thing changed. */
export const GUIDE_POLICIES: readonly SimulatedPolicy[] = [
  'default',
  'powerdns',
  'rfc9539',
  'eager',
  'threshold-5',
  'hedge-warm',
  'hedge-off',
];

/** Those that are compared over time: what differs between the others is too little to be seen. */
export const GUIDE_LINES: readonly string[] = ['default', 'powerdns', 'rfc9539', 'eager'];

/** What each policy lives through. Three days, as what a policy forgets or holds against a server takes a day to show. */
export const GUIDE_SIZE: Omit<Setting, 'fleet'> = { servers: 2_000, queriesPerSecond: 200, hours: 72, seed: 1 };
