import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TransportSelector } from '../../src/selector.js';
import { ScriptedExchange, ScriptedProber, VirtualClock } from '../../src/testing/index.js';
import { seededRandom } from '../../src/testing/random.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import type { Connect } from '../../src/transport/tls/tls.js';
import { codeOf } from '../support/lab.js';
import { openGuard, query } from '../transport/support.js';

const SERVERS = 1_000;
/** Of so many servers the Do53 of one is silent: its query fails whoever asks. */
const SOUND = 50;

/** Handshakes that begin in one turn of the loop, and that are under way at once, each counted for so long at most. */
const PER_TURN = 8;
const AT_ONCE = 64;
const COUNTED_MS = 500;

/** Connections that are accepted and say nothing. */
class MuteServers {
  readonly openedAt: number[] = [];
  readonly addresses = new Set<string>();
  mostInATurn = 0;
  readonly #clock: VirtualClock;
  #inThisTurn = 0;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  readonly connect: Connect = ({ address }) => {
    this.addresses.add(address);
    this.openedAt.push(this.#clock.now());
    if (this.#inThisTurn++ === 0) setImmediate(() => (this.#inThisTurn = 0));
    this.mostInATurn = Math.max(this.mostInATurn, this.#inThisTurn);
    return new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
  };

  /** The most that were opened within the time for which one is counted. */
  mostAtOnce(): number {
    const { openedAt } = this;
    return Math.max(...openedAt.map((from) => openedAt.filter((at) => at >= from && at < from + COUNTED_MS).length));
  }
}

describe('Q37', () => {
  it.each([
    [300, 'always'],
    [1_000, 'always'],
    [5_000, 'always'],
    [300, 'off'],
    [1_000, 'off'],
    [5_000, 'off'],
  ] as const)(
    'Q37 1,000 Good servers fall silent at once, a query to each, %i ms, hedge %s: answered where a plain client’s is',
    async (limitMs, hedge) => {
      const clock = new VirtualClock();
      const servers = Array.from({ length: SERVERS }, (_, i) => `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`);
      const silent = servers.filter((_, i) => i % SOUND === 0);
      const script = Object.fromEntries(silent.map((address) => [address, 'never' as const]));
      const do53 = new ScriptedExchange({ clock, latencyMs: Math.min(limitMs / 4, 500), script });
      const mute = new MuteServers(clock);
      const selector = new TransportSelector({
        clock,
        policy: { hedge },
        do53,
        dot: new DotExchange({ clock, guard: openGuard, connect: mute.connect }),
        prober: new ScriptedProber({ clock, otherwise: 'silent' }),
        random: seededRandom(1),
        guard: { allow: ['10.0.0.0/8'] },
      });
      const targets = servers.map((address) => ({ address, zone: 'example.test' }));
      for (const target of targets) selector.report(selector.decide(target), { transport: 'dot', ok: true, rcode: 0 });
      const ended = new Map<string, unknown>();
      const asked = targets.map(async (target) => {
        const answer = selector.query(target, query('a.example.test'), { timeoutMs: limitMs });
        ended.set(target.address, await codeOf(answer));
      });
      await clock.advance(limitMs);
      await Promise.all(asked);
      const failed = [...ended].filter(([, code]) => code !== 'resolved').map(([address]) => address);
      expect(failed.sort()).toEqual(silent.sort());
      const { clearToGood, queries } = selector.metrics();
      const waited = SERVERS - mute.addresses.size;
      expect(queries).toMatchObject({
        do53: SERVERS - silent.length,
        fellBack: SERVERS - silent.length,
        failed: silent.length,
      });
      // Where no hedge comes before, and the caller has the time: a quarter of the attempt's.
      if (hedge === 'off' && limitMs === 5_000) expect(clearToGood).toMatchObject({ openings: waited });
      // Our own bound is no evidence.
      const unasked = targets.filter(({ address }) => !mute.addresses.has(address));
      const states = unasked
        .map((target) => selector.explain(target))
        .filter(({ status, probe }) => status !== 'Good' || probe.phase !== 'idle');
      expect([unasked.length, states.length]).toEqual([waited, 0]);
      expect(mute.mostInATurn).toBeLessThanOrEqual(PER_TURN);
      expect(mute.mostAtOnce()).toBeLessThanOrEqual(AT_ONCE);
      const closed = selector.close();
      await clock.advance(10_000);
      await closed;
    },
  );
});
