import type { Socket } from 'node:dgram';

/**
 * Datagrams that leave together at the end of a turn of the event loop, when all that had arrived has been read: sent one
 * by one between the readings, each would wake the server anew, which costs about as much as the sending.
 */
export class Outbox {
  #sockets: Socket[] = [];
  #messages: Uint8Array[] = [];

  /**
   * Sends a datagram before the loop waits again. Whether the system takes it, nobody is told.
   *
   * @param socket - a connected one
   * @param message - what to send; not to be changed meanwhile
   */
  put(socket: Socket, message: Uint8Array): void {
    if (this.#sockets.length === 0) setImmediate(this.#empty);
    this.#sockets.push(socket);
    this.#messages.push(message);
  }

  readonly #empty = (): void => {
    const sockets = this.#sockets;
    const messages = this.#messages;
    this.#sockets = [];
    this.#messages = [];
    for (const [index, message] of messages.entries()) {
      try {
        sockets[index]?.send(message);
      } catch {
        // Closed meanwhile: whoever closed it has told its queries.
      }
    }
  };
}
