import { type Sources, Workshop } from './compiled-state.js';
import { endpointModel } from './endpoint-model.js';
import { explore, type Violation } from './explore.js';
import { type Mutation, mutate } from './mutation.js';
import { MUTATIONS } from './mutations.js';
import { SMALL_POLICY } from './ticks.js';

/** A fault, and what gave it away. */
export interface Mutant {
  readonly mutation: Mutation;
  /** `undefined` if nothing did. */
  readonly caughtBy: Violation | undefined;
}

/** Puts in one fault after another and looks whether the checker sees it. */
export async function* mutants(sources: Sources): AsyncGenerator<Mutant> {
  await using workshop = await Workshop.open();
  for (const mutation of MUTATIONS) {
    const machine = await workshop.load(mutate(sources, mutation));
    const { violations } = explore(endpointModel(machine, SMALL_POLICY), { first: true });
    yield { mutation, caughtBy: violations[0] };
  }
}
