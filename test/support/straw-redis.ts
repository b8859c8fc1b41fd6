import type { RedisClient, RedisConnection } from '../../src/store/redis/index.js';

type Reply = unknown;
type Answer = (args: readonly string[]) => Reply;

/** A client that does what a test tells it, and no engine behind it. */
export class StrawClient implements RedisClient {
  /** Every connection that was ever asked for. */
  readonly connections: StrawConnection[] = [];
  /** What a command brings; a promise that never settles as well. */
  answer: Answer = () => null;
  /** What opening brings. */
  connecting: () => Promise<unknown> = async () => {};

  duplicate(): StrawConnection {
    const connection = new StrawConnection(this);
    this.connections.push(connection);
    return connection;
  }

  /** Connections that are not closed. */
  get open(): number {
    return this.connections.filter(({ isDestroyed }) => !isDestroyed).length;
  }

  /** Commands that were sent and not answered, over connections that are still open. */
  get unanswered(): number {
    return this.connections.reduce((sum, { isDestroyed, unanswered }) => sum + (isDestroyed ? 0 : unanswered), 0);
  }

  /** Says something on a channel. */
  say(message: string, channel: string): void {
    for (const { isDestroyed, listener } of this.connections) if (!isDestroyed) listener?.(message, channel);
  }
}

/** One of its connections. */
export class StrawConnection implements RedisConnection {
  isDestroyed = false;
  unanswered = 0;
  readonly sent: (readonly string[])[] = [];
  channels: readonly string[] = [];
  listener: ((message: string, channel: string) => void) | undefined;
  readonly #client: StrawClient;
  readonly #errors: ((error: Error) => void)[] = [];

  constructor(client: StrawClient) {
    this.#client = client;
  }

  connect(): Promise<unknown> {
    return this.#client.connecting();
  }

  async sendCommand(args: readonly string[]): Promise<unknown> {
    this.sent.push(args);
    this.unanswered++;
    const reply = await this.#client.answer(args);
    this.unanswered--;
    if (args[0] === 'PUBLISH') this.#client.say(String(args[2]), String(args[1]));
    return reply;
  }

  async subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<void> {
    this.channels = channels;
    this.listener = listener;
  }

  on(_event: 'error', listener: (error: Error) => void): void {
    this.#errors.push(listener);
  }

  destroy(): void {
    this.isDestroyed = true;
  }

  /** The connection breaks. */
  break(): void {
    for (const listener of this.#errors) listener(new Error('reset by peer'));
  }
}
