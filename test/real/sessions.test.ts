import { describe, expect, it, onTestFinished } from 'vitest';
import { VirtualClock } from '../../src/testing/index.js';
import { seededRandom } from '../../src/testing/random.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { eachOf } from '../support/crowd.js';
import { framed, headOf, rawQuery, rawTls } from '../support/raw-client.js';
import { startRelay } from '../support/relay.js';
import {
  ask,
  askAll,
  becomeGood,
  names,
  REAL_SERVERS,
  rig,
  selectorFor,
  targetOf,
  transports,
  ZONE,
} from '../support/rig.js';
import { type RealServer, startNsd } from '../support/servers.js';
import { dotAt, nameOf, never, openGuard, query } from '../transport/support.js';

/** Nothing that a busy machine does to a query makes Do53 join. */
const patient = { warmHedgeMinMs: 60_000, warmHedgeMaxMs: 60_000, coldHedgeMinMs: 60_000, coldHedgeMaxMs: 60_000 };

interface Asking extends AsyncDisposable {
  readonly exchange: DotExchange;
  readonly clock: VirtualClock;
  /** Asks for all at once; every answer is to its question. */
  burst(count: number, label: string): Promise<void>;
}

function asking(server: RealServer, clock: VirtualClock = new VirtualClock()): Asking {
  // Its time stands still: nothing is given up.
  const exchange = new DotExchange({ guard: openGuard, clock });
  const endpoint = dotAt(server.dotPort);
  return {
    exchange,
    clock,
    async burst(count, label) {
      const asked = names(count, label);
      const answers = await Promise.all(
        asked.map((name, id) => exchange.exchange(endpoint, query(name, id), { signal: never })),
      );
      expect(answers.map(nameOf)).toEqual(asked);
    },
    [Symbol.asyncDispose]: () => exchange.close(),
  };
}

describe.each(REAL_SERVERS)('%s', (software, start) => {
  it('Q9 100 bursts of 2 to 100 on one session: nothing is left unanswered', async () => {
    await using server = await start();
    await using a = asking(server);
    const random = seededRandom(9);
    for (let i = 0; i < 100; i++) await a.burst(2 + Math.floor(random() * 99), `b${i}-`);
    expect(a.exchange.sessions).toMatchObject({ opened: 1, open: 1 });
  });

  it('Q9 bursts that come while others are being answered: nothing is left unanswered', async () => {
    await using server = await start();
    await using a = asking(server);
    await a.burst(1, 'first');
    const random = seededRandom(10);
    const sizes = Array.from({ length: 200 }, () => 1 + Math.floor(random() * 30));
    await eachOf(sizes, 4, (size) => a.burst(size, `s${size}-`));
    expect(a.exchange.sessions).toMatchObject({ opened: 1, open: 1 });
  });

  it('Q18 the first answer on a fresh session, and alone: what is written beside it does no harm', async () => {
    await using server = await start();
    for (let i = 0; i < 10; i++) {
      await using a = asking(server);
      await a.burst(1, 'alone');
      await a.burst(1, 'next');
      await a.burst(5, 'more');
      expect(a.exchange.sessions).toMatchObject({ opened: 1, open: 1 });
    }
  });

  it('Q7 half a frame that lies there: the rest of it is answered', async () => {
    await using server = await start();
    const client = await rawTls({ address: server.address, port: server.dotPort });
    onTestFinished(() => {
      client.socket.destroy();
    });
    for (let id = 1; id <= 20; id++) {
      const whole = framed(rawQuery({ id }));
      const next = framed(rawQuery({ id: id + 1 }));
      client.socket.write(id === 1 ? whole : whole.subarray(1));
      client.socket.write(next.subarray(0, 1));
      expect(headOf(await client.next())).toMatchObject({ id, rcode: 0 });
    }
  });

  it('Q7 the server closes a session on which half a frame may lie: no failure, the next query opens another', async () => {
    const r = await rig(start, { idleSeconds: 1 });
    const selector = selectorFor({ policy: patient });
    await becomeGood(selector, r.target);
    for (let i = 0; i < 2; i++) {
      await r.dot.until(({ open }) => open === 0);
      expect(await ask(selector, r.target, `n${i}.${ZONE}`)).toMatchObject({ transport: 'dot', encrypted: true });
    }
    expect(selector.explain(r.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
    expect(selector.metrics().clearToGood).toEqual({});
  });

  it('Q7 resumed sessions: as good as new ones, ten in a row', async () => {
    await using server = await start();
    await using a = asking(server);
    // The second burst comes after the tickets.
    for (const label of ['first', 'second']) await a.burst(3, label);
    for (let i = 1; i <= 10; i++) {
      await a.clock.advance(118_000);
      expect(a.exchange.sessions.open).toBe(0);
      await a.burst(50, `r${i}-`);
      await a.burst(2, `t${i}-`);
    }
    // A resumed session need not bring a new ticket.
    expect(a.exchange.sessions.opened).toBe(11);
    expect(a.exchange.sessions.resumed).toBeGreaterThanOrEqual(software === 'NSD' ? 1 : 2);
  });

  it('Q8 restarted at random under load: no query is lost', async () => {
    // Do53 is another server’s, so that something can answer meanwhile.
    await using server = await start();
    await using steady = await startNsd();
    const target = { ...targetOf(server), port: steady.port };
    const selector = selectorFor();
    await becomeGood(selector, target);
    let restarting = true;
    const restarts = (async () => {
      for (let i = 0; i < 4; i++) await server.setTls('any');
      restarting = false;
    })();
    let answered = 0;
    const worker = async (label: string): Promise<void> => {
      for (let i = 0; restarting; i++) {
        await ask(selector, target, `${label}-${i}.${ZONE}`);
        answered++;
      }
    };
    await Promise.all(Array.from({ length: 10 }, (_, i) => worker(`w${i}`)));
    await restarts;
    expect(answered).toBeGreaterThan(100);
    expect(selector.metrics().queries).not.toHaveProperty('failed');
  });
});

describe('NSD', () => {
  it('Q8 it closes after ten queries: every query answered over few connections, and it stays Good', async () => {
    await using server = await startNsd({ queriesPerConnection: 10 });
    const relay = await startRelay({ address: server.address, port: server.dotPort });
    onTestFinished(() => relay.close());
    const target = { ...targetOf(server), dotPort: relay.port };
    const selector = selectorFor({ policy: patient });
    await becomeGood(selector, target);
    const began = performance.now();
    const asked = names(500);
    const used: Record<string, number> = {};
    for (let at = 0; at < asked.length; at += 20) {
      const results = await askAll(selector, target, asked.slice(at, at + 20));
      for (const [transport, count] of Object.entries(transports(results)))
        used[transport] = (used[transport] ?? 0) + count;
    }
    const seconds = (performance.now() - began) / 1_000;
    expect((used.dot ?? 0) + (used.do53 ?? 0)).toBe(500);
    expect(used.dot).toBeGreaterThanOrEqual(80);
    // The probe's; a burst of eight full handshakes, and two a second; four times as many that resume. And hardly more than
    // the fifty that the queries need.
    const allowed = 8 + Math.ceil(2 * seconds);
    expect(relay.connections).toBeLessThanOrEqual(Math.min(1 + 5 * allowed, 75));
    expect(selector.explain(target).status).toBe('Good');
    expect(selector.metrics().queries).not.toHaveProperty('failed');
  });
});
