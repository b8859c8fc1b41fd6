import { type Policy, type PolicyInput, type PolicyName, policies, resolvePolicy } from '../../src/state/policy.js';

/** A preset, with what differs from it. */
export interface ChosenPolicy {
  readonly preset: PolicyName;
  readonly changes: PolicyChanges;
}

/** A policy's parts that the page lets people set. */
export type PolicyChanges = { readonly [K in PolicyPart['name']]?: number } & { readonly hedge?: Policy['hedge'] };

/** A number of the policy with a slider. */
export interface PolicyPart {
  readonly name: 'threshold' | 'strikes' | 'silentStrikes' | 'demotedRetryMs' | 'badMs' | 'goodMs';
  /** What it is, for people. */
  readonly label: string;
  /** The slider's stops. */
  readonly stops: readonly number[];
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SPANS = [10 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY];

/** All that have one. */
export const POLICY_PARTS: readonly PolicyPart[] = [
  { name: 'threshold', label: 'Queries before the first probe', stops: [1, 2, 3, 5, 10, 100] },
  { name: 'strikes', label: 'Failures until Bad', stops: [1, 2, 3, 5, 10] },
  { name: 'silentStrikes', label: 'Silent sessions until Bad', stops: [1, 2, 3, 5, 10] },
  { name: 'demotedRetryMs', label: 'Bad, but Good before: tried again after', stops: SPANS },
  { name: 'badMs', label: 'Bad, and never Good: tried again after', stops: SPANS },
  { name: 'goodMs', label: 'Good for', stops: [10 * MINUTE, ...SPANS.filter((span) => span >= HOUR), 30 * DAY] },
];

/** The ways to hedge. */
export const HEDGES: readonly Policy['hedge'][] = ['always', 'warm', 'off'];

/** The presets' names. */
export const PRESETS = Object.keys(policies) as readonly PolicyName[];

/** What is compared at first. */
export const DEFAULT_CHOICES: readonly [ChosenPolicy, ChosenPolicy] = [
  { preset: 'default', changes: {} },
  { preset: 'powerdns', changes: {} },
];

/** The policy itself, complete. */
export function policyOf({ preset, changes }: ChosenPolicy): Policy {
  return resolvePolicy({ ...policies[preset], ...changes } as PolicyInput);
}

/** What it is called: “powerdns”, “default, changed”. */
export function policyName({ preset, changes }: ChosenPolicy): string {
  return Object.keys(changes).length === 0 ? preset : `${preset}, changed`;
}

/** The same choice with one part set; a part that is as the preset has it is no change. */
export function withPart({ preset, changes }: ChosenPolicy, name: keyof Policy, value: number | string): ChosenPolicy {
  const others = Object.entries(changes).filter(([other]) => other !== name);
  const own = policies[preset][name] === value ? [] : [[name, value] as const];
  return { preset, changes: Object.fromEntries([...others, ...own]) as PolicyChanges };
}

/** A choice in a link: `powerdns*strikes.2*hedge.off`. */
export function policyText({ preset, changes }: ChosenPolicy): string {
  return [preset, ...Object.entries(changes).map(([name, value]) => `${name}.${value}`)].join('*');
}

/**
 * Reads that.
 *
 * @throws `Error`, for people
 */
export function parsePolicy(text: string): ChosenPolicy {
  const [preset = '', ...parts] = text.split('*');
  const known = PRESETS.find((name) => name === preset);
  if (known === undefined) throw new Error(`In the link, a policy must be one of ${PRESETS.join(', ')}.`);
  let choice: ChosenPolicy = { preset: known, changes: {} };
  for (const part of parts) {
    const [name = '', value = ''] = part.split('.');
    const stops = POLICY_PARTS.find((one) => one.name === name)?.stops ?? (name === 'hedge' ? HEDGES : []);
    const found = stops.find((stop) => String(stop) === value);
    if (found === undefined) throw new Error('In the link, a number of a policy is none that this page offers.');
    choice = withPart(choice, name as keyof Policy, found);
  }
  return choice;
}
