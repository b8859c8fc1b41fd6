import { fleetPlans } from '../../src/testing/simulation/fleet-plans.js';
import { simulate } from '../../src/testing/simulation/simulate.js';

const g = globalThis as unknown as Record<string, unknown>;
g.simulate = simulate;
g.fleetPlans = fleetPlans;
