import { describe, expect, it } from 'vitest';
import type { Fault } from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { brisk, type Lab, lab, PATIENCE } from '../support/lab.js';
import { type Wiretap, wiretap } from '../support/wiretap.js';
import { nameOf, openGuard } from '../transport/support.js';

/** What a session may read of a flood without end until it is closed, in octets: what the loop reads in some turns. */
const MOST_READ = 2_000_000;

/** A strike is left to show: the probe that it wants comes later than the test ends. */
const slowToRecheck = { ...brisk, recheckMs: 60_000 };

const FLOODS = ['key-update-flood', 'empty-records'] as const;

/** Whose connections carry TLS: Node's own, or sockets of the host's, which are looked at. */
const CARRIERS = ['a connection of our own', 'a socket of the host’s'] as const;

interface Flooded extends Lab {
  readonly tap: Wiretap;
}

async function flooded(fault: Fault, carrier: (typeof CARRIERS)[number]): Promise<Flooded> {
  const tap = wiretap();
  const connect = carrier === CARRIERS[0] ? undefined : tap.connect;
  const dot = new DotExchange({ guard: openGuard, connect, timeoutMs: PATIENCE });
  return Object.assign(await lab({ fault }, { dot, policy: slowToRecheck }), { tap });
}

const cases = FLOODS.flatMap((fault) => CARRIERS.map((carrier) => [fault, carrier] as const));

describe('Q43', () => {
  it.each(cases)(
    'Q43 %s after an answer, over %s: the idle session is closed, a strike, and at the second Bad',
    async (fault, carrier) => {
      const l = await flooded(fault, carrier);
      l.makeGood();
      expect(await l.ask('n1.example.test')).toMatchObject({ transport: 'dot' });
      await l.server.until(({ open, unasked }) => open === 0 && unasked > 0);
      await expect
        .poll(() => l.selector.explain(l.target))
        .toMatchObject({ status: 'Good', probe: { phase: 'wanted', purpose: 'recheck' } });
      expect(l.server.connections[0]?.closedBy).toBe('client');
      expect(l.tap.mostRead()).toBeLessThan(MOST_READ);
      // The next session brings no answer, which would take the strike back.
      await l.server.setFault('tls-close-query');
      const { message, transport } = await l.ask('n2.example.test');
      expect([nameOf(message), transport]).toEqual(['n2.example.test', 'do53']);
      await expect.poll(() => l.selector.explain(l.target).history.at(-1)).toMatchObject({ to: 'bad', why: 'strikes' });
      expect((await l.ask('n3.example.test')).transport).toBe('do53');
    },
  );

  it.each(FLOODS)('Q43 %s while a query waits: it is answered over Do53, and the session closed', async (fault) => {
    const l = await flooded(fault, CARRIERS[1]);
    l.makeGood();
    const answers = await Promise.all(['n1.example.test', 'n2.example.test'].map((name) => l.ask(name)));
    expect(answers.map(({ message, transport }) => [nameOf(message), transport])).toEqual([
      ['n1.example.test', 'dot'],
      ['n2.example.test', 'do53'],
    ]);
    await l.server.until(({ open, unasked }) => open === 0 && unasked > 0);
    expect(l.tap.mostRead()).toBeLessThan(MOST_READ);
    expect(l.selector.metrics().queries).not.toHaveProperty('failed');
  });

  it.each(FLOODS)('Q43 %s on a probe’s session that nobody has used: closed, a strike', async (fault) => {
    const l = await flooded(fault, CARRIERS[0]);
    await l.discover();
    await l.server.until(({ open, unasked }) => open === 0 && unasked > 0);
    await expect
      .poll(() => l.selector.explain(l.target))
      .toMatchObject({ status: 'Good', probe: { phase: 'wanted', purpose: 'recheck' } });
  });
});
