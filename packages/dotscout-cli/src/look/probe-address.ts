import { createGuard, DotProber, DotscoutError, type ProbeResult, type Prober } from 'dotscout';
import { endpointOf } from './place.js';
import { type ProbeRecord, type RecordKey, recordOf, unprobed } from './record.js';

/** How servers are looked at. */
export interface AddressProberOptions {
  /** Prefixes that the guard would forbid. */
  readonly allow: readonly string[];
  /** The DoT port. */
  readonly port: number;
  /** Where the same server speaks Do53. */
  readonly do53Port: number;
  /** Whose apex is asked for where nothing better is known. */
  readonly zone: string;
  /** For connect, handshake and answer together, in milliseconds. */
  readonly timeoutMs: number;
}

/** What is to be looked at beside the address. */
export interface Look {
  /** The name that led there. */
  readonly name?: string | undefined;
  /** Its DoT port; default the options'. */
  readonly port?: number | undefined;
  /** Whose apex is asked for; default the options'. */
  readonly zone?: string | undefined;
  /** Whether any failure has to be told from a server that is away altogether, by Do53; default silence alone. */
  readonly needsControl?: boolean | undefined;
}

/** What was found. */
export interface Found {
  readonly record: ProbeRecord;
  /** Absent where no probe was made. */
  readonly result?: ProbeResult;
}

/** Looks at servers, one probe each, and keeps nothing open. */
export class AddressProber {
  readonly #prober: Prober;
  readonly #options: AddressProberOptions;

  /**
   * @param options - how
   * @param prober - what probes; default a `DotProber` with the guard that the options ask for
   * @throws `InvalidInputError` `INVALID_PREFIX`
   */
  constructor(options: AddressProberOptions, prober?: Prober) {
    this.#options = options;
    this.#prober = prober ?? new DotProber({ guard: createGuard({ allow: options.allow }) });
  }

  /**
   * Probes an address. Never rejects but for a zone that is none.
   *
   * @param address - in its canonical form
   * @param look - what is special about it
   * @param signal - gives it up, which shows nothing
   */
  async look(address: string, look: Look, signal: AbortSignal): Promise<Found> {
    const { do53Port, timeoutMs } = this.#options;
    const { name = null, port = this.#options.port, zone = this.#options.zone, needsControl } = look;
    const key = { address, port, name };
    // No clear text where DoT may be (RFC 7858 section 3.1).
    const clear = do53Port === port ? undefined : endpointOf(address, do53Port, 'do53');
    const target = { endpoint: endpointOf(address, port, 'dot'), clear, zone, needsControl };
    try {
      const result = await this.#prober.probe(target, { signal, timeoutMs });
      result.session?.close();
      return { record: recordOf(key, result), result };
    } catch (error) {
      if (error instanceof DotscoutError && error.code === 'REFUSED_BY_GUARD')
        return { record: unprobed(key, 'guard') };
      throw error;
    }
  }

  /**
   * What is to be said of a name without an address.
   *
   * @param name - which
   * @param port - the DoT port that was given with it
   */
  unresolved(name: string, port: number = this.#options.port): ProbeRecord {
    const key: RecordKey = { address: null, port, name };
    return unprobed(key, 'unresolved');
  }
}
