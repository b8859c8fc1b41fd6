import type { Socket } from 'node:net';
import { putU16 } from '../../wire/octets.js';
import { FrameAhead } from './frame-ahead.js';
import type { InFlight } from './in-flight.js';
import type { SessionQuery } from './session-query.js';
import type { Waiting } from './waiting.js';

/** The largest TLS record (RFC 8446 section 5.1), in octets: more would leave as several. */
const MAX_BATCH = 16_384;

/** What a writer needs of its session. */
export interface WriterDeps {
  readonly waiting: Waiting;
  readonly inFlight: InFlight;
  /** Whether the last of several queries leaves in a write of its own, as it must over TLS. */
  readonly tails: boolean;
  /** A query that waits may not be sent any more; its `settle` is not called from inside this. */
  forbid(query: SessionQuery): void;
  /** The monotonic clock. */
  now(): number;
  /** Runs something when all that has arrived was read. */
  turn(run: () => void): void;
  /** How many more queries may be written now. */
  room(): number;
  /** Octets of queries are being written. */
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
  readonly #context: WriterDeps;
  readonly #ahead: FrameAhead;
  #writing = false;
  #planned = false;
  #wantsAhead = false;
  /** What was written last holds several queries, and must be followed by something. */
  #lacksTail = false;
  #count = 0;
  /** The query written last. */
  #last: Uint8Array | undefined;

  /**
   * @param socket - where to
   * @param context - the session
   */
  constructor(socket: Socket, context: WriterDeps) {
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

  /** Writes what waits, unless the write before has not ended. */
  flush(): void {
    if (this.#writing || this.#socket.destroyed) return;
    const left = Math.min(this.#context.waiting.size, this.#context.room());
    const now = this.#context.now();
    const batch = left > 0 ? this.#gather(left, now) : [];
    // What was to follow the last batch has been taken back.
    if (batch.length === 0 && this.#lacksTail) batch.push(...this.#filler());
    if (batch.length > 0) this.#send(batch, now);
  }

  /** As many of those that wait as may leave as one record. */
  #gather(most: number, now: number): Addressed[] {
    const { waiting, inFlight, tails } = this.#context;
    const ahead = this.#ahead;
    const batch: Addressed[] = [];
    let left = most;
    let size = 0;
    for (let place = waiting.first; place < waiting.end && left > 0; place++) {
      const query = waiting.at(place);
      if (query === undefined) continue;
      if (query.mayBeSent?.() === false) {
        this.#context.forbid(query);
        continue;
      }
      const { length } = query.message;
      if (batch.length === 0 && !ahead.fits(query)) {
        const filler = this.#filler();
        if (filler.length === 0) return [];
        batch.push(...filler);
        size = lengthOf(filler);
      }
      const isFull = size + 2 + length > MAX_BATCH || (tails && left === 1);
      // The next write can carry it.
      if (batch.length > 0 && isFull && inFlight.admits(query)) return batch;
      left--;
      // Of two signed messages with one id, the second waits until the first is answered.
      const id = inFlight.add(query, now, waiting.cameEarly(place), batch.length === 0 ? ahead.id : undefined);
      if (id === undefined) continue;
      batch.push([query.message, id, query]);
      size += 2 + length;
    }
    // What cannot leave alone now leaves so in the next write.
    const last = tails && batch.length > 1 ? batch.pop() : undefined;
    if (last !== undefined) inFlight.putBack(last[1]);
    return batch;
  }

  /** A query of our own for a frame that was begun, or that must follow another; none where no id is free. */
  #filler(): Addressed[] {
    const id = this.#ahead.id ?? this.#context.inFlight.reserve();
    return id === undefined ? [] : [[this.#ahead.filler(), id]];
  }

  #send(batch: readonly Addressed[], now: number): void {
    for (const [, , query] of batch) {
      if (query === undefined) continue;
      this.#context.waiting.remove(query);
      this.#last = query.message;
    }
    const octets = compose(batch);
    const begun = this.#ahead.count;
    this.#ahead.done();
    this.#context.asked(octets.length, now);
    this.#write(begun === 0 ? octets : octets.subarray(begun));
    this.#lacksTail = this.#context.tails && batch.length > 1;
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

  /** Completes a frame that was begun, by a query of our own: no server waits for the rest for ever. */
  completeAhead(): void {
    if (this.#ahead.count === 0 || this.#writing || this.#planned || this.#socket.destroyed) return;
    const filler = this.#filler();
    if (filler.length > 0) this.#send(filler, this.#context.now());
  }

  #write(octets: Uint8Array): void {
    this.#writing = true;
    this.#wantsAhead = false;
    this.#lacksTail = false;
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
    if (this.#context.waiting.size > 0 || this.#lacksTail) {
      // What that brings about which has arrived leaves together with what waits.
      this.#planned = true;
      this.#context.turn(this.#run);
    }
    // Where that writes something, it is no longer wanted.
    else if (this.#wantsAhead) this.writeAhead();
  };
}

function lengthOf(batch: readonly Addressed[]): number {
  let length = 0;
  for (const [message] of batch) length += 2 + message.length;
  return length;
}

/** Messages behind their length octets (RFC 7766 section 8), each with its id. */
function compose(batch: readonly Addressed[]): Uint8Array {
  const octets = Buffer.allocUnsafe(lengthOf(batch));
  let at = 0;
  for (const [message, id] of batch) {
    putU16(octets, at, message.length);
    octets.set(message, at + 2);
    putU16(octets, at + 2, id);
    at += 2 + message.length;
  }
  return octets;
}
