import type { EndpointState } from '../src/state/model.js';
import type { transition } from '../src/state/transition.js';

/** What is checked: the real state machine, or one with a fault put in. */
export interface Machine {
  readonly transition: typeof transition;
}

/** The state of one endpoint; `undefined` is absent. */
export type Held = EndpointState | undefined;

/** The moment at which everything happens: times are counted from now, so that equal futures are one state. */
export const NOW = 0;
