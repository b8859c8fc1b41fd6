import { canonicalText, readAddress } from '../state/address/address.js';
import { type InvalidInputCode, InvalidInputError } from '../state/invalid-input.js';
import { isMisspelt, type Names } from '../state/known-names.js';
import { type Endpoint, endpointKey } from '../state/model.js';
import { canonicalZone, tryCanonicalZone } from '../wire/names.js';

/**
 * A server, with its parts named; `host` is taken for `address`, as DNS clients call it. An object of the host's own may have
 * other parts as well, but none whose name is all but one of these: that is refused as a misspelt one.
 */
export interface ServerObject {
  /** An IP address; never a name. */
  readonly address?: string | undefined;
  /** The same as `address`. */
  readonly host?: string | undefined;
  /** The Do53 port, 53 by default. 853 means DoT and nothing else, without fallback. */
  readonly port?: number | undefined;
  /**
   * The DoT port, 853 by default; needed where `port` is neither 53 nor 853, or the server is never probed. Never
   * the same as `port`, but where both are 853.
   */
  readonly dotPort?: number | undefined;
  /** Our own address to send from, of the same family; each has states of its own (RFC 9539 section 4.5). */
  readonly localAddress?: string | undefined;
  /** The zone that this contact is about, as a domain name in presentation format. Says nothing about the server. */
  readonly zone?: string | undefined;
  /** The name server name that led here, as a domain name in presentation format; rules may go by it. */
  readonly nameserver?: string | undefined;
}

/**
 * What a host asks about: `"192.0.2.1"`, `"192.0.2.1:5353"`, `"2001:db8::1"`, `"[2001:db8::1]:53"`, `"fe80::1%eth0"`, or
 * an object.
 */
export type ServerRef = string | ServerObject;

/** A server in its canonical form, with the endpoints that it points to. */
export interface ResolvedServer {
  /** The canonical address. */
  readonly address: string;
  /** The Do53 port; 853 where DoT and nothing else is spoken. */
  readonly port: number;
  /** Our own address to send from, where one was named. */
  readonly localAddress?: string | undefined;
  /** The zone of this contact, lower case with a final dot. */
  readonly zone?: string | undefined;
  /** The name server name of this contact. */
  readonly nameserver?: string | undefined;
  /** Where its DoT may be; `undefined` if that cannot be known (a Do53 port of its own and no DoT port). */
  readonly dot: Endpoint | undefined;
  /** Where its Do53 is; `undefined` on port 853, where clear text is never sent (RFC 7858 section 3.1). */
  readonly clear: Endpoint | undefined;
}

const NAMES: Names<ServerObject> = {
  address: true,
  host: true,
  port: true,
  dotPort: true,
  localAddress: true,
  zone: true,
  nameserver: true,
};
const DO53_PORT = 53;
const DOT_PORT = 853;
const PORT = 'a whole number from 1 to 65535';
const SERVER = 'an IP address, "address:port", "[address]:port", or an object with an address';

/**
 * Reads a server reference.
 *
 * @param ref - as a host gave it
 * @throws {@link InvalidInputError} `INVALID_SERVER`, `INVALID_ADDRESS`, `INVALID_PORT` or `INVALID_ZONE`
 */
export function resolveServer(ref: ServerRef): ResolvedServer {
  const given = typeof ref === 'string' ? parseText(ref) : ref;
  if (typeof given !== 'object' || given === null) throw new InvalidInputError('INVALID_SERVER', ref, SERVER);
  for (const name in given) if (!met.has(name) && Object.hasOwn(given, name)) checkForeign(name);
  const { address, port, localAddress, dot, clear } = placeOf(given);
  const zone = given.zone === undefined ? undefined : canonicalZone(given.zone);
  const { nameserver } = given;
  checkNameserver('INVALID_SERVER', nameserver);
  return { address, port, localAddress, zone, nameserver, dot, clear };
}

const KNOWN: readonly string[] = Object.keys(NAMES);
/** Ours, and names of hosts' own that were met and are no misspelt ones; begun anew when there are too many. */
let met = new Set(KNOWN);
const MAX_MET = 100;

function checkForeign(name: string): void {
  const meant = KNOWN.find((known) => isMisspelt(name, known));
  if (meant !== undefined) throw new InvalidInputError('INVALID_SERVER', name, meant);
  if (met.size >= MAX_MET) met = new Set(KNOWN);
  met.add(name);
}

/** A server without what one contact is about, and what the host had given for it. */
interface Place extends Pick<ResolvedServer, 'address' | 'port' | 'localAddress' | 'dot' | 'clear'> {
  readonly given: Pick<ServerObject, 'port' | 'dotPort' | 'localAddress'>;
}

