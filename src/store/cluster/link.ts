import { randomUUID } from 'node:crypto';
import { BoundedMap } from '../../common/bounded-map.js';
import type { Clock, Timer } from '../../common/clock.js';
import { deadline } from '../../common/late-timers.js';
import { keyOfStored, nameless, type StoredVerdict, worthMs } from '../verdict.js';
import type { Channel } from './channel.js';
import { type Batch, type Hello, type Message, readMessage, sealed, type Wish } from './messages.js';

/** Verdicts in one batch. */
const BATCH = 200;
/** Changes that wait for a peer that does not read, one for each endpoint. */
const CAPACITY = 20_000;
const MAX_WISHES = 1_000;
/** When a batch is not received within this time, in milliseconds, the peer stands still. */
const LATE_MS = 1_000;

/** What a link needs. */
export interface LinkDeps {
  readonly clock: Clock;
  /** Gives the name of the network that we are on. */
  vantage(): string | undefined;
  /** A peer is there that we have not met before, or it has moved to another network. */
  met(): void;
  /** A peer has learned something. */
  heard(verdict: StoredVerdict): void;
  /** A peer would like to have something probed. */
  wished(wish: Wish): void;
  /** A peer's batch has been read; `isWhole` where it has told all that it knew. */
  read(isWhole: boolean): void;
  /** A batch of ours is not received in time; told once, and ends with `met` or `revived`. */
  stalled(): void;
  /** The batch is received after all. */
  revived(): void;
  /** The peer has gone: for good (`isGone`), or until `met`. */
  left(isGone: boolean): void;
}

/** A caller that waits until all is received. */
interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/**
 * One end of a channel between two selectors of one host. Both ends tell the newest verdict of each endpoint that has
 * changed, coalesced by turn and batch. The next batch waits until the one before was received, so that a peer that stands
 * still costs a bounded map and one message. The channel itself loses nothing and keeps the order.
 */
export class Link {
  readonly #deps: LinkDeps;
  readonly #id: string = randomUUID();
  readonly #channel: Channel;
  /** What is still to be sent: the newest verdict of each endpoint, in the order in which they changed last. */
  readonly #newest = new BoundedMap<string, StoredVerdict>(CAPACITY);
  readonly #wishes = new Map<string, Wish>();
  /** All verdicts that are to be told to a new peer; once that has begun, `#beginning` gives the rest. */
  #all: (() => Iterable<StoredVerdict>) | undefined;
  #beginning: Iterator<StoredVerdict> | undefined;
  #peer: Pick<Hello, 'id' | 'vantage'> | undefined;
  #numbers = 0;
  #unreceived: Batch | undefined;
  #limit: Timer | undefined;
  #isStalled = false;
  #isDue = false;
  #waiting: Waiting[] = [];

  /**
   * @param channel - to the other end
   * @param deps - what it needs
   */
  constructor(channel: Channel, deps: LinkDeps) {
    this.#deps = deps;
    this.#channel = channel;
    channel.listen(
      (value) => this.#heard(readMessage(value)),
      () => this.#left(true),
    );
  }

  /** Whether a peer is there. */
  get isMet(): boolean {
    return this.#peer !== undefined;
  }

  /** Whether a peer is there and reads. */
  get isAlive(): boolean {
    return this.#peer !== undefined && !this.#isStalled;
  }

  /** Says who we are, at first and after a network change; waiting changes are void. */
  greet(): void {
    this.#newest.clear();
    this.#wishes.clear();
    this.#all = undefined;
    this.#beginning = undefined;
    this.#sayHello(false);
  }

  /**
   * Tells all verdicts, a batch at a time, from the next turn on.
   *
   * @param verdicts - gives all verdicts
   */
  tellAll(verdicts: () => Iterable<StoredVerdict>): void {
    this.#all = verdicts;
    this.#beginning = undefined;
    this.#schedule();
  }

