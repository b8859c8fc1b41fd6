import type { Socket } from 'node:net';
import { FrameAhead } from './frame-ahead.js';
import type { InFlight } from './in-flight.js';
import type { SessionQuery } from './session-query.js';
import type { Waiting } from './waiting.js';
import { putU16 } from './wire.js';

/** The largest TLS record (RFC 8446 section 5.1), in octets: more would leave as several. */
const MAX_BATCH = 16_384;

/** What a writer needs of its session. */
export interface WriterContext {
  readonly waiting: Waiting;
  readonly inFlight: InFlight;
  /** The monotonic clock. */
  now(): number;
  /** Runs something when all that has arrived was read. */
  turn(run: () => void): void;
  /** How many more queries may be written now. */
  room(): number;
  /** So many octets of queries are being written. */
  asked(octets: number, now: number): void;
}

/** A message, the id that it is to have on the session, and the query that it is; none for a frame's filler. */
type Addressed = readonly [message: Uint8Array, id: number, query?: SessionQuery];

/**
 * Writes a session's queries. All that wait leave as one write, which is one TLS record, but for the last of them, which
 * leaves in the next write: NSD 4.6 answers the first query of a record and looks at the others only when another record
 * comes. The next write is made when what has arrived meanwhile was read, so that while answers bring new queries there is
 * one write a turn of the event loop, and the last record of all always holds one query. Node merges writes that wait for
 * each other: none begins before the last one's callback.
 */
export class SessionWriter {
  readonly #socket: Socket;
  readonly #context: WriterContext;
  readonly #ahead: FrameAhead;
  #writing = false;
  #planned = false;
  #wantsAhead = false;
  #count = 0;
  /** The query written last. */
  #last: Uint8Array | undefined;

  /**
   * @param socket - where to
   * @param context - the session
   */
  constructor(socket: Socket, context: WriterContext) {
    this.#socket = socket;
    this.#context = context;
    this.#ahead = new FrameAhead(context.inFlight);
  }

  /** How often it has written; tells whether anything was between two looks at it. */
  get count(): number {
    return this.#count;
  }

  /** When a frame was begun that is not complete, on the monotonic clock. */
  get aheadSince(): number | undefined {
    return this.#ahead.since;
  }

  /** Writes what waits when the code that runs now has ended, so that all it sends leaves together. */
  plan(): void {
    if (this.#planned || this.#writing) return;
    this.#planned = true;
    process.nextTick(this.#run);
  }

  /** The same when all that has arrived was read: what that brings about leaves together with what waits. */
  #planAfterTurn(): void {
    this.#planned = true;
    this.#context.turn(this.#run);
  }

  /** Writes what waits, unless the write before has not ended. */
  flush(): void {
    if (this.#writing || this.#socket.destroyed) return;
    const { waiting, inFlight } = this.#context;
    let left = Math.min(waiting.size, this.#context.room());
    if (left <= 0) return;
    const now = this.#context.now();
    const ahead = this.#ahead;
    const batch: Addressed[] = [];
    let size = 0;
    /** Whether something is left that the next write can carry. */
    let tailed = false;
    for (let place = waiting.first; place < waiting.end; place++) {
      const query = waiting.at(place);
      if (query === undefined) continue;
      const { message } = query;
      if (batch.length === 0 && !ahead.fits(query)) {
        const id = ahead.id ?? inFlight.reserve();
        if (id === undefined) return;
        const filler = ahead.filler();
        batch.push([filler, id]);
        size = 2 + filler.length;
      }
      const isFull = left === 1 || size + 2 + message.length > MAX_BATCH;
      tailed = batch.length > 0 && isFull && inFlight.admits(query);
      if (tailed) break;
      left--;
      // Of two signed messages with one id, the second waits until the first is answered.
      const id = inFlight.add(query, now, waiting.cameEarly(place), batch.length === 0 ? ahead.id : undefined);
      if (id !== undefined) {
        batch.push([message, id, query]);
        size += 2 + message.length;
      }
      if (left === 0) break;
    }
    if (!tailed && batch.length > 1) size -= this.#putBack(batch.pop());
    if (batch.length === 0) return;
    for (const [, , query] of batch) {
      if (query === undefined) continue;
      waiting.remove(query);
      this.#last = query.message;
    }
    const octets = compose(batch, size);
    const rest = ahead.count === 0 ? octets : octets.subarray(ahead.count);
    ahead.done();
    this.#context.asked(size, now);
    this.#write(rest);
  }

  /** What cannot leave alone now leaves so in the next write; tells how many octets it would have had here. */
  #putBack(last: Addressed | undefined): number {
    if (last === undefined) return 0;
    const [message, id] = last;
    this.#context.inFlight.putBack(id);
    return 2 + message.length;
  }

  /** Writes one octet of the next frame, where it can be foreseen; later, where something is or will be written. */
  writeAhead(): void {
    if (this.#writing || this.#planned) {
      this.#wantsAhead = true;
      return;
    }
    if (this.#socket.destroyed || this.#last === undefined) return;
    const octet = this.#ahead.next(this.#last, this.#context.now());
    if (octet !== undefined) this.#write(octet);
  }

  #write(octets: Uint8Array): void {
    this.#writing = true;
    this.#wantsAhead = false;
    this.#count++;
    this.#socket.write(octets, this.#written);
  }

  readonly #run = (): void => {
    this.#planned = false;
    this.flush();
    if (this.#wantsAhead) this.writeAhead();
  };

  readonly #written = (): void => {
    this.#writing = false;
    if (this.#context.waiting.size > 0) this.#planAfterTurn();
    // Where that writes something, it is no longer wanted.
    else if (this.#wantsAhead) this.writeAhead();
  };
}

/** Messages behind their length octets (RFC 7766 section 8), each with its id. */
function compose(batch: readonly Addressed[], size: number): Uint8Array {
  const octets = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [message, id] of batch) {
    putU16(octets, at, message.length);
    octets.set(message, at + 2);
    putU16(octets, at + 2, id);
    at += 2 + message.length;
  }
  return octets;
}
