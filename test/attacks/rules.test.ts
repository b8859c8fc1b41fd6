import { expect, test, vi } from 'vitest';
import { QueryError } from '../../src/contact/query-error.js';
import { type Exchange, type ExchangeOptions, TransportError } from '../../src/index.js';
import { queryServers } from '../../src/query-servers.js';
import { TransportSelector } from '../../src/selector.js';
import type { Endpoint, Evidence } from '../../src/state/model.js';
import { VirtualClock } from '../../src/testing/index.js';
import { seededRandom } from '../../src/testing/random.js';
import { answered } from '../support/answers.js';
import { SECOND } from '../support/world.js';
import { nameOf, query } from '../transport/support.js';

// Some seconds of one core, which may be busy with other things.
vi.setConfig({ testTimeout: 3_600_000 });

/** At full size by hand: `RULES_QUERIES=100000 RULES_SEED=2 npx vitest run --project unit test/attacks/rules.test.ts`. */
const QUERIES = Number(process.env.RULES_QUERIES ?? 3_000);
const SEED = Number(process.env.RULES_SEED ?? 1);

const ADDRESSES = ['192.0.2.1', '198.51.100.1', '203.0.113.1', '192.0.2.2'];
const ZONES = ['secret.test', 'deep.secret.test', 'plain.test', 'other.example'];
/** How long after a server's return strict queries may still fail at once (Q38), in milliseconds. */
const RETURN_MS = 2 * SECOND;
const RULE_SETS: readonly { readonly zones: readonly string[]; readonly addresses: readonly string[] }[] = [
  { zones: [], addresses: [] },
  { zones: ['secret.test'], addresses: [] },
  { zones: [], addresses: ['192.0.2.1', '203.0.113.1'] },
  { zones: ['deep.secret.test', 'other.example'], addresses: ['198.51.100.1'] },
];

/** The world at random: servers that flap, rules that change, and what is seen of it in clear text. */
class Attack {
  readonly clock = new VirtualClock({ now: 0 });
  readonly random = seededRandom(SEED);
  /** Since when each server speaks DoT; `undefined` where it does not. */
  readonly upSince = new Map<string, number | undefined>(ADDRESSES.map((address) => [address, 0]));
  readonly demanded = new Set<string>();
  rules = RULE_SETS[0] as (typeof RULE_SETS)[number];
  readonly leaks: string[] = [];
  readonly needless: string[] = [];
  readonly counts = { clear: 0, encrypted: 0, failed: 0, changes: 0 };
  readonly selector: TransportSelector;

