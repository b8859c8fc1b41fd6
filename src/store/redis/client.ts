/**
 * What we ask of a Redis or Valkey client: a client of the packages `redis` and `@redis/client` from version 5 on has it.
 * Another one is adapted in a few lines; `docs/fleets.md` shows how.
 */
export interface RedisClient {
  /** Another connection to the same engine, with the same settings, not yet open. Ours from then on. */
  duplicate(): RedisConnection;
}

/** One connection to an engine. Where it breaks we destroy it and ask for another. */
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
   * Listens to channels. A connection that does so is asked for nothing else.
   *
   * @param channels - their names
   * @param listener - gets each message and its channel's name
   */
  subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>;
  /** Closes it at once; what is in flight need not settle. */
  destroy(): unknown;
  /** Tells of what breaks it, a close by the engine as well. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Lets the process end while it is open. */
  unref?(): unknown;
}
