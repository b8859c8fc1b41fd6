import { createGuard, type Guard } from '../contact/guard.js';
import type { ResolvedServer } from '../contact/server.js';
import { TransportSelector } from '../selector.js';
import { Designations } from './designations.js';

/**
 * The selector of a resolver that was given none. It may connect to the resolver's servers wherever they are, since nobody
 * but the operator names them; and it probes them before they have answered, for the same reason. Of their order it changes only
 * that those over DoT come first: the second may know other names than the first.
 */
export class OwnSelector {
  readonly selector: TransportSelector;
  readonly #named = new Set<string>();
  readonly #designations = new Designations();

  /** @param servers - the resolver's */
  constructor(servers: readonly ResolvedServer[]) {
    this.use(servers);
    const usual = createGuard();
    const guard: Guard = { admits: (address) => this.#named.has(address) || usual.admits(address) };
    this.selector = new TransportSelector({
      guard,
      policy: { onlyAfterAnswer: false, exploreShare: 0 },
      sources: [this.#designations],
    });
  }

  /** The servers from now on. */
  use(servers: readonly ResolvedServer[]): void {
    this.#named.clear();
    for (const { address } of servers) this.#named.add(address);
    this.#designations.use(servers);
  }
}