  constructor() {
    const { clock, random } = this;
    this.selector = new TransportSelector({
      clock,
      random,
      guard: { allow: ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24'] },
      dot: this.#exchange((endpoint, message) => this.#dot(endpoint, message)),
      do53: this.#exchange((endpoint, message, options) => this.#do53(endpoint, message, options)),
      prober: { probe: async ({ endpoint }) => this.#probed(endpoint) },
    });
  }

  /** An oracle of its own: whether what is asked of a server must be encrypted by the rules of this moment. */
  isForbidden(address: string, name: string): boolean {
    const { zones, addresses } = this.rules;
    return addresses.includes(address) || zones.some((zone) => name === zone || name.endsWith(`.${zone}`));
  }

  #exchange(exchange: Exchange['exchange']): Exchange {
    return { exchange, close: async () => undefined };
  }

  async #wait(ms: number, signal?: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      this.clock.after(ms, resolve);
      signal?.addEventListener('abort', () => resolve());
    });
  }

  async #dot({ address }: Endpoint, message: Uint8Array): Promise<Uint8Array> {
    const since = this.upSince.get(address);
    await this.#wait(20 + this.random() * 60);
    if (since === undefined || this.upSince.get(address) !== since)
      throw new TransportError({ phase: 'connect', kind: 'refused' });
    return answered(message, {});
  }

  /** Sends it, and once more where no answer has come, as long as that is allowed. */
  async #do53({ address }: Endpoint, message: Uint8Array, options: ExchangeOptions): Promise<Uint8Array> {
    for (let sends = 0; sends < 2 && !options.signal.aborted; sends++) {
      if (options.mayBeSent?.() === false)
        throw new TransportError({ phase: 'connect', kind: 'local', detail: 'rule' });
      this.#sees(address, nameOf(message));
      await this.#wait(this.random() < 0.2 ? 400 : 10, options.signal);
      if (this.random() < 0.7) return answered(message, {});
    }
    throw new TransportError({ phase: 'answer', kind: 'silent' });
  }

  #sees(address: string, name: string): void {
    this.counts.clear++;
    if (this.isForbidden(address, name) || this.demanded.has(name)) this.leaks.push(`${name} at ${address}`);
  }

  async #probed({ address }: Endpoint) {
    await this.#wait(30);
    const isUp = this.upSince.get(address) !== undefined;
    const failure: Evidence = { result: 'failure', phase: 'connect', kind: 'refused', controlled: true };
    return { evidence: isUp ? ({ result: 'success' } as const) : failure, times: { total: 30 } };
  }

  #pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.random() * all.length)] as T;
  }

  /** Something other than a query. */
  change(): void {
    this.counts.changes++;
    const what = this.random();
    if (what < 0.5) {
      const address = this.#pick(ADDRESSES);
      this.upSince.set(address, this.upSince.get(address) === undefined ? this.clock.now() : undefined);
    } else if (what < 0.9) {
      this.rules = this.#pick(RULE_SETS);
      const { zones, addresses } = this.rules;
      const lines = [...zones.map((zone) => `zone ${zone}`), ...addresses.map((address) => `address ${address}`)];
      this.selector.setRules(lines.map((line) => `require ${line}`).join('\n'));
    } else this.selector.networkChanged();
  }

  async ask(number: number): Promise<void> {
    const name = `q${number}.${this.#pick(ZONES)}`;
    const address = this.#pick(ADDRESSES);
    const demands = this.random() < 0.2;
    if (demands) this.demanded.add(name);
    // Hosts name the zone, a parent of it, or nothing.
    const zone = this.#pick([undefined, 'test', name.slice(name.indexOf('.') + 1)]);
    const context = { zone, demand: demands ? 'require' : undefined } as const;
    const startedAt = this.clock.now();
    const wasStrict = demands || this.isForbidden(address, name);
    const how = this.random();
    try {
      const { transport } = await this.#send(how, address, name, context);
      this.counts[transport === 'dot' ? 'encrypted' : 'clear']++;
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      this.counts.failed++;
      const since = this.upSince.get(address);
      const isUp = since !== undefined && since <= startedAt - RETURN_MS;
      if (how < 0.8 && wasStrict && isUp && error.code !== 'STALE_DECISION')
        this.needless.push(`${name} at ${address}: ${error.message}`);
    }
    this.demanded.delete(name);
  }

  /** Of a server, with a decision of before, or of several servers. */
  async #send(how: number, address: string, name: string, context: object) {
    const message = query(name);
    if (how < 0.6) return this.selector.query(address, message, { context, timeoutMs: SECOND });
    if (how < 0.8) {
      const decision = this.selector.decide(address, context);
      await this.#wait(this.random() * 12 * SECOND);
      return this.selector.query(decision, message, { context, timeoutMs: SECOND });
    }
    const servers = [address, ...ADDRESSES.filter((other) => other !== address)];
    return queryServers(this.selector, servers, message, { context, timeoutMs: SECOND });
  }
}

test('Q39 rules, demands, servers and networks change at random: no name in clear text that was forbidden, no needless failure', async () => {
  const attack = new Attack();
  const asked: Promise<void>[] = [];
  for (let number = 0; number < QUERIES; number++) {
    asked.push(attack.ask(number));
    await attack.clock.advance(Math.floor(attack.random() * 40));
    if (attack.random() < 0.05) attack.change();
  }
  await attack.clock.advance(120 * SECOND);
  await Promise.all(asked);
  const closed = attack.selector.close();
  await attack.clock.advance(SECOND);
  await closed;
  expect(attack.leaks).toEqual([]);
  expect(attack.needless).toEqual([]);
  // All of it has happened.
  for (const count of Object.values(attack.counts)) expect(count).toBeGreaterThan(QUERIES / 100);
});
