import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** How many octets a TLS session has read so far. */
export interface OctetsRead {
  /** With all that TLS itself is made of: records, tickets, changes of keys; those of the handshake too. */
  all(): number;
  /** Of data alone. */
  data(): number;
}

/** What counts the octets that it has read. */
interface Counting {
  readonly bytesRead: number;
}

/**
 * The counters of a TLS session. Node tells JavaScript nothing of records that carry no data; what is below TLS counts their
 * octets: a host's own socket, or Node's inner handle of the stream, which no documented name leads to. A `net.Socket` of our
 * own under TLS would be documented, and costs each opening a second socket with its listeners. So the handle is asked, with
 * care, and where there is none nothing is counted: on Bun and Deno, where another library than OpenSSL reads the records.
 *
 * @param socket - TLS, which stands
 * @param raw - what carries it, where that is not a connection of its own
 * @returns `undefined` where nothing counts
 */
export function octetsRead(socket: TLSSocket, raw: Duplex | undefined): OctetsRead | undefined {
  const inner = (socket as { _handle?: { _parent?: unknown } | null })._handle?._parent;
  const below = [raw, inner].find(counts);
  return below === undefined ? undefined : { all: () => below.bytesRead, data: () => socket.bytesRead };
}

function counts(stream: unknown): stream is Counting {
  return typeof (stream as Partial<Counting> | null | undefined)?.bytesRead === 'number';
}
