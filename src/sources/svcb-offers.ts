import { SVC_PARAM, type SvcbRecord } from '../wire/svcb.js';

/** A way to ask a server over DoT, as a record offers it. */
export interface Offer {
  /** Whose addresses; lower case with a final dot, `.` for the record's owner. */
  readonly target: string;
  /** The port. */
  readonly port: number;
  /** The addresses that the record hints at, IPv6 first; they may be out of date. */
  readonly hints: readonly string[];
}

/** The DoT port (RFC 9461 section 4.2). */
export const DOT_PORT = 853;

/** The keys that we understand, where a record makes them mandatory (RFC 9460 section 8). */
const UNDERSTOOD: ReadonlySet<number> = new Set([
  SVC_PARAM.alpn,
  SVC_PARAM.noDefaultAlpn,
  SVC_PARAM.port,
  SVC_PARAM.ipv4Hint,
  SVC_PARAM.ipv6Hint,
  SVC_PARAM.dohPath,
]);

/**
 * The offers of records in ServiceMode to a client that speaks DoT, in order of their priority, equals shuffled (RFC 9460
 * section 2.4.1). A record is passed over that makes an unknown key mandatory, names no protocol (RFC 9461 section 4.1: there is
 * no default) or not ours, or names a port to which we do not connect, which is mandatory by itself (RFC 9461 section 4.2).
 *
 * @param records - of one RRset
 * @param ports - the ports to which we connect
 * @param random - in [0,1)
 */
export function offersOf(records: readonly SvcbRecord[], ports: readonly number[], random: () => number): Offer[] {
  return shuffled(records, random)
    .filter(({ priority, mandatory }) => priority > 0 && mandatory.every((key) => UNDERSTOOD.has(key)))
    .filter(({ alpn, port = DOT_PORT }) => alpn?.includes('dot') === true && ports.includes(port))
    .sort((one, other) => one.priority - other.priority)
    .map(({ target, port = DOT_PORT, ipv4Hint, ipv6Hint }) => ({ target, port, hints: [...ipv6Hint, ...ipv4Hint] }));
}

function shuffled<T>(list: readonly T[], random: () => number): T[] {
  const keyed = list.map((value) => ({ value, at: random() }));
  return keyed.sort((one, other) => one.at - other.at).map(({ value }) => value);
}
