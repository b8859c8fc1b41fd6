import type { ProbeWish, SharingStore, StoreHost } from '../store.js';
import type { StoredVerdict } from '../verdict.js';
import type { Channel } from './channel.js';
import { type Message, readMessage, wantOf } from './messages.js';
import { Outbox } from './outbox.js';

/** Without a word from the hub for so long, in milliseconds, it has gone, and we probe ourselves. */
const GONE_MS = 5_000;

/**
 * One of the processes or threads around a `HubStore`: it decides by a table of its own, learns from the hub what all
 * know, and has it probe. Without the hub it goes on alone.
 *
 * @example
 * ```ts
 * const selector = new TransportSelector({ store: new MemberStore(ipcChannel(process)) });
 * ```
 */
export class MemberStore implements SharingStore {
  readonly #channel: Channel;
  #host: StoreHost | undefined;
  #outbox: Outbox | undefined;
  #heardAt = Number.NEGATIVE_INFINITY;
  #joinedAt = Number.NEGATIVE_INFINITY;

  /** @param channel - to the hub */
  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** {@inheritDoc Store.open} */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    this.#host = host;
    this.#outbox = new Outbox(host.clock, (message) => this.#channel.send(message));
    this.#channel.listen(
      (message) => this.#heard(readMessage(message)),
      () => {
        this.#heardAt = Number.NEGATIVE_INFINITY;
      },
    );
    this.#join(host.clock.now());
    return [];
  }

  /** {@inheritDoc Store.append} */
  append(verdict: StoredVerdict): void {
    if (verdict.verdict === 'good' || verdict.verdict === 'bad') this.#outbox?.add(verdict);
  }

  /** Does nothing: what is to outlive us the hub stores. */
  async compact(): Promise<void> {}

  /** Does nothing, for the same reason. */
  async flush(): Promise<void> {}

  /** {@inheritDoc Store.close} */
  async close(): Promise<void> {
    this.#channel.close();
  }

  /** The hub probes, while it lives. */
  async lease(wish: ProbeWish): Promise<boolean> {
    // From an address of our own only we can probe as we would ask.
    if (!this.#isHubAlive() || wish.endpoint.localAddress !== undefined) return true;
    this.#channel.send(wantOf(wish));
    return false;
  }

  /** Nothing was held. */
  release(): void {}

  /** All members are on the hub's network. */
  networkChanged(): void {}

  #join(now: number): void {
    this.#joinedAt = now;
    this.#channel.send({ dotscout: 'join' } satisfies Message);
  }

  #isHubAlive(): boolean {
    return this.#host !== undefined && this.#host.clock.now() - this.#heardAt < GONE_MS;
  }

  #heard(message: Message | undefined): void {
    const host = this.#host;
    if (host === undefined || message === undefined) return;
    const wasGone = !this.#isHubAlive();
    const now = host.clock.now();
    this.#heardAt = now;
    // One that has begun anew does not know us.
    if (wasGone && message.dotscout === 'beat' && now - this.#joinedAt >= GONE_MS) this.#join(now);
    if (message.dotscout === 'verdicts') for (const verdict of message.verdicts) host.hint(verdict);
  }
}
