/** What is needed of a connection that listens to a channel. */
export interface RedisSubscriber {
  /** Connects it. */
  connect(): Promise<unknown>;
  /** Listens to a channel, again after each reconnection. */
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  /** Listens no more. */
  unsubscribe(channel: string): Promise<unknown>;
  /** Faults of the connection, which must be heard by somebody. */
  on(event: 'error', listener: (error: unknown) => void): unknown;
  /** Ends the connection at once. */
  destroy(): void;
}

/**
 * What is needed of a Redis or Valkey client: a connected client of the package `redis` (5 or later) has it, and any other
 * can be given it.
 */
export interface RedisClient {
  /** Sends one command; commands of one turn may go in one write. */
  sendCommand(args: string[]): Promise<unknown>;
  /** Another connection of the same kind, not connected yet. */
  duplicate(): RedisSubscriber;
}
