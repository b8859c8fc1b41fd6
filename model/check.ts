import { transition } from '../src/state/transition.js';
import { endpointModel } from './endpoint-model.js';
import { type Exploration, type ExploreOptions, explore } from './explore.js';
import { fleetModel } from './fleet-model.js';
import { FLEETS } from './fleets.js';
import { SMALL_POLICY } from './ticks.js';

const REAL = { transition };

/** Explores every model of the real state machine, one after another. */
export function* check(options?: ExploreOptions): Generator<Exploration> {
  yield explore(endpointModel(REAL, SMALL_POLICY), options);
  for (const size of FLEETS) yield explore(fleetModel(REAL, size), options);
}
