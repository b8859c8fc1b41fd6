// dns-socket with dotscout behind `query`: the same call, the same callback, the same id to cancel it by.
import { decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';
import DnsSocket from 'dns-socket';
import { queryServers, type ServerObject, type TransportSelector } from 'dotscout';

/** How a {@link DotscoutSocket} is to be. */
export interface DotscoutSocketOptions extends DnsSocket.Options {
  readonly selector: TransportSelector;
  /** The DoT port of servers whose Do53 port is not 53. */
  readonly dotPort?: number | undefined;
}

const IDS = 0x10000;
const nothing = (): void => {};

/** For `new DnsSocket()`; what it does as a server is dns-socket's own. */
export class DotscoutSocket extends DnsSocket {
  readonly #options: DotscoutSocketOptions;
  readonly #running = new Map<number, AbortController>();
  #id = 0;

  constructor(options: DotscoutSocketOptions) {
    super(options);
    this.#options = options;
  }

  override query(
    query: Packet,
    port: number,
    host: string | string[],
    callback = nothing as DnsSocket.Callback,
  ): number {
    if (this.destroyed) {
      callback(new Error('Socket destroyed'));
      return 0;
    }
    const { selector, dotPort } = this.#options;
    const servers = [host].flat().map((address): ServerObject => ({ address, port, dotPort }));
    const id = this.#nextId();
    const message = encode({ ...query, type: 'query', id, flags: query.flags ?? RECURSION_DESIRED });
    const controller = new AbortController();
    this.#running.set(id, controller);
    this.inflight = this.#running.size;
    // Callbacks are called from outside of the promise, so that what they throw is theirs.
    const settle = (run: () => void): void => {
      this.#running.delete(id);
      this.inflight = this.#running.size;
      setImmediate(run);
    };
    queryServers(selector, servers, message, { timeoutMs: this.timeout, signal: controller.signal })
      .then(({ message: answer }) => {
        const response = decode(Buffer.from(answer));
        settle(() => {
          callback(null, response);
          this.emit('response', response, port, host);
        });
      })
      .catch((error: Error) => settle(() => callback(error)));
    return id;
  }

  override cancel(id: number): void {
    this.#running.get(id)?.abort(new Error('Query cancelled'));
  }

  override destroy(onClose?: () => void): void {
    for (const controller of this.#running.values()) controller.abort(new Error('Socket destroyed'));
    super.destroy(onClose);
  }

  #nextId(): number {
    do this.#id = (this.#id + 1) % IDS;
    while (this.#running.has(this.#id));
    return this.#id;
  }
}
