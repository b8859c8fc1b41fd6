import type { Clock } from '../common/clock.js';
import type { Authentication } from '../contact/authentication.js';
import type { Endpoint } from '../state/model.js';
import type { Holdoffs } from './holdoffs.js';

/** How long after a failure, or the end of a probe, the next one looks whether the server has returned, in milliseconds. */
const LOOK_MS = 500;
/** Servers that are looked for at once. */
const MAX_LOOKED_FOR = 256;

/** Where queries fail at once for a while, because they must be encrypted and the server has not answered over DoT. */
export interface HeldPlace {
  /** By what its holdoff is known. */
  readonly key: string;
  readonly endpoint: Endpoint;
  /** What the server has to prove. */
  readonly authentication: Authentication | undefined;
}

/** What they need. */
export interface ReturnProbesDeps {
  readonly clock: Clock;
  readonly holdoffs: Holdoffs;
  /** Probes it, within the bounds of all probes and without clear text; whether it speaks DoT, and has proven what it has to. */
  probe(place: HeldPlace): Promise<boolean>;
}

interface Look {
  /** Whether a query has failed for it since its latest probe began. */
  wanted: boolean;
}

/**
 * Looks for the return of servers that queries are held off from: for as long as somebody asks, one probe after the other. The
 * first that succeeds ends the holdoff, so that no query waits for its whole time, nor fails long after the server is back.
 */
export class ReturnProbes {
  readonly #deps: ReturnProbesDeps;
  readonly #looks = new Map<string, Look>();

  /** @param deps - what they need */
  constructor(deps: ReturnProbesDeps) {
    this.#deps = deps;
  }

  /** A query has failed there, or fails at once. */
  want(place: HeldPlace): void {
    const known = this.#looks.get(place.key);
    if (known !== undefined) known.wanted = true;
    else if (this.#looks.size < MAX_LOOKED_FOR) this.#begin(place);
  }

  #begin(place: HeldPlace): void {
    const look = { wanted: false };
    this.#looks.set(place.key, look);
    this.#deps.clock.after(LOOK_MS, () => void this.#probe(place, look));
  }

  async #probe(place: HeldPlace, look: Look): Promise<void> {
    const { clock, holdoffs } = this.#deps;
    look.wanted = false;
    const isBack = holdoffs.standing(place.key, clock.now()) !== 'proven' && (await this.#succeeds(place));
    this.#looks.delete(place.key);
    if (isBack) holdoffs.proven(place.key, clock.now());
    else if (look.wanted) this.#begin(place);
  }

  async #succeeds(place: HeldPlace): Promise<boolean> {
    try {
      return await this.#deps.probe(place);
    } catch {
      // The guard, rules or a bound of ours: the next query tries for itself when its holdoff is over.
      return false;
    }
  }
}
