import type { Timer } from '../../clock.js';
import { endpointKey } from '../../state/model.js';
import type { Store, StoreHost } from '../store.js';
import { keyOfStored, readStored, type StoredVerdict } from '../verdict.js';
import type { Channel } from './channel.js';
import { type Message, readMessage } from './messages.js';
import { Outbox } from './outbox.js';

/** What a hub asks of its selector; a `TransportSelector` has it. */
export interface HubProber {
  /** Probes a server, or joins a probe in flight. */
  probe(server: { address: string; port: number; dotPort: number; zone: string }): Promise<unknown>;
}

/** How a {@link HubStore} works. */
export interface HubStoreOptions {
  /** Where the hub's own verdicts outlive it, for instance a `FileStore`; default nowhere. */
  readonly store?: Store | undefined;
}

/** How often members hear that the hub lives, in milliseconds. */
export const BEAT_MS = 1_000;
/** Probes that members have asked for at the same time. */
const MAX_WANTED = 1_000;
const DO53_PORT = 53;
/** So long what was found out is not found out again, in milliseconds; and of so many endpoints that is known. */
const RECENT_MS = 30_000;
const MAX_RECENT = 10_000;
/** What a member wants again this soon was probed for another, in milliseconds. */
const PROBED_MS = 2_000;

type Wish = Extract<Message, { dotscout: 'want' }>;

/**
 * The middle of one program's processes or threads: the one that probes. Its selector's verdicts go to all members, what
 * members find out in their queries goes to it and to the others, and what a member would probe it probes for all.
 *
 * @example
 * ```ts
 * const hub = new HubStore();
 * const selector = await TransportSelector.open({ store: hub });
 * hub.serve(selector);
 * cluster.on('online', (worker) => hub.connect(ipcChannel(worker)));
 * ```
 */
export class HubStore implements Store {
  readonly #inner: Store | undefined;
  readonly #members = new Map<Channel, Outbox>();
  #host: StoreHost | undefined;
  #prober: HubProber | undefined;
  #beating: Timer | undefined;
  #wanted = 0;
  /** What was probed for a member just now, and when; what comes of it goes to all. */
  readonly #probed = new Map<string, number>();
  /** What was found out just now: a member that wants it probed has not heard yet. */
  readonly #recent = new Map<string, { readonly verdict: StoredVerdict; readonly at: number }>();

  /** @param options - where its verdicts outlive it */
  constructor(options: HubStoreOptions = {}) {
    this.#inner = options.store;
  }

  /**
   * Who probes for the members.
   *
   * @param prober - the selector that this is the store of
   */
  serve(prober: HubProber): void {
    this.#prober = prober;
  }

  /**
   * Takes in a member, until it has gone.
   *
   * @param channel - to the member
   */
  connect(channel: Channel): void {
    channel.listen(
      (message) => this.#heard(channel, readMessage(message)),
      () => this.#members.delete(channel),
    );
  }

  /** How many members there are. */
  get members(): number {
    return this.#members.size;
  }

  /** {@inheritDoc Store.open} */
  open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    this.#host = host;
    this.#beat();
    return this.#inner === undefined ? Promise.resolve([]) : this.#inner.open(host);
  }

  /** {@inheritDoc Store.append} */
  append(verdict: StoredVerdict): void {
    this.#inner?.append(verdict);
    this.#remember(verdict);
    for (const outbox of this.#members.values()) outbox.add(verdict);
  }

  /** {@inheritDoc Store.compact} */
  async compact(): Promise<void> {
    await this.#inner?.compact();
  }

  /** {@inheritDoc Store.flush} */
  async flush(): Promise<void> {
    await this.#inner?.flush();
  }

  /** {@inheritDoc Store.close} */
  async close(): Promise<void> {
    this.#beating?.cancel();
    for (const channel of this.#members.keys()) channel.close();
    this.#members.clear();
    await this.#inner?.close();
  }

  #beat(): void {
    this.#beating = this.#host?.clock.after(BEAT_MS, () => {
      for (const channel of this.#members.keys()) channel.send({ dotscout: 'beat' } satisfies Message);
      this.#beat();
    });
  }

  #heard(channel: Channel, message: Message | undefined): void {
    if (message === undefined || this.#host === undefined) return;
    if (message.dotscout === 'join') this.#welcome(channel, this.#host);
    if (!this.#members.has(channel)) return;
    if (message.dotscout === 'want') this.#answer(channel, message);
    if (message.dotscout !== 'verdicts') return;
    for (const one of message.verdicts) {
      const verdict = readStored(one);
      if (verdict === undefined) continue;
      this.#host.hint(verdict);
      for (const [other, outbox] of this.#members) if (other !== channel) outbox.add(verdict);
    }
  }

  #welcome(channel: Channel, host: StoreHost): void {
    const outbox = new Outbox(host.clock, (message) => channel.send(message));
    this.#members.set(channel, outbox);
    channel.send({ dotscout: 'beat' } satisfies Message);
    for (const verdict of host.verdicts()) outbox.add(verdict);
  }

  #remember(verdict: StoredVerdict): void {
    const now = this.#host?.clock.now() ?? 0;
    const key = keyOfStored(verdict);
    this.#recent.delete(key);
    this.#recent.set(key, { verdict, at: now });
    for (const [oldest, { at }] of this.#recent) {
      if (this.#recent.size <= MAX_RECENT && now - at < RECENT_MS) break;
      this.#recent.delete(oldest);
    }
  }

  #answer(channel: Channel, wish: Wish): void {
    const { address, port } = wish;
    const key = endpointKey({ address, port, transport: 'dot' });
    const now = this.#host?.clock.now() ?? 0;
    const known = this.#recent.get(key);
    if (known !== undefined && now - known.at < RECENT_MS) this.#members.get(channel)?.add(known.verdict);
    else if (now - (this.#probed.get(key) ?? Number.NEGATIVE_INFINITY) >= PROBED_MS) {
      if (this.#probed.size >= MAX_RECENT) this.#probed.clear();
      this.#probed.set(key, now);
      this.#probe(wish);
    }
  }

  /** What comes of it goes to all as any other verdict. */
  #probe({ address, port: dotPort, clearPort, zone }: Wish): void {
    if (this.#prober === undefined || this.#wanted >= MAX_WANTED) return;
    this.#wanted++;
    const server = { address, port: clearPort || DO53_PORT, dotPort, zone };
    const probed = (async () => this.#prober?.probe(server))();
    const over = (): void => {
      this.#wanted--;
    };
    probed.then(over, over);
  }
}
