import { describe, expect, it, vi } from 'vitest';
import { TransportError } from '../../src/common/errors.js';
import type { ProbeResult } from '../../src/probe/prober.js';
import type { Failure } from '../../src/state/model.js';
import { policies } from '../../src/state/policy.js';
import { seededRandom } from '../../src/testing/random.js';
import { answered } from '../support/answers.js';
import { count, figure } from '../support/figures.js';
import { brisk, lab } from '../support/lab.js';
import { Load } from '../support/load.js';
import { DAY, HOUR, MINUTE, message, mostWithin, SECOND, type World, world } from '../support/world.js';
import { nameOf } from '../transport/support.js';

// At full size: some seconds of one core, which may be busy with other things.
vi.setConfig({ testTimeout: 300_000 });

const A = '192.0.2.1';

/** What connections meet at a backend that does not speak DoT, and after how long. */
interface Dead {
  readonly failure: Failure;
  readonly ms: number;
}

const closed: Dead = { failure: { phase: 'connect', kind: 'refused' }, ms: 10 };
const blackHole: Dead = { failure: { phase: 'connect', kind: 'silent' }, ms: 4 * SECOND };

/**
 * An address with many backends: each connection comes to one of them by lot, and stays there until the server closes it.
 *
 * @param share - how many of the backends speak DoT
 * @param dead - what the others do
 * @param sessionMs - after so long a session is closed
 */
function behindOneAddress(w: World, share: number, dead: Dead, sessionMs: number): void {
  const random = seededRandom(11);
  const { clock } = w;
  const later = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve));
  let openUntil = Number.NEGATIVE_INFINITY;
  w.dot.set(A, async (asked) => {
    if (clock.now() >= openUntil) {
      if (random() >= share) {
        await later(dead.ms);
        throw new TransportError(dead.failure);
      }
      openUntil = clock.now() + sessionMs;
      await later(20);
    }
    await later(10);
    return answered(asked);
  });
  w.do53.set(A, async (asked) => {
    await later(10);
    return answered(asked);
  });
  w.prober.set(A, async (): Promise<ProbeResult> => {
    if (random() < share) {
      await later(30);
      return { evidence: { result: 'success' }, rcode: 0, times: { total: 30 } };
    }
    await later(dead.ms);
    return { evidence: { result: 'failure', controlled: true, ...dead.failure }, times: { total: dead.ms } };
  });
}

describe('Q19', () => {
  const { demotedRetryMs, levelHoldMs, maxRetryMs } = policies.default;
  /**
   * The most demotions of a day: of a server that holds Good just long enough each time to be trusted anew, and those in
   * which its damping doubles to its end.
   */
  const mostDemotions =
    Math.ceil(DAY / (levelHoldMs + demotedRetryMs)) + Math.ceil(Math.log2(maxRetryMs / demotedRetryMs));

  it.each([
    ['closed', 10 * SECOND, closed],
    ['closed', 10 * MINUTE, closed],
    ['dropped', MINUTE, blackHole],
  ] as const)(
    'Q19 half of the backends speak DoT, 853 %s at the others, sessions of %i ms, for a day: no flapping',
    async (name, sessionMs, dead) => {
      const w = world();
      behindOneAddress(w, 0.5, dead, sessionMs);
      w.makeGood(A);
      const load = new Load(() => w.clock.now());
      const everyMs = 2 * SECOND;
      let encrypted = 0;
      for (let at = 0; at < DAY; at += everyMs) {
        const asked = w.selector.query(A, message('example.org'));
        load.begin(asked);
        asked.then(
          (result) => {
            if (result.encrypted) encrypted++;
          },
          () => undefined,
        );
        await w.clock.advance(everyMs);
      }
      await w.clock.advance(10 * SECOND);
      const queries = DAY / everyMs;
      const demotions = w.transitions.filter(({ from }) => from === 'good').length;
      expect([load.failures, load.answered]).toEqual([[], queries]);
      expect(demotions).toBeGreaterThan(0);
      expect(demotions).toBeLessThanOrEqual(mostDemotions);
      const probes = w.begun().map(({ at }) => at);
      // Demoted, it is left alone for the damping; nothing is tried at every query.
      expect(mostWithin(probes, MINUTE)).toBeLessThanOrEqual(5);
      expect(load.slowest).toBeLessThanOrEqual(policies.default.coldHedgeMaxMs + 20);
      figure(
        'Q19',
        `853 ${name} at half of the backends, sessions of ${sessionMs / SECOND} s, a day of ${count(queries)} queries: 0 failed, ` +
          `slowest ${count(load.slowest)} ms, ${count((100 * encrypted) / queries)} % encrypted, demoted ${demotions} times ` +
          `(allowed ${mostDemotions}), ${count(probes.length)} probes, ${mostWithin(probes, HOUR)} in an hour at most`,
      );
    },
  );

  it.each(['closed', 'tcp-reset', 'tls-reset-query'] as const)(
    'Q19 on real sockets: connections come to a backend that speaks DoT and to one with 853 %s in turns: all answered',
    async (other) => {
      const l = await lab({ turns: ['close-after', other], answers: 5 }, { policy: brisk });
      l.makeGood();
      const queries = 400;
      const transports: Record<string, number> = {};
      for (let index = 0; index < queries; index++) {
        const name = `n${index}.example.test`;
        const { message: answer, transport } = await l.ask(name);
        expect(nameOf(answer)).toBe(name);
        transports[transport] = (transports[transport] ?? 0) + 1;
      }
      const { transitions, queries: told } = l.selector.metrics();
      expect(told).not.toHaveProperty('failed');
      expect(transitions['good-bad'] ?? 0).toBeLessThanOrEqual(1);
      expect(transitions['bad-good'] ?? 0).toBe(0);
      figure(
        'Q19',
        `real sockets, other backend ${other}: ${queries} of ${queries} queries answered, ${transports.dot ?? 0} over DoT, ` +
          `${l.server.counters.connections} connections, demoted ${transitions['good-bad'] ?? 0} times`,
      );
    },
  );
});
