import { connect, type Socket } from 'node:net';
import type { Connect } from '../../src/transport/tls/tls.js';

/** Looks at the octets of an exchange's connections. */
export interface Wiretap {
  /** For `DotExchangeOptions.connect`. */
  readonly connect: Connect;
  /** The connections, in the order of their opening. */
  readonly sockets: readonly Socket[];
  /** The most octets that any of them has read so far. */
  mostRead(): number;
}

/** A wiretap. */
export function wiretap(): Wiretap {
  const sockets: Socket[] = [];
  return {
    sockets,
    connect({ address: host, port }) {
      const socket = connect({ host, port, noDelay: true });
      sockets.push(socket);
      return socket;
    },
    mostRead: () => Math.max(0, ...sockets.map(({ bytesRead }) => bytesRead)),
  };
}
