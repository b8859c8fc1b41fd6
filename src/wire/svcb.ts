import { BlockReader } from './records.js';

/**
 * A SVCB record's data (RFC 9460 section 2.2), which is that of HTTPS as well. Only the parameters that a DNS
 * client uses are read; the others are known by their number.
 */
export interface SvcbRecord {
  /** 0 means AliasMode; of others the lower goes first. */
  readonly priority: number;
  /** Lower case with a final dot; `.` is the owner itself in ServiceMode, and nothing at all in AliasMode. */
  readonly target: string;
  /** The keys of all its parameters, in ascending order; empty in AliasMode, where they mean nothing. */
  readonly keys: readonly number[];
  /** Keys that a client has to understand before it may use the record. */
  readonly mandatory: readonly number[];
  /** Protocols, each as Latin-1 text of its octets; `undefined` where none are named. */
  readonly alpn: readonly string[] | undefined;
  /** The port; `undefined` for the protocol's own. */
  readonly port: number | undefined;
  /** Addresses of the target, which may be out of date. */
  readonly ipv4Hint: readonly string[];
  /** The same. */
  readonly ipv6Hint: readonly string[];
  /** The URI template of DNS over HTTPS (RFC 9461 section 5). */
  readonly dohPath: string | undefined;
}

/** The keys of parameters (RFC 9460 section 14.3.2, RFC 9461 section 5). */
export const SVC_PARAM = {
  mandatory: 0,
  alpn: 1,
  noDefaultAlpn: 2,
  port: 3,
  ipv4Hint: 4,
  ech: 5,
  ipv6Hint: 6,
  dohPath: 7,
} as const;

/** Parameters that are accepted in one record; the wire would allow 16,384. */
const MAX_PARAMS = 64;
const ALIAS = 0;

/**
 * Reads a record's data.
 *
 * @param rdata - from the wire, or from the host's look-up
 * @returns `undefined` where it is malformed; the whole RRset must then be ignored (RFC 9460 section 2.2)
 */
export function readSvcb(rdata: Uint8Array): SvcbRecord | undefined {
  const reader = new BlockReader(rdata);
  const priority = reader.u16();
  const target = reader.name();
  if (priority === undefined || target === undefined) return undefined;
  const params = new Map<number, Uint8Array>();
  let last = -1;
  while (!reader.isAtEnd) {
    const key = reader.u16();
    const value = reader.block(reader.u16());
    // Keys come in strictly increasing order, so none comes twice (RFC 9460 section 2.2).
    if (key === undefined || value === undefined || key <= last || params.size === MAX_PARAMS) return undefined;
    params.set(key, value);
    last = key;
  }
  return recordOf(priority, target, params);
}

function recordOf(priority: number, target: string, params: ReadonlyMap<number, Uint8Array>): SvcbRecord | undefined {
  const read = <T>(key: number, reading: (value: Uint8Array) => T | undefined, absent: T): T | undefined => {
    const value = params.get(key);
    return value === undefined ? absent : reading(value);
  };
  const mandatory = read(SVC_PARAM.mandatory, numbers, []);
  const alpn = read<readonly string[] | 'none'>(SVC_PARAM.alpn, texts, 'none');
  const port = read<number | 'none'>(SVC_PARAM.port, number, 'none');
  const ipv4Hint = read(SVC_PARAM.ipv4Hint, (value) => addresses(value, 4), []);
  const ipv6Hint = read(SVC_PARAM.ipv6Hint, (value) => addresses(value, 16), []);
  const isSound =
    mandatory !== undefined &&
    alpn !== undefined &&
    port !== undefined &&
    ipv4Hint !== undefined &&
    ipv6Hint !== undefined &&
    isOfKeys(mandatory, params) &&
    // no-default-alpn has no value (RFC 9460 section 7.1.1).
    (params.get(SVC_PARAM.noDefaultAlpn)?.length ?? 0) === 0;
  if (!isSound) return undefined;
  const isAlias = priority === ALIAS;
  const dohPath = params.get(SVC_PARAM.dohPath);
  return {
    priority,
    target,
    keys: isAlias ? [] : [...params.keys()],
    mandatory: isAlias ? [] : mandatory,
    alpn: isAlias || alpn === 'none' ? undefined : alpn,
    port: isAlias || port === 'none' ? undefined : port,
    ipv4Hint: isAlias ? [] : ipv4Hint,
    ipv6Hint: isAlias ? [] : ipv6Hint,
    dohPath: isAlias || dohPath === undefined ? undefined : Buffer.from(dohPath).toString('utf8'),
  };
}

/** Mandatory keys are in ascending order, each is present, and `mandatory` is not among them (RFC 9460 section 8). */
function isOfKeys(mandatory: readonly number[], params: ReadonlyMap<number, Uint8Array>): boolean {
  return mandatory.every(
    (key, index) => key !== SVC_PARAM.mandatory && params.has(key) && key > (mandatory[index - 1] ?? -1),
  );
}

function numbers(value: Uint8Array): number[] | undefined {
  const reader = new BlockReader(value);
  const found: number[] = [];
  while (!reader.isAtEnd) {
    const one = reader.u16();
    if (one === undefined) return undefined;
    found.push(one);
  }
  return found.length === 0 ? undefined : found;
}

function number(value: Uint8Array): number | undefined {
  return value.length === 2 ? new BlockReader(value).u16() : undefined;
}

/** Each text follows its length octet, and none is empty (RFC 9460 section 7.1.1). */
function texts(value: Uint8Array): string[] | undefined {
  const reader = new BlockReader(value);
  const found: string[] = [];
  while (!reader.isAtEnd) {
    const one = reader.block(reader.u8());
    if (one === undefined || one.length === 0) return undefined;
    found.push(Buffer.from(one).toString('latin1'));
  }
  return found.length === 0 ? undefined : found;
}

function addresses(value: Uint8Array, length: 4 | 16): string[] | undefined {
  if (value.length === 0 || value.length % length !== 0) return undefined;
  const reader = new BlockReader(value);
  const found: string[] = [];
  while (!reader.isAtEnd) found.push(reader.address(length));
  return found;
}
