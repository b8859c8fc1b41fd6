/**
 * What we need of a Redis or Valkey client; clients of the packages `redis` and `@redis/client` from version 5 on have it.
 * Others are adapted in a few lines; `docs/fleets.md` shows how.
 */
export interface RedisClient {
  /** Makes another connection to the same engine, with the same settings, not yet open. It is ours from then on. */
  duplicate(): RedisConnection;
}

/** One connection to an engine. When it breaks, we destroy it and ask for another. */
export interface RedisConnection {
  /** Opens it. */
  connect(): Promise<unknown>;
  /**
   * Sends a command, behind those sent before.
   *
   * @param args - the command's name and what belongs to it
   * @returns the reply as it came; rejects with the engine's refusal
   */
  sendCommand(args: readonly string[]): Promise<unknown>;
  /**
   * Listens to channels. We use that connection for nothing else, but for PING where the other one brings no replies.
   *
   * @param channels - their names
   * @param listener - gets each message and its channel's name
   */
  subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>;
  /** Closes it at once; promises in flight need not settle. */
  destroy(): unknown;
  /** Tells of an error that breaks it, and of a close by the engine. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Lets the process end while it is open. */
  unref?(): unknown;
}
