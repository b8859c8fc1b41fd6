import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { answerTo, frame } from './answers.js';
import type { Fault, TcpFault } from './faults.js';
import { FrameReader } from './framing.js';
import type { OpenRecord } from './journal.js';
import { parseQuery } from './query.js';

/** The octets of a TLS record's header. */
const RECORD_HEADER = 5;
const HANDSHAKE = 22;
const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n';

/** What each fault does with the octets that come; the first call has the first of them. */
export const REACTIONS: Readonly<Record<TcpFault, (socket: Socket, record: OpenRecord) => (chunk: Buffer) => void>> = {
  // A connection that came before the port was closed.
  closed: resets,
  'black-hole': () => () => {},
  'tcp-mute': () => () => {},
  'tcp-close': (socket, record) => () => {
    record.closedBy ??= 'server';
    socket.end();
  },
  'tcp-reset': resets,
  'plain-dns': (socket) => {
    const reader = new FrameReader();
    return (chunk) => {
      for (const message of reader.push(chunk)) {
        const query = parseQuery(message);
        if (query !== undefined) socket.write(frame(answerTo(query)));
      }
    };
  },
  http: (socket, record) => () => {
    record.closedBy ??= 'server';
    socket.end(BAD_REQUEST);
  },
  smtp: (socket) => {
    socket.write('220 mail.test ESMTP\r\n');
    return () => socket.write('500 5.5.2 unrecognized command\r\n');
  },
};

function resets(socket: Socket, record: OpenRecord): () => void {
  return () => {
    record.closedBy ??= 'server';
    resetConnection(socket, undefined);
  };
}

/**
 * Ends a connection by RST. One whose end is under way is closed instead: Node cannot reset it any more, and would hold it for good.
 *
 * @param socket - the connection
 * @param session - what is spoken over it, where that is not the connection itself: its end is the connection's
 */
export function resetConnection(socket: Socket, session: Duplex | undefined): void {
  if (socket.writableEnded || session?.writableEnded === true) socket.destroy();
  else socket.resetAndDestroy();
}

/** Whether a fault shows before TLS begins. */
export function isTcpFault(fault: Fault): fault is TcpFault {
  return Object.hasOwn(REACTIONS, fault);
}

/** Lets a connection meet a fault that shows before TLS. */
export function behaveBelowTls(socket: Socket, fault: TcpFault, record: OpenRecord): void {
  const react = REACTIONS[fault](socket, record);
  socket.on('data', (chunk) => {
    if (record.firstBytes.length === 0) record.firstBytes = chunk;
    if (socket.writable) react(chunk);
  });
}

/**
 * Reads the first TLS record of a connection, notes it and puts it back, so that a TLS server can be given the socket
 * as if it were fresh.
 */
export function readFirstRecord(socket: Socket, record: OpenRecord, then: () => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  socket.on('data', function read(chunk: Buffer) {
    bytes = Buffer.concat([bytes, chunk]);
    record.firstBytes = bytes;
    const whole = bytes.length >= RECORD_HEADER && bytes.length >= RECORD_HEADER + bytes.readUInt16BE(3);
    if (bytes[0] === HANDSHAKE && !whole) return;
    socket.off('data', read);
    socket.pause();
    socket.unshift(bytes);
    then();
  });
}
