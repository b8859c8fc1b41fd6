import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Clock } from '../../src/common/clock.js';
import { testCertificates } from '../../src/testing/index.js';
import type { Act } from './staged-server.js';

/** The content types of TLS records (RFC 8446 section 5.1). */
const ALERT = 21;
const HANDSHAKE = 22;

/** A TLS record in clear, as before the handshake is over. */
function record(type: number, body: Uint8Array, length: number = body.length): Buffer {
  return Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 255]), body]);
}

/** Runs something after so many turns of the event loop, in which the client learns that it is connected. */
function turnsLater(turns: number, run: () => void): void {
  if (turns === 0) run();
  else setImmediate(() => turnsLater(turns - 1, run));
}

/** Does something to a connection before a word was said. */
function atOnce(what: (socket: Socket) => void): () => Act {
  return () => ({ tcp: (socket) => turnsLater(5, () => what(socket)) });
}

/** Closes, or resets, a connection before a word was said. */
export const closesAtOnce: () => Act = atOnce((socket) => socket.end());
export const resetsAtOnce: () => Act = atOnce((socket) => socket.resetAndDestroy());

/** Speaks first. */
export function greets(text: string): () => Act {
  return () => ({
    tcp: (socket) => {
      socket.write(text);
      socket.resume();
    },
  });
}

/** Answers a ClientHello with octets, and closes or says no more. */
export function replies(octets: Uint8Array, closes = false): () => Act {
  return () => ({
    tcp: (socket) => {
      socket.once('data', () => {
        socket.write(octets);
        if (closes) socket.end();
      });
    },
  });
}

/** Answers a ClientHello with an alert (RFC 8446 section 6) and closes. */
export function alerts(description: number, level: 1 | 2 = 2): () => Act {
  return replies(record(ALERT, Buffer.from([level, description])), true);
}

/** Half of a ServerHello: its record announces 122 octets. */
const HALF_HELLO = record(HANDSHAKE, Buffer.from([2, 0, 0, 118, 3, 3, ...new Array<number>(20).fill(7)]), 122);

export const halfHello: () => Act = replies(HALF_HELLO);
export const halfHelloAndClose: () => Act = replies(HALF_HELLO, true);
export const garbage: () => Act = replies(
  Buffer.from(Array.from({ length: 64 }, (_, index) => (index * 89 + 7) & 255)),
);
export const zeros: () => Act = replies(Buffer.alloc(16_384));
export const oversizeRecord: () => Act = replies(record(HANDSHAKE, Buffer.alloc(65_535)));
export const nonsenseRecord: () => Act = replies(record(HANDSHAKE, Buffer.alloc(64, 0xaa)));
export const emptyRecords: () => Act = replies(
  Buffer.concat(new Array<Buffer>(64).fill(record(HANDSHAKE, Buffer.alloc(0)))),
);

/** What TLS writes, held back. */
function holding(socket: Socket, hold: (chunk: Buffer, let_: (octets: Buffer) => void) => void): Duplex {
  const through = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _, done) => {
      hold(chunk, (octets) => {
        if (socket.writable) socket.write(octets);
      });
      done();
    },
    final: (done) => {
      socket.end();
      done();
    },
  });
  socket.on('data', (chunk) => through.push(chunk));
  socket.on('close', () => through.destroy());
  through.on('error', () => socket.destroy());
  return through;
}

/** Sends its part of the handshake octet by octet. */
export function drips(everyMs: number): (clock: Clock) => Act {
  return (clock) => ({
    between: (socket) => {
      const left: number[] = [];
      let running = false;
      return holding(socket, (chunk, release) => {
        left.push(...chunk);
        const drip = (): void => {
          const octet = left.shift();
          running = octet !== undefined && !socket.destroyed;
          if (octet === undefined || socket.destroyed) return;
          release(Buffer.from([octet]));
          clock.after(everyMs, drip);
        };
        if (!running) drip();
      });
    },
  });
}

/** Is slow with each piece of its part of the handshake and of what follows. */
export function lags(ms: number): (clock: Clock) => Act {
  return (clock) => ({
    between: (socket) => holding(socket, (chunk, release) => void clock.after(ms, () => release(chunk))),
  });
}

export const tls11: () => Act = () => ({
  tls: { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
});

/** TLS 1.2 with RSA key exchange and CBC only. */
export const noSharedCipher: () => Act = () => ({
  tls: { ...testCertificates.rsa, maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA' },
});

/** Knows no group but secp521r1. */
export const noSharedGroup: () => Act = () => ({ tls: { ecdhCurve: 'P-521' } });

/** Wants to know who we are. */
export const wantsClientCertificate: () => Act = () => ({ tls: { requestCert: true, rejectUnauthorized: true } });

/** Asks, and goes on without. */
export const asksClientCertificate: () => Act = () => ({ tls: { requestCert: true, rejectUnauthorized: false } });
