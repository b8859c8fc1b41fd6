import { readFileSync } from 'node:fs';
import { type FleetPlan, fleetPlans } from '../src/testing/simulation/fleet-plans.js';
import { parseFleetPlan } from '../src/testing/simulation/parse-fleet-plan.js';
import { ArgumentError } from '../tools/arguments.js';

/**
 * The fleet that the command line means: a built-in one, or a file of JSON.
 *
 * @param choice - a name, or a path
 * @throws `ArgumentError`
 */
export function readFleet(choice: string): FleetPlan {
  const builtIn = Object.entries(fleetPlans).find(([name]) => name === choice);
  if (builtIn !== undefined) return builtIn[1];
  try {
    return parseFleetPlan(JSON.parse(readFileSync(choice, 'utf8')));
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const names = Object.keys(fleetPlans).join(', ');
    throw new ArgumentError(`--fleet is '${choice}', neither ${names} nor a file that holds a fleet: ${what}`);
  }
}