  /** Tells of a change, soon. */
  tell(verdict: StoredVerdict): void {
    if (worthMs(verdict, this.#deps.clock.wall()) === 0) return;
    this.#newest.set(keyOfStored(verdict), nameless(verdict));
    this.#schedule();
  }

  /** Asks for a probe, soon. */
  wish(wish: Wish): void {
    const { address, dotPort } = wish;
    if (this.#wishes.size < MAX_WISHES) this.#wishes.set(`${address}|${dotPort}`, wish);
    this.#schedule();
  }

  /** Resolves when all was received; rejects as soon as no peer reads. */
  emptied(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      if (!this.isAlive) this.#giveUp();
      else if (this.#isEmpty()) this.#settle();
    });
  }

  /** Says goodbye, and listens no more. */
  close(): void {
    this.#limit?.cancel();
    this.#send({ type: 'bye' });
    this.#channel.close();
    this.#peer = undefined;
    this.#giveUp();
  }

  #sayHello(isAnswer: boolean): void {
    this.#send({ type: 'hello', id: this.#id, vantage: this.#vantage(), isAnswer });
  }

  #vantage(): string | null {
    return this.#deps.vantage() ?? null;
  }

  #send(message: Message): void {
    this.#channel.send(sealed(message));
  }

  // --- What comes ---------------------------------------------------------------------------------------------------

  #heard(message: Message | undefined): void {
    if (message === undefined) return;
    if (message.type === 'hello') this.#met(message);
    else if (message.type === 'bye') this.#left(false);
    else if (message.type === 'got') this.#received(message.number);
    else this.#read(message);
  }

  #met(hello: Hello): void {
    const known = this.#peer;
    this.#peer = hello;
    if (!hello.isAnswer) this.#sayHello(true);
    if (known?.id === hello.id && known.vantage === hello.vantage) return;
    if (known?.id !== hello.id) this.#resend();
    this.#deps.met();
    this.#schedule();
  }

  #read({ number, vantage, verdicts, wishes, isWhole }: Batch): void {
    if (this.#peer === undefined) return;
    this.#send({ type: 'got', number });
    if (vantage !== this.#vantage()) return;
    for (const verdict of verdicts) this.#deps.heard(verdict);
    for (const wish of wishes) this.#deps.wished(wish);
    this.#deps.read(isWhole);
  }

  #left(isGone: boolean): void {
    const wasMet = this.#peer !== undefined;
    this.#peer = undefined;
    this.#resend();
    this.#all = undefined;
    this.#beginning = undefined;
    this.#giveUp();
    if (wasMet || isGone) this.#deps.left(isGone);
  }

  // --- What goes ----------------------------------------------------------------------------------------------------

  /** Takes back the batch under way: it was for a peer that has gone. */
  #resend(): void {
    for (const verdict of this.#unreceived?.verdicts ?? []) this.#newest.setIfRoom(keyOfStored(verdict), verdict);
    this.#unreceived = undefined;
    this.#limit?.cancel();
    this.#isStalled = false;
  }

  #received(number: number): void {
    if (this.#unreceived?.number !== number) return;
    this.#unreceived = undefined;
    this.#limit?.cancel();
    if (this.#isStalled) {
      this.#isStalled = false;
      this.#deps.revived();
    }
    this.#pump();
    if (this.#isEmpty()) this.#settle();
  }

  #schedule(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#deps.clock.turn(() => {
      this.#isDue = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#peer === undefined || this.#unreceived !== undefined) return;
    const batch = this.#nextBatch();
    if (batch === undefined) return;
    this.#unreceived = batch;
    this.#limit = deadline(this.#deps.clock, LATE_MS, () => {
      this.#isStalled = true;
      this.#giveUp();
      this.#deps.stalled();
    });
    this.#send(batch);
  }

  /** The next batch: changes first, because the verdicts of the beginning may be older. */
  #nextBatch(): Batch | undefined {
    this.#beginning ??= this.#all?.()[Symbol.iterator]();
    this.#all = undefined;
    const hadBeginning = this.#beginning !== undefined;
    const verdicts = this.#newest.take(BATCH);
    while (verdicts.length < BATCH && this.#beginning !== undefined) {
      const { done, value } = this.#beginning.next();
      if (done === true) this.#beginning = undefined;
      else if (worthMs(value, this.#deps.clock.wall()) > 0) verdicts.push(nameless(value));
    }
    const isWhole = hadBeginning && this.#beginning === undefined;
    const wishes = [...this.#wishes.values()];
    this.#wishes.clear();
    if (verdicts.length === 0 && wishes.length === 0 && !isWhole) return undefined;
    return { type: 'batch', number: ++this.#numbers, vantage: this.#vantage(), verdicts, wishes, isWhole };
  }

  #isEmpty(): boolean {
    return this.#unreceived === undefined && this.#newest.size === 0;
  }

  #settle(): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  #giveUp(): void {
    for (const { reject } of this.#waiting.splice(0)) reject(new Error('nobody reads at the other end'));
  }
}
