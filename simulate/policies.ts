import type { PolicyInput } from '../src/state/policy.js';

/** What a policy is called on the command line. */
export type SimulatedPolicy =
  | 'default'
  | 'powerdns'
  | 'rfc9539'
  | 'eager'
  | 'threshold-5'
  | 'hedge-warm'
  | 'hedge-off'
  | 'slots-16'
  | 'one-session';

/**
 * The policies that can be compared by name: the presets, and the default with one thing changed. "Nothing is probed" is
 * not among them: every policy probes somebody in the end, and what it would show is known.
 */
const POLICIES: Readonly<Record<SimulatedPolicy, PolicyInput>> = {
  default: 'default',
  powerdns: 'powerdns',
  rfc9539: 'rfc9539',
  eager: { threshold: 1 },
  'threshold-5': { threshold: 5 },
  'hedge-warm': { hedge: 'warm' },
  'hedge-off': { hedge: 'off' },
  'slots-16': { probesAtOnce: 16 },
  // The policy is the default's; see `sessionsOf`.
  'one-session': 'default',
};

/** All of them, as `--help` lists them. */
export const POLICY_NAMES: readonly string[] = Object.keys(POLICIES);

/** Whether there is a policy of that name. */
export function isPolicyName(name: string): name is SimulatedPolicy {
  return Object.hasOwn(POLICIES, name);
}

/** The policy of a name. */
export function policyOf(name: SimulatedPolicy): PolicyInput {
  return POLICIES[name];
}

/** How many sessions an endpoint may have whose answers wait, under the policy of a name; `undefined`: as many as always. */
export function sessionsOf(name: SimulatedPolicy): number | undefined {
  return name === 'one-session' ? 1 : undefined;
}
