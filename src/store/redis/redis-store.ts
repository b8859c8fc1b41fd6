import { randomUUID } from 'node:crypto';
import type { Timer } from '../../clock.js';
import { InvalidInputError } from '../../errors.js';
import type { Endpoint } from '../../state/model.js';
import { within } from '../limit.js';
import { MAX_LINE } from '../lines.js';
import type { ProbeWish, SharingStore, StoreCode, StoreHost } from '../store.js';
import { keyOfStored, nameless, readStored, type StoredVerdict } from '../verdict.js';
import type { RedisClient, RedisSubscriber } from './client.js';
import { COMMAND_MS, Commands } from './commands.js';

/** How a {@link RedisStore} works. */
export interface RedisStoreOptions {
  /** A connected client, for instance of the package `redis`; its owner closes it. */
  readonly client: RedisClient;
  /**
   * From where servers are seen: reachability differs by place, so only those that name the same share what they learn.
   * `networkChanged(id)` names another; without a name nothing is shared. Up to 64 letters, digits, dots, hyphens.
   */
  readonly vantage: string;
  /** What all keys begin with; default `dotscout`. */
  readonly prefix?: string | undefined;
}

/** Changes are gathered for so long, in milliseconds. */
const GATHER_MS = 20;
/** Changes that wait while the engine cannot be reached; beyond, the oldest go. */
const MAX_WAITING = 10_000;
/** Changes sent at once. */
const BATCH = 256;
/** How often an engine that was lost is looked for, in milliseconds. */
const LOOK_MS = 1_000;
/** Keys asked for at once, and taken in at most. */
const PAGE = 500;
const MAX_KEYS = 1_000_000;
/** What another has found out this recently, in milliseconds, is not found out again. */
const RECENT_MS = 60_000;
/** Deletes a lease that is still ours. */
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

/**
 * Shares verdicts through Redis or Valkey: each is a key that expires when the verdict does, and is published to all; who
 * probes an endpoint holds a lease meanwhile, so that a fleet probes each once. What others publish is hearsay: their Good
 * is used and ends with its first failure, and nobody makes another's Good Bad. Names are never shared.
 *
 * **Bounds.** The selector's own table decides; nothing ever waits for the engine but a probe, for half a second. Lost,
 * slow, restarted or filled with rubbish, it costs 10,000 changes in memory, and when it is back all is made good.
 *
 * @example
 * ```ts
 * const client = await createClient({ url: 'redis://localhost' }).connect();
 * const selector = await TransportSelector.open({ store: new RedisStore({ client, vantage: 'ams1' }) });
 * ```
 */
export class RedisStore implements SharingStore {
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #id: string = randomUUID();
  readonly #waiting = new Map<string, StoredVerdict>();
  readonly #leases = new Map<string, string>();
  #vantage: string | undefined;
  #host: StoreHost | undefined;
  #commands: Commands | undefined;
  #subscriber: RedisSubscriber | undefined;
  #channel: string | undefined;
  #gathering: Timer | undefined;
  #looking: Timer | undefined;
  #sending: Promise<void> | undefined;
  #trouble: StoreCode | undefined;
  #rubbish = 0;
  #closed = false;

  /**
   * @param options - which engine, seen from where
   * @throws `InvalidInputError` `INVALID_OPTION`
   */
  constructor(options: RedisStoreOptions) {
    const { client, vantage, prefix = 'dotscout' } = Object(options) as Partial<RedisStoreOptions>;
    const { sendCommand, duplicate } = Object(client) as Partial<RedisClient>;
    if (typeof sendCommand !== 'function' || typeof duplicate !== 'function')
      throw new InvalidInputError('INVALID_OPTION', typeof client, 'client: one with sendCommand() and duplicate()');
    this.#client = client as RedisClient;
    this.#vantage = checkName('vantage', vantage);
    this.#prefix = checkName('prefix', prefix);
  }

  /** {@inheritDoc Store.open} */
  async open(host: StoreHost): Promise<Iterable<StoredVerdict>> {
    this.#host = host;
    this.#commands = new Commands(this.#client, host.clock);
    // What others hold is hearsay, and so is what we held ourselves in another life.
    await this.#catchUp();
    return [];
  }

