import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { testCertificates } from './certificate.js';
import type { Fault } from './faults.js';
import { APPLICATION_DATA, CIPHER, RecordSealer, RecordTap } from './tls-records.js';

/** Faults that send records which carry no data, or next to none. */
export type RecordFault = 'key-update-flood' | 'empty-records';

/** Whether a fault is one of those. */
export function isRecordFault(fault: Fault): fault is RecordFault {
  return fault === 'key-update-flood' || fault === 'empty-records';
}

/** Records that are written at once, of which so many but one are empty: OpenSSL ends a session at the 33rd in a row. */
const BATCH = 32;

/** An octet of a message that is never complete. */
const OCTET = Buffer.from([0xff]);
const EMPTY = Buffer.alloc(0);

let context: SecureContext | undefined;

/** The server's side of a session of TLS 1.3, whose records can be followed by others of our own. */
export class RecordFlood {
  /** What the client says, and what is said to it, decrypted. */
  readonly stream: TLSSocket;
  readonly #socket: Socket;
  #secret: Buffer | undefined;
  /** Records that were sealed with it. */
  #sealed = 0;
  #finished = false;

  /**
   * @param socket - the connection, from which nothing has been read
   */
  constructor(socket: Socket) {
    this.#socket = socket;
    const incoming = new RecordTap((type) => {
      // The client's first: its Finished. What we seal from now on is under the secret of the application's data.
      if (type === APPLICATION_DATA) this.#finished = true;
    });
    const outgoing = new RecordTap((type) => {
      if (this.#finished && type === APPLICATION_DATA) this.#sealed++;
    });
    outgoing.pipe(socket);
    context ??= createSecureContext({ ...testCertificates.good, ciphers: CIPHER, minVersion: 'TLSv1.3' });
    const records = Duplex.from({ readable: socket.pipe(incoming), writable: outgoing });
    // A connection that ends in the midst of a record.
    records.on('error', () => socket.destroy());
    this.stream = new TLSSocket(records, {
      isServer: true,
      secureContext: context,
      ALPNProtocols: ['dot'],
    });
    this.stream.on('keylog', (line: Buffer) => {
      const [label, , secret = ''] = line.toString('latin1').trim().split(' ');
      if (label === 'SERVER_TRAFFIC_SECRET_0') this.#secret = Buffer.from(secret, 'hex');
    });
    socket.on('close', () => this.stream.destroy());
  }

  /**
   * Sends records without end, as fast as the client reads them, behind what was written.
   *
   * @param fault - which
   * @param sent - called after each
   */
  begin(fault: RecordFault, sent: () => void): void {
    // Called when all before it has passed.
    this.stream.write(EMPTY, () => setImmediate(() => this.#flow(fault, sent)));
  }

  #flow(fault: RecordFault, sent: () => void): void {
    if (this.#secret === undefined) return;
    const sealer = new RecordSealer(this.#secret, this.#sealed);
    const next = (): void => {
      if (this.#socket.destroyed) return;
      const records = Array.from({ length: BATCH }, (_, index) => {
        sent();
        if (fault === 'key-update-flood') return sealer.keyUpdate();
        return sealer.seal(APPLICATION_DATA, index === 0 ? OCTET : EMPTY);
      });
      if (this.#socket.write(Buffer.concat(records))) setImmediate(next);
      else this.#socket.once('drain', next);
    };
    next();
  }
}
