import { Backlog } from '../../src/transport/session/backlog.js';
import { InFlight, type Taken } from '../../src/transport/session/in-flight.js';
import { type ReaderListener, SessionReader } from '../../src/transport/session/reader.js';
import type { SessionQuery } from '../../src/transport/session/session-query.js';
import { checkQuery } from '../../src/wire/message.js';
import { Input, measured, octetsOf } from '../input.js';
import { expectedOf } from '../oracles.js';
import { must, mustEqual } from '../promise.js';
import { cutFrames } from '../reference.js';
import type { Target } from '../target.js';

const MAX_ANSWER = 4_096;
/** How many unsolicited messages a session bears in a window, and how long that is, in milliseconds. */
const UNSOLICITED = { messages: 16, windowMs: 10_000 } as const;

const NAMES = ['a.test', 'b.test', 'A.test', ''] as const;

/** What becomes of an id: asked and waited for, or given up and not answered yet. */
type Held = { readonly query: SessionQuery } | 'given up';

/** A script: one octet says what happens next, the ones after it how. */
export const session: Target = {
  promise: 'no answer reaches a query whose id or question differ; every query is settled once; bounds hold',
  maxLength: 384,
  run(octets) {
    const input = new Input(octets);
    const play = new Play();
    while (input.left > 0) play.step(input);
    play.end();
  },
  seeds: (captures) => [
    ...SCRIPTS,
    ...captures
      .slice(0, 4)
      .map(({ answer }) => octetsOf(ASK, 0, 0, FRAME, measured(answer.slice(0, 200)), ANSWER, 0, 0, 0, 9)),
  ],
};

const [ASK, ANSWER, FRAME, RAW, PASS, RESERVE, PUT_BACK] = [0, 1, 2, 3, 4, 5, 6] as const;

const SCRIPTS: readonly Uint8Array[] = [
  octetsOf(ASK, 0, 10, ASK, 1, 20, ANSWER, 1, 0, 0, 5, ANSWER, 0, 0, 0, 40),
  octetsOf(ASK, 0, 10, ANSWER, 0, 12, 1, 0, ANSWER, 0, 2, 0x80, 0),
  octetsOf(ASK, 0, 1, PASS, 2, ANSWER, 0, 0, 0, 3, ASK, 0x80, 9, ASK, 0x80, 9, RESERVE, ANSWER, 1, 0, 0, 0),
  octetsOf(ASK, 3, 9, PUT_BACK, 0, ANSWER, 0, 0, 0, 0, RAW, 3, 0, 11, 0, RAW, 2, 1, 1),
];

/** A session's reader and its queries, and beside them what should be true of both. */
class Play implements ReaderListener {
  readonly #backlog = new Backlog({ queries: 1, octets: 65_536 });
  readonly #inFlight = new InFlight(this.#backlog);
  readonly #reader = new SessionReader(this.#inFlight, MAX_ANSWER, this);
  readonly #held = new Map<number, Held>();
  /** Every id ever given out, in order: hostile servers answer old ones. */
  readonly #ids: { readonly id: number; readonly message: Uint8Array }[] = [];
  readonly #stream: Uint8Array[] = [];
  #now = 1_000;
  #open = true;
  #matched = 0;

  now(): number {
    return this.#now;
  }

  isOpen(): boolean {
    return this.#open;
  }

  /** Told behind what came at once, and behind a failure in it as well. */
  read(): void {
    this.#checkCounts();
  }

