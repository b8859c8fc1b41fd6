import { tryParseAddress } from 'dotscout/state';
import { type AddressRange, addressesOf, MAX_RANGE, parsePrefix } from './prefix.js';

/** Addresses that can be probed. */
export interface AddressTarget extends AddressRange {
  /** Their DoT port, where one was given. */
  readonly port: number | undefined;
}

/** A name that leads to addresses. */
export interface NameTarget {
  /** In lower case, without the final dot. */
  readonly name: string;
  /** Whether a server is meant: it was given with a port, as `@NAME` or as `tls://NAME`. Otherwise it may be a zone's name. */
  readonly isServer: boolean;
  /** The DoT port, where one was given. */
  readonly port: number | undefined;
}

/** What can be probed. */
export type Target = AddressTarget | NameTarget;

/** Letters, digits and hyphens, as names of hosts have them, and underscores, which some name servers have. */
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i;
const MAX_NAME = 253;
const MAX_PORT = 65_535;
/** Nobody speaks DoT there: `192.0.2.53#53` is how a log tells of a server. */
const DO53_PORT = 53;

/**
 * Reads a target as people write it: `192.0.2.53`, `192.0.2.53:853`, `[2001:db8::53]:853`, `192.0.2.53@853`, `192.0.2.53#853`,
 * `@192.0.2.53`, `tls://192.0.2.53`, the same with a name in place of the address, `192.0.2.0/24`, or `1,example.org` as lists of
 * domains have it.
 *
 * @param text - as it was given
 * @returns `undefined` where it is nothing of the kind
 */
export function parseTarget(text: string): Target | undefined {
  const [, ranked] = /^\d{1,10},(.+)$/.exec(text) ?? [];
  if (ranked !== undefined) return nameTarget(ranked, false, undefined);
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return { ...prefix, port: undefined };
  const [, server] = /^(?:@|tls:\/\/)(.+)$/i.exec(text) ?? [];
  const { host, port: given } = splitPort(server ?? text);
  if (given !== undefined && (given < 1 || given > MAX_PORT)) return undefined;
  const port = given === DO53_PORT ? undefined : given;
  const first = tryParseAddress(host);
  if (first !== undefined) return { first, count: 1, port };
  return nameTarget(host, server !== undefined || given !== undefined, port);
}

/**
 * Why {@link parseTarget} gave nothing.
 *
 * @param text - what it was given
 */
export function noTarget(text: string): string {
  const isPrefix = /^[\da-f.:]+\/\d{1,3}$/i.test(text);
  return isPrefix ? `neither an address nor a prefix of at most ${MAX_RANGE} of them` : 'neither an address nor a name';
}

/**
 * Takes the comment from a line: a `#` at its beginning or behind a blank, and all that follows. `192.0.2.53#853` has none.
 *
 * @param line - of a file
 */
export function withoutComment(line: string): string {
  return line.replace(/(?:^|\s+)#.*$/, '');
}

/**
 * Whether a record of an earlier run is of this target.
 *
 * @param target - what stands in the input
 * @param known - the name or address of the record
 */
export function isOfTarget(target: Target | undefined, known: string): boolean {
  if (target === undefined) return false;
  if ('name' in target) return target.name === known;
  return [...addressesOf(target)].some(({ text }) => text === known);
}

function splitPort(text: string): { readonly host: string; readonly port: number | undefined } {
  // What is an address as a whole has no port: 2001:db8::853.
  if (tryParseAddress(text) !== undefined) return { host: text, port: undefined };
  const patterns = [/^\[([\da-f:.]+)\](?:[:@#](\d{1,5}))?$/i, /^([^@#]+)[@#](\d{1,5})$/, /^([^:]+):(\d{1,5})$/];
  for (const pattern of patterns) {
    const [, host, port] = pattern.exec(text) ?? [];
    if (host !== undefined) return { host, port: port === undefined ? undefined : Number(port) };
  }
  return { host: text, port: undefined };
}

function nameTarget(text: string, isServer: boolean, port: number | undefined): NameTarget | undefined {
  const name = (text.endsWith('.') ? text.slice(0, -1) : text).toLowerCase();
  const labels = name.split('.');
  // `192.0.2.300` is a slip, no name (RFC 1123 section 2.1: the highest label is alphabetic).
  const isName =
    name.length <= MAX_NAME && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
  return isName ? { name, isServer, port } : undefined;
}