  /** {@inheritDoc Store.append} */
  append(verdict: StoredVerdict): void {
    if (this.#closed || this.#vantage === undefined || !isWorthSharing(verdict)) return;
    const key = keyOfStored(verdict);
    this.#waiting.delete(key);
    this.#waiting.set(key, nameless(verdict));
    if (this.#waiting.size > MAX_WAITING) {
      for (const oldest of this.#waiting.keys()) {
        this.#waiting.delete(oldest);
        break;
      }
      this.#tell('too-many', 'the oldest changes are not shared');
    }
    if (this.#trouble === 'unreachable' || this.#gathering !== undefined) return;
    this.#gathering = this.#host?.clock.after(GATHER_MS, () => {
      this.#gathering = undefined;
      this.flush().catch(() => undefined);
    });
  }

  /** Does nothing: each key ends by itself. */
  async compact(): Promise<void> {}

  /** {@inheritDoc Store.flush} */
  async flush(): Promise<void> {
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    await this.#sending;
  }

  /** {@inheritDoc Store.close} */
  async close(): Promise<void> {
    this.#gathering?.cancel();
    this.#looking?.cancel();
    if (this.#trouble !== 'unreachable') await this.flush().catch(() => undefined);
    this.#closed = true;
    this.#silence();
  }

  // --- Who probes ---------------------------------------------------------------------------------------------------

  /** {@inheritDoc SharingStore.lease} */
  async lease({ endpoint }: ProbeWish, forMs: number): Promise<boolean> {
    if (this.#commands === undefined || this.#vantage === undefined || this.#trouble === 'unreachable') return true;
    const token = randomUUID();
    const key = this.#key('l', endpoint.key);
    const life = String(Math.ceil(forMs));
    try {
      const commands = this.#commands;
      const [taken, known] = await Promise.all([
        commands.send('SET', key, token, 'NX', 'PX', life),
        commands.send('GET', this.#key('v', endpoint.key)),
      ]);
      if (taken !== 'OK') return false;
      this.#leases.set(endpoint.key, token);
      const message = this.#read(known);
      const wall = this.#host?.clock.wall() ?? 0;
      const isRecent = message !== undefined && message.from !== this.#id && wall - message.verdict.savedAt < RECENT_MS;
      if (!isRecent) return true;
      // Another has just been there, and we had not heard of it.
      this.#host?.hint(message.verdict);
      this.release(endpoint);
      return false;
    } catch (error) {
      this.#lost(error);
      return true;
    }
  }

  /** {@inheritDoc SharingStore.release} */
  release({ key }: Endpoint): void {
    const token = this.#leases.get(key);
    if (token === undefined || this.#commands === undefined) return;
    this.#leases.delete(key);
    const told = this.flush().catch(() => undefined);
    void told.then(() => this.#commands?.send('EVAL', RELEASE, '1', this.#key('l', key), token).catch(() => undefined));
  }

  /** {@inheritDoc SharingStore.networkChanged} */
  networkChanged(id: string | undefined): void {
    this.#waiting.clear();
    this.#vantage = id !== undefined && isName(id) ? id : undefined;
    if (this.#host !== undefined) void this.#catchUp().catch(() => undefined);
  }

  // --- Out ----------------------------------------------------------------------------------------------------------

  async #send(): Promise<void> {
    const commands = this.#commands;
    if (commands === undefined) throw new Error('the store was not opened');
    while (this.#waiting.size > 0 && this.#vantage !== undefined) {
      const batch = [...this.#waiting].slice(0, BATCH);
      const channel = this.#key('c', '');
      try {
        await Promise.all(
          batch.flatMap(([key, verdict]) => {
            const life = Math.ceil(lifeOf(verdict));
            const text = JSON.stringify({ ...verdict, from: this.#id });
            const published = commands.send('PUBLISH', channel, text);
            return life > 0
              ? [commands.send('SET', this.#key('v', key), text, 'PX', `${life}`), published]
              : [published];
          }),
        );
      } catch (error) {
        this.#lost(error);
        throw error;
      }
      for (const [key, verdict] of batch) if (this.#waiting.get(key) === verdict) this.#waiting.delete(key);
    }
  }

  // --- In -----------------------------------------------------------------------------------------------------------

  /** Listens, and takes in all that others hold: at the start, on another network, and when the engine is back. */
  async #catchUp(): Promise<void> {
    try {
      await this.#listen();
      await this.#scan();
      this.#found();
      if (this.#waiting.size > 0) await this.flush();
    } catch (error) {
      this.#lost(error);
    }
  }

  async #listen(): Promise<void> {
    const channel = this.#vantage === undefined ? undefined : this.#key('c', '');
    if (channel === this.#channel && this.#subscriber !== undefined) return;
    this.#silence();
    if (channel === undefined || this.#closed) return;
    const subscriber = this.#client.duplicate();
    this.#subscriber = subscriber;
    subscriber.on('error', (error) => this.#lost(error));
    // Not waited for beyond a limit: the client connects again by itself.
    await this.#limited(subscriber.connect());
    await this.#limited(subscriber.subscribe(channel, (text) => this.#heard(text)));
    this.#channel = channel;
  }

  #silence(): void {
    try {
      this.#subscriber?.destroy();
    } catch {
      // It was never connected, or is closed already.
    }
    this.#subscriber = undefined;
    this.#channel = undefined;
  }

  #heard(text: string): void {
    const message = this.#read(text);
    if (message !== undefined && message.from !== this.#id) this.#host?.hint(message.verdict);
  }

  async #scan(): Promise<void> {
    const commands = this.#commands;
    if (commands === undefined || this.#vantage === undefined) return;
    const pattern = `${this.#key('v', '')}*`;
    let cursor = '0';
    for (let seen = 0; seen < MAX_KEYS; ) {
      const page = await commands.send('SCAN', cursor, 'MATCH', pattern, 'COUNT', `${PAGE}`);
      const [next, keys] = Array.isArray(page) ? page : [];
      const names = Array.isArray(keys) ? keys.slice(0, 10 * PAGE).map(String) : [];
      if (names.length > 0) {
        const values = await commands.send('MGET', ...names);
        for (const value of Array.isArray(values) ? values : []) this.#heard(value);
      }
      // One that gives a page without end, or none, is no engine.
      seen += Math.max(1, names.length);
      cursor = String(next ?? '0');
      if (cursor === '0' || this.#closed) return;
    }
  }

  /** What somebody has put there: anybody may have. */
  #read(text: unknown): { readonly verdict: StoredVerdict; readonly from: unknown } | undefined {
    if (text === null || text === undefined) return undefined;
    try {
      if (typeof text !== 'string' || text.length > MAX_LINE) throw new Error('no text of ours');
      const value: unknown = JSON.parse(text);
      const verdict = readStored(value);
      if (verdict === undefined) throw new Error('no verdict');
      return { verdict: nameless(verdict), from: (value as { from?: unknown }).from };
    } catch (error) {
      if (this.#rubbish++ === 0) this.#host?.tell('rubbish', `what is stored there is no record: ${textOf(error)}`);
      return undefined;
    }
  }

  // --- The engine ---------------------------------------------------------------------------------------------------

  async #limited(promise: Promise<unknown>): Promise<unknown> {
    const { clock } = this.#host ?? {};
    promise.catch(() => undefined);
    return clock === undefined ? promise : within(clock, COMMAND_MS, promise, false);
  }

  /** It does not answer: nothing is sent any more until it does, and it is looked for. */
  #lost(error: unknown): void {
    if (this.#closed) return;
    this.#tell('unreachable', textOf(error));
    this.#looking ??= this.#host?.clock.after(LOOK_MS, () => {
      this.#looking = undefined;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    try {
      await this.#commands?.send('PING');
      // Whom it was that we heard before, it may have forgotten.
      this.#silence();
      await this.#catchUp();
    } catch (error) {
      this.#lost(error);
    }
  }

  #tell(code: StoreCode, detail: string): void {
    if (this.#trouble === code || (this.#trouble === 'unreachable' && code === 'too-many')) return;
    this.#trouble = code;
    this.#host?.tell(code, detail);
  }

  #found(): void {
    if (this.#trouble === undefined) return;
    const over = this.#trouble;
    this.#trouble = undefined;
    this.#host?.tell('recovered', `no longer ${over}`);
  }

  #key(kind: 'v' | 'l' | 'c', key: string): string {
    return `${this.#prefix}:1:${this.#vantage}:${kind}:${key}`;
  }
}

/** That nothing is held, or was once Good, is of no use to others; what they hold ends by itself. */
function isWorthSharing({ verdict }: StoredVerdict): boolean {
  return verdict === 'good' || verdict === 'bad';
}

function lifeOf(verdict: StoredVerdict): number {
  return verdict.verdict === 'good' || verdict.verdict === 'bad' ? verdict.leftMs : 0;
}

function isName(text: unknown): text is string {
  return typeof text === 'string' && /^[\w.-]{1,64}$/.test(text);
}

function checkName(what: string, text: unknown): string {
  if (isName(text)) return text;
  throw new InvalidInputError('INVALID_OPTION', text, `${what}: up to 64 letters, digits, dots, hyphens`);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
