import { InvalidInputError } from '../../common/errors.js';
import { oneOf } from '../../state/known-names.js';
import type { FleetPlan } from './fleet-plans.js';
import { KINDS } from './kinds.js';

type Check = (value: unknown) => boolean;

const isNumber = (least: number, most: number): Check => {
  return (value) => typeof value === 'number' && value >= least && value <= most;
};
const MAX = 1_000_000;
const isTroubled: Check = (value) =>
  hasExactly(value, { perDay: isNumber(0, 10_000), minutes: isNumber(0.01, 100_000) });
const isListOf = (check: Check): Check => {
  return (value) => Array.isArray(value) && value.every(check);
};

const isKind: Check = (value) => typeof value === 'string' && Object.hasOwn(KINDS, value);

/** It is shown on terminals and in spreadsheets, which obey control characters, and what begins as a formula. */
const NAME = /^(?![=+\-@])[^\p{C}\p{Zl}\p{Zp}]{1,64}$/u;

/** What each part has to be, for people and for the check. */
const PARTS: Readonly<Record<keyof FleetPlan, readonly [expected: string, check: Check]>> = {
  name: [
    'a text of 1 to 64 characters, none that is invisible, that begins with none of =+-@',
    (value) => typeof value === 'string' && NAME.test(value),
  ],
  mix: [`weights of ${Object.keys(KINDS).join(', ')}, not all 0`, isMix],
  capableTraffic: ['a share of 1', isNumber(0, 1)],
  splitAddresses: ['a share of 1', isNumber(0, 1)],
  providerSize: ['a whole number, 16 to 2,048', (value) => isNumber(16, 2_048)(value) && Number.isInteger(value)],
  zipf: ['0 to 3', isNumber(0, 3)],
  medianRttMs: ['milliseconds, 0.01 to 400', isNumber(0.01, 400)],
  lossShare: ['a share of 1, at most 0.1', isNumber(0, 0.1)],
  outages: ['{ perDay, minutes }', isTroubled],
  breakdowns: ['{ perDay, minutes }', isTroubled],
  uplinkOutages: [
    'a list of { atHour, seconds }',
    isListOf((value) => hasExactly(value, { atHour: isNumber(0, MAX), seconds: isNumber(0.001, MAX) })),
  ],
  changes: [
    'a list of { atHour, kind }',
    isListOf((value) => hasExactly(value, { atHour: isNumber(0, MAX), kind: isKind })),
  ],
  restarts: ['a list of hours', isListOf(isNumber(0, MAX))],
  networkChanges: ['a list of hours', isListOf(isNumber(0, MAX))],
  attackShare: ['a share of 1, at most 0.9', isNumber(0, 0.9)],
};

/**
 * Checks a fleet's plan, as it stands in a file.
 *
 * @param plan - any value
 * @throws `InvalidInputError` `INVALID_OPTION`, which names the part and what was expected
 */
export function parseFleetPlan(plan: unknown): FleetPlan {
  if (typeof plan !== 'object' || plan === null) throw invalid(plan, 'fleet: an object with a name and a mix');
  for (const [name, value] of Object.entries(plan)) {
    if (!Object.hasOwn(PARTS, name)) throw invalid(name, `fleet: ${oneOf(name, Object.keys(PARTS))}`);
    const [expected, check] = PARTS[name as keyof FleetPlan];
    if (value !== undefined && !check(value)) throw invalid({ [name]: value }, `fleet.${name}: ${expected}`);
  }
  const { name, mix } = plan as Partial<FleetPlan>;
  if (name === undefined || mix === undefined) throw invalid(plan, 'fleet: an object with a name and a mix');
  return plan as FleetPlan;
}

function isMix(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  const isWeight = isNumber(0, MAX);
  return (
    entries.every(([kind, weight]) => Object.hasOwn(KINDS, kind) && isWeight(weight)) &&
    entries.some(([, weight]) => weight > 0)
  );
}

function hasExactly(value: unknown, parts: Readonly<Record<string, Check>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return (
    Object.keys(given).every((name) => Object.hasOwn(parts, name)) &&
    Object.entries(parts).every(([name, check]) => check(given[name]))
  );
}

function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_OPTION', value, expected);
}
