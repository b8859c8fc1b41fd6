import {
  createGuard,
  DotProber,
  DotscoutError,
  type Endpoint,
  endpointKey,
  type ProbeResult,
  type Prober,
} from 'dotscout';
import { type ProbeRecord, type RecordKey, recordOf, unprobed } from './record.js';

/** How servers are looked at. */
export interface AddressProberOptions {
  /** Prefixes that the guard would forbid. */
  readonly allow: readonly string[];
  /** The DoT port. */
  readonly port: number;
  /** Where the same server speaks Do53. */
  readonly do53Port: number;
  /** Whose apex is asked for. */
  readonly zone: string;
  /** For connect, handshake and answer together, in milliseconds. */
  readonly timeoutMs: number;
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
   * @param name - the name that led to it
   * @param signal - gives it up, which shows nothing
   */
  async look(address: string, name: string | null, signal: AbortSignal): Promise<Found> {
    const { port, do53Port, zone, timeoutMs } = this.#options;
    const key = { address, port, name };
    const target = { endpoint: endpointOf(address, port, 'dot'), clear: endpointOf(address, do53Port, 'do53'), zone };
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

  /** What is to be said of a name without an address. */
  unresolved(name: string): ProbeRecord {
    const key: RecordKey = { address: null, port: this.#options.port, name };
    return unprobed(key, 'unresolved');
  }
}

function endpointOf(address: string, port: number, transport: string): Endpoint {
  return { key: endpointKey({ address, port, transport }), address, port, transport };
}