  malformed(): void {
    must(this.#open, 'a session fails once');
    this.#open = false;
  }

  answered(taken: Exclude<Taken, 'unmatched' | 'malformed'>, message: Uint8Array, now: number): void {
    must(this.#open, 'what has failed answers nothing');
    must(now === this.#now, 'one reading of the clock', now);
    const id = idOf(message);
    const held = this.#held.get(id);
    this.#held.delete(id);
    this.#matched++;
    if (taken === 'late') {
      must(held === 'given up', 'late is what was given up', id);
      return;
    }
    must(held !== undefined && held !== 'given up', 'an id that nobody waits for is answered to nobody', id);
    must(taken.written.query === held.query, 'an answer goes to the query with its id', id);
    const expected = expectedOf(held.query.message, message);
    must(typeof expected !== 'string', 'an answer is to the question of its query', held.query.message, message);
    mustEqual(taken.info.rcode, expected.rcode, 'and what was found in it is in it');
  }

  step(input: Input): void {
    const what = input.u8() % 7;
    if (what === ASK) this.#ask(input.u8(), input.u8());
    else if (what === ANSWER) this.#answer(input.u8(), input.u8(), input.u8(), input.u8());
    else if (what === FRAME) this.#push(measured(input.take(input.u16() % 512)));
    else if (what === RAW) this.#push(input.take(input.u8() % 64));
    else if (what === PASS) this.#pass(input.u8());
    else if (what === RESERVE) this.#reserve();
    else this.#putBack(input.u8());
  }

  #ask(how: number, patience: number): void {
    const message = queryFor(NAMES[how % NAMES.length] ?? '', how & 0x40 ? 28 : 1, patience & 3);
    const keepId = how >= 0x80;
    const limitAt = this.#now + patience * 100;
    const { questionEnd } = checkQuery(message);
    const query: SessionQuery = { message, questionEnd, keepId, limitAt, place: -1, settle: () => undefined };
    const admitted = this.#inFlight.admits(query);
    const id = this.#inFlight.add(query, this.#now, false);
    must(admitted === (id !== undefined), 'admits what it takes');
    if (id === undefined) {
      must(this.#held.has(idOf(message)), 'refuses only an id that is taken');
      return;
    }
    must(!this.#held.has(id), 'no id is given out twice', id);
    must(!keepId || id === idOf(message), 'keeps an id that must stay', id);
    this.#held.set(id, { query });
    this.#ids.push({ id, message });
    this.#reader.asked(message.length, this.#now);
  }

  /** The answer to a query, now or long ago, with one octet changed, in two pieces. */
  #answer(which: number, at: number, change: number, cut: number): void {
    const asked = this.#ids[which % Math.max(1, this.#ids.length)];
    if (asked === undefined) return;
    const answer = asked.message.slice();
    answer.set([asked.id >> 8, asked.id & 0xff, 0x84]);
    answer[at % answer.length] = (answer[at % answer.length] ?? 0) ^ change;
    const frame = measured(answer);
    this.#push(frame.subarray(0, cut % frame.length));
    this.#push(frame.subarray(cut % frame.length));
  }

  #push(octets: Uint8Array): void {
    if (this.#open) this.#stream.push(octets);
    this.#reader.push(octets);
    this.#checkCounts();
  }

  #pass(tenths: number): void {
    this.#now += tenths * 100;
    const over = new Set(this.#inFlight.expire(this.#now));
    for (const [id, held] of this.#held) {
      if (held === 'given up') continue;
      must(over.has(held.query) === held.query.limitAt <= this.#now, 'gives up what is over, and nothing else');
      if (over.delete(held.query)) this.#held.set(id, 'given up');
    }
    must(over.size === 0, 'gives up only what it has', over.size);
  }

  #reserve(): void {
    const id = this.#inFlight.reserve();
    must(id !== undefined && !this.#held.has(id), 'reserves an id that is free', id);
    this.#held.set(id, 'given up');
    this.#ids.push({ id, message: queryFor('a.test', 1, 0) });
  }

  #putBack(which: number): void {
    const asked = this.#ids[which % Math.max(1, this.#ids.length)];
    if (asked === undefined) return;
    this.#inFlight.putBack(asked.id);
    if (this.#held.get(asked.id) !== 'given up') this.#held.delete(asked.id);
    this.#checkCounts();
  }

  #waiting(): SessionQuery[] {
    return [...this.#held.values()].flatMap((held) => (held === 'given up' ? [] : [held.query]));
  }

  #checkCounts(): void {
    const waiting = this.#waiting();
    must(this.#inFlight.size === waiting.length, 'counts what is waited for', this.#inFlight.size, waiting.length);
    const octets = waiting.reduce((sum, { message }) => sum + message.length, 0);
    must(this.#inFlight.octets === octets, 'and its octets', this.#inFlight.octets, octets);
  }

  /** What a session that still reads has borne of what nobody asked for. */
  #checkUnsolicited(): void {
    if (!this.#open) return;
    const { messages, wrong } = cutFrames(octetsOf(...this.#stream), MAX_ANSWER);
    must(!wrong, 'a length that makes no sense ends the session');
    const windows = 1 + Math.floor(this.#now / UNSOLICITED.windowMs);
    const unsolicited = messages.length - this.#matched;
    must(unsolicited < UNSOLICITED.messages * windows, 'bears a bounded number of messages', unsolicited);
  }

  end(): void {
    this.#checkUnsolicited();
    const waiting = this.#waiting();
    const drained = this.#inFlight.drain();
    mustEqual(new Set(drained), new Set(waiting), 'in the end, what is left is told');
    mustEqual([this.#inFlight.size, this.#inFlight.octets], [0, 0], 'and nothing is held');
    must(this.#backlog.admits(65_536) && !this.#backlog.admits(65_537), 'nor counted');
  }
}

function idOf(message: Uint8Array): number {
  return ((message[0] ?? 0) << 8) | (message[1] ?? 0);
}

function queryFor(name: string, type: number, id: number): Uint8Array {
  const labels = name.split('.').filter((label) => label !== '');
  const qname = labels.flatMap((label) => [label.length, label]);
  return octetsOf(0, id, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...qname, 0, 0, type, 0, 1);
}
