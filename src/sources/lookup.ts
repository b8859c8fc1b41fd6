/** What a look-up has found. */
export interface LookupAnswer {
  /** The data of each record as it is on the wire, names in it uncompressed; empty where there is none (NODATA, NXDOMAIN). */
  readonly records: readonly Uint8Array[];
  /** How long that holds, in seconds. */
  readonly ttl: number;
  /** Whether it was validated by DNSSEC, and found secure. */
  readonly secure: boolean;
}

/**
 * Looks up records with the host's own resolver, aliases (CNAME) followed, in class IN. It rejects where there is no answer
 * to be had: SERVFAIL, bogus data, a timeout.
 *
 * It is called behind the queries' back, for the servers' own names: what the resolver asks for that is a contact like any
 * other, which waits for nothing here, so that it cannot bite its own tail.
 */
export type Lookup = (
  name: string,
  type: 'SVCB' | 'A' | 'AAAA',
  options: { readonly signal: AbortSignal },
) => Promise<LookupAnswer>;