/**
 * The latest places, by the text of their address: a busy server is asked about at every query, and its endpoints, with
 * keys whose hash is known, cost more to make than all else of a decision. Another is begun when it is full: a map that is
 * cleared goes on from its old table, by which V8's young collections keep all that was ever in it.
 */
let places = new Map<string, Place>();
const MAX_PLACES = 1_024;

function placeOf(given: ServerObject): Place {
  const text = given.address ?? given.host;
  const known = typeof text === 'string' ? places.get(text) : undefined;
  if (known !== undefined && isSame(known.given, given)) return known;
  const address = parseIp(text === undefined ? given : text);
  const localAddress = given.localAddress === undefined ? undefined : parseLocal(given.localAddress, address);
  const port = checkPort(given.port ?? DO53_PORT);
  const dotPort = given.dotPort === undefined ? defaultDotPort(port) : checkDotPort(given.dotPort, port);
  const dot = dotPort === undefined ? undefined : endpoint(address, dotPort, 'dot', localAddress);
  const clear = port === DOT_PORT ? undefined : endpoint(address, port, 'do53', localAddress);
  const asked = { port: given.port, dotPort: given.dotPort, localAddress: given.localAddress };
  const place = { address, port, localAddress, dot, clear, given: asked };
  if (places.size >= MAX_PLACES) places = new Map();
  if (typeof text === 'string') places.set(text, place);
  return place;
}

function isSame(one: Place['given'], other: ServerObject): boolean {
  return one.port === other.port && one.dotPort === other.dotPort && one.localAddress === other.localAddress;
}

function parseText(text: string): ServerObject {
  if (places.has(text) || readAddress(text)) return { address: text };
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) return withPort(text, bracketed[1] ?? '', bracketed[2]);
  const [head = '', port, ...more] = text.split(':');
  // One colon separates an IPv4 address from its port; more of them are IPv6.
  return port === undefined || more.length > 0 ? { address: text } : withPort(text, head, port);
}

function withPort(text: string, address: string, port: string | undefined): ServerObject {
  if (port === undefined) return { address };
  if (!/^\d{1,5}$/.test(port)) throw new InvalidInputError('INVALID_PORT', text, `${PORT} behind the colon`);
  return { address, port: Number(port) };
}

function parseIp(text: unknown): string {
  const address = canonicalText(text);
  if (address === undefined) throw new InvalidInputError('INVALID_ADDRESS', text, 'an IPv4 or IPv6 address');
  return address;
}

function parseLocal(text: unknown, address: string): string {
  const local = parseIp(text);
  if (local.includes(':') === address.includes(':')) return local;
  const family = address.includes(':') ? 6 : 4;
  throw new InvalidInputError('INVALID_ADDRESS', text, `an IPv${family} address of ours, as the server's is`);
}

function checkPort(port: unknown): number {
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidInputError('INVALID_PORT', port, PORT);
  }
  return port;
}

/** No clear text where DoT is, and no DoT where clear text is. */
function checkDotPort(given: unknown, port: number): number {
  const dotPort = checkPort(given);
  if (dotPort === DO53_PORT) throw new InvalidInputError('INVALID_PORT', dotPort, 'a DoT port other than 53');
  if (port === DOT_PORT && dotPort !== DOT_PORT)
    throw new InvalidInputError('INVALID_PORT', dotPort, 'no DoT port beside port 853, which means DoT itself');
  if (port !== DOT_PORT && dotPort === port)
    throw new InvalidInputError('INVALID_PORT', dotPort, 'a DoT port other than the Do53 port');
  return dotPort;
}

/** On a port of its own, nothing says that port 853 of that address belongs to the same server. */
function defaultDotPort(port: number): number | undefined {
  return port === DO53_PORT || port === DOT_PORT ? DOT_PORT : undefined;
}

/**
 * Checks a name server's name. One that is none would be taken for no name at all, and no rule for name servers would hold.
 *
 * @param code - of the error
 * @param name - as a host gave it; `undefined` for none
 */
export function checkNameserver(code: InvalidInputCode, name: unknown): void {
  if (name === undefined || tryCanonicalZone(name) !== undefined) return;
  throw new InvalidInputError(
    code,
    name,
    "a name server's name: a domain name, other octets than printable ASCII as \\DDD",
  );
}

function endpoint(address: string, port: number, transport: string, localAddress: string | undefined): Endpoint {
  const key = endpointKey({ address, port, transport, localAddress });
  // Many decisions carry it; a host that writes into one must not move the others.
  return Object.freeze({ key, address, port, transport, localAddress });
}
