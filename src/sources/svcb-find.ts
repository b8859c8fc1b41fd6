import type { ClaimedEndpoint } from '../contact/claim.js';
import { BlockReader } from '../wire/records.js';
import { readSvcb, SVC_PARAM, type SvcbRecord } from '../wire/svcb.js';
import type { Lookup, LookupAnswer } from './source.js';

/** The endpoints that were found, and how far they can be trusted. */
export interface Found {
  /** Best first. */
  readonly endpoints: readonly ClaimedEndpoint[];
  /** How long that holds, in milliseconds: the shortest of all TTLs that led there. */
  readonly ttlMs: number;
  /** Whether all of it was validated by DNSSEC: one policy for the record and the addresses that it leads to. */
  readonly secure: boolean;
}

/** How to look for endpoints. */
export interface FindOptions {
  readonly lookup: Lookup;
  /** The ports to which we connect. */
  readonly ports: readonly number[];
  /** The name of the contact's own server: a record that leads to it needs no address. */
  readonly own: string | undefined;
  /** Whether a record may lead to a name. */
  isTarget(name: string): boolean;
  /** In [0,1). */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** How far aliases are followed (RFC 9460 section 2.4.2 asks for a bound). */
const MAX_ALIASES = 8;
const MAX_RECORDS = 32;
const MAX_ENDPOINTS = 8;
/** Names whose addresses are looked up: a set of records must not make us look up hundreds. */
const MAX_TARGETS = 4;

/**
 * Finds where a service can be asked over DoT, by its SVCB records.
 *
 * @param asked - their owner name: `_dns.ns1.example.net.`
 * @param options - how to look
 * @throws rejects where a look-up of SVCB records does, or one of the addresses that signed records lead to
 */
export async function findEndpoints(asked: string, options: FindOptions): Promise<Found> {
  const { ports, own, random } = options;
  const { records, owner, ttlMs, secure } = await resolve(asked, options);
  const found = { endpoints: [] as ClaimedEndpoint[], ttlMs, secure };
  let targets = 0;
  for (const offer of offersOf(records, ports, random)) {
    if (found.endpoints.length >= MAX_ENDPOINTS) break;
    const target = offer.target === '.' ? owner : offer.target;
    if (target === own) found.endpoints.push({ transport: 'dot', port: offer.port });
    else if (options.isTarget(target) && targets++ < MAX_TARGETS) await addTarget(found, target, offer, options);
  }
  return found;
}

/** Records in ServiceMode, and the facts of the aliases that led to them. */
interface Resolved {
  readonly records: readonly SvcbRecord[];
  readonly owner: string;
  readonly ttlMs: number;
  readonly secure: boolean;
}

/** Follows aliases; where they end, loop or are too many, there are no records (RFC 9460 section 2.4.2). */
async function resolve(asked: string, { lookup, signal }: FindOptions): Promise<Resolved> {
  let ttlMs = Number.POSITIVE_INFINITY;
  let secure = true;
  let owner = asked;
  const seen = new Set<string>();
  while (seen.size <= MAX_ALIASES && !seen.has(owner)) {
    seen.add(owner);
    const answer = checked(await lookup(owner, 'SVCB', { signal }));
    ttlMs = Math.min(ttlMs, answer.ttl * 1_000);
    secure &&= answer.secure;
    const records = answer.records.slice(0, MAX_RECORDS).flatMap((data) => readSvcb(data) ?? 'malformed');
    const sound = records.filter((record) => record !== 'malformed');
    // One malformed record makes all invalid (RFC 9460 section 2.2).
    if (sound.length < records.length) break;
    const alias = sound.find(({ priority }) => priority === 0);
    if (alias === undefined) return { records: sound, owner, ttlMs, secure };
    // There is no such service (RFC 9460 section 2.5.1).
    if (alias.target === '.') break;
    owner = alias.target;
  }
  return { records: [], owner, ttlMs, secure };
}

/** Adds the addresses of another name; the record's hints serve where there are none. */
async function addTarget(
  found: { endpoints: ClaimedEndpoint[]; ttlMs: number; secure: boolean },
  target: string,
  { port, hints }: Offer,
  { lookup, signal }: FindOptions,
): Promise<void> {
  const addresses: string[] = [];
  let failure: { readonly error: unknown } | undefined;
  for (const type of ['AAAA', 'A'] as const) {
    const answer = await lookup(target, type, { signal }).then(checked, (error: unknown) => ({ error }));
    signal.throwIfAborted();
    if ('error' in answer) failure = answer;
    if ('error' in answer || answer.records.length === 0) continue;
    found.ttlMs = Math.min(found.ttlMs, answer.ttl * 1_000);
    found.secure &&= answer.secure;
    addresses.push(...answer.records.flatMap((data) => addressOf(data) ?? []));
  }
  // A failure is not an absence: an attacker who drops an answer must not make signed records unsigned (RFC 9460 section 3.1).
  if (addresses.length === 0 && found.secure && failure !== undefined) throw failure.error;
  if (addresses.length === 0) found.secure = false;
  for (const address of addresses.length > 0 ? addresses : hints) {
    if (found.endpoints.length >= MAX_ENDPOINTS) return;
    found.endpoints.push({ transport: 'dot', address, port });
  }
}

/** Checks the answer of a host's look-up, which may be anything. */
function checked(answer: LookupAnswer): LookupAnswer {
  const { records, ttl, secure } = Object(answer) as Partial<LookupAnswer>;
  const isSound = Array.isArray(records) && records.every((data) => data instanceof Uint8Array);
  if (!isSound || typeof ttl !== 'number' || !(ttl >= 0)) throw new TypeError('that is no answer of a look-up');
  return { records, ttl, secure: secure === true };
}

function addressOf(data: Uint8Array): string | undefined {
  const { length } = data;
  return length === 4 || length === 16 ? new BlockReader(data).address(length) : undefined;
}

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
