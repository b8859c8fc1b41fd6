/** What a TLS client offered. Numbers are IANA's; GREASE values are left in. */
export interface ClientHello {
  /** The server name, absent where no SNI was sent. */
  readonly sni: string | undefined;
  /** ALPN protocols, in the client's order; empty if the extension was not sent. */
  readonly alpn: readonly string[];
  /** Cipher suites, in the client's order. */
  readonly ciphers: readonly number[];
  /** Named groups, in the client's order. */
  readonly groups: readonly number[];
  /** Protocol versions, for instance 0x0304 for TLS 1.3; the legacy version where the extension was not sent. */
  readonly versions: readonly number[];
  /** Whether a session is offered for resumption by TLS 1.3's `pre_shared_key`. */
  readonly preSharedKey: boolean;
  /** The TLS 1.2 session ticket offered for resumption is this long; 0 for none. */
  readonly ticketLength: number;
}

const EXTENSION = { sni: 0, groups: 10, alpn: 16, ticket: 35, preSharedKey: 41, versions: 43 } as const;
const CLIENT_HELLO = 1;
const HANDSHAKE = 22;

/** Reads big-endian fields one after another; reading past the end throws a RangeError. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(octets: number): number {
    const value = this.#bytes.readUIntBE(this.#at, octets);
    this.#at += octets;
    return value;
  }

  /** The octets of a field that begins with its own length. */
  vector(lengthOctets: number): Buffer {
    return this.take(this.number(lengthOctets));
  }

  take(length: number): Buffer {
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new RangeError('the ClientHello is cut short');
    this.#at += length;
    return bytes;
  }
}

/** The handshake message inside one or more TLS records. */
function unwrapRecords(bytes: Uint8Array): Buffer {
  const records = new Cursor(bytes);
  const parts: Buffer[] = [];
  while (!records.done) {
    if (records.number(1) !== HANDSHAKE) break;
    records.number(2);
    parts.push(records.vector(2));
  }
  return Buffer.concat(parts);
}

function readExtensions(bytes: Buffer): Map<number, Buffer> {
  const cursor = new Cursor(bytes);
  const extensions = new Map<number, Buffer>();
  while (!cursor.done) extensions.set(cursor.number(2), cursor.vector(2));
  return extensions;
}

function numbers(bytes: Buffer): number[] {
  const cursor = new Cursor(bytes);
  const list: number[] = [];
  while (!cursor.done) list.push(cursor.number(2));
  return list;
}

function strings(bytes: Buffer): string[] {
  const cursor = new Cursor(bytes);
  const list: string[] = [];
  while (!cursor.done) list.push(cursor.vector(1).toString('latin1'));
  return list;
}

function serverName(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const list = new Cursor(new Cursor(bytes).vector(2));
  list.number(1);
  return list.vector(2).toString('latin1');
}

/**
 * Reads the first message of a TLS client.
 *
 * @param bytes - the first octets of a connection, as `FaultServer.connections` keeps them
 * @returns what the client offered
 * @throws RangeError if they are no whole ClientHello
 */
export function parseClientHello(bytes: Uint8Array): ClientHello {
  const handshake = new Cursor(unwrapRecords(bytes));
  if (handshake.number(1) !== CLIENT_HELLO) throw new RangeError('not a ClientHello');
  const body = new Cursor(handshake.vector(3));
  const legacyVersion = body.number(2);
  body.take(32);
  body.vector(1);
  const ciphers = numbers(body.vector(2));
  body.vector(1);
  const extensions = body.done ? new Map<number, Buffer>() : readExtensions(body.vector(2));
  const groups = extensions.get(EXTENSION.groups);
  const alpn = extensions.get(EXTENSION.alpn);
  const versions = extensions.get(EXTENSION.versions);
  return {
    sni: serverName(extensions.get(EXTENSION.sni)),
    alpn: alpn === undefined ? [] : strings(new Cursor(alpn).vector(2)),
    ciphers,
    groups: groups === undefined ? [] : numbers(new Cursor(groups).vector(2)),
    versions: versions === undefined ? [legacyVersion] : numbers(new Cursor(versions).vector(1)),
    preSharedKey: extensions.has(EXTENSION.preSharedKey),
    ticketLength: extensions.get(EXTENSION.ticket)?.length ?? 0,
  };
}
