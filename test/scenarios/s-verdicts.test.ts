import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND, type World, type WorldOptions, world } from '../support/world.js';

const A = '192.0.2.1';
const REFUSED = { phase: 'connect', kind: 'refused' } as const;

/** A host that only decides, on a network where DoT has worked. */
function decider(options: WorldOptions = {}): World {
  const w = world({ ...options, policy: { onlyAfterAnswer: false } });
  w.proveNetwork();
  return w;
}

/** The gaps between probes, in milliseconds. */
function gaps(w: World, since: number): number[] {
  const times = w.begun(A).map(({ at }) => at);
  return times.map((at, index) => at - (times[index - 1] ?? since));
}

describe('Good', () => {
  it('S6 Good, used on day 1 and idle after, is refreshed once and forgotten in time', async () => {
    const w = decider();
    w.makeGood(A);
    await w.clock.advance(HOUR);
    await w.contact(A);
    await w.clock.advance(3 * DAY);
    expect(w.begun()).toHaveLength(1);
    const refreshed = w.begun()[0]?.at ?? 0;
    expect(refreshed).toBeGreaterThanOrEqual(0.7 * 3 * DAY);
    expect(refreshed).toBeLessThanOrEqual(0.9 * 3 * DAY + MINUTE);
    expect(w.status(A)).toBe('Good');
    await w.clock.advanceTo(refreshed + 3 * DAY + MINUTE);
    expect(w.status(A)).toBe('Unknown');
    expect(w.entries()).toHaveLength(1);
    await w.clock.advanceTo(refreshed + 10 * DAY + MINUTE);
    expect(w.entries()).toEqual([]);
    expect(w.begun()).toHaveLength(1);
    expect(w.transitions.map(({ why }) => why)).toEqual(['report-success', 'expired']);
  });

  it('S7 Good and expiring while in use is refreshed in the background before: no query in clear text', async () => {
    const w = decider({ probes: { latencyMs: 200 } });
    w.makeGood(A);
    const decisions = await w.contactFor(A, 12 * DAY, HOUR);
    expect(decisions.every(({ action }) => action === 'encrypt')).toBe(true);
    const between = gaps(w, 0);
    expect(between.length).toBeGreaterThanOrEqual(4);
    for (const gap of between) {
      expect(gap).toBeGreaterThanOrEqual(0.7 * 3 * DAY);
      expect(gap).toBeLessThanOrEqual(0.9 * 3 * DAY + MINUTE);
    }
    expect(w.transitions).toHaveLength(1);
  });

  it('S8 Good that expired unseen: the first contact probes at once, no threshold', async () => {
    const w = world({ policy: { threshold: 100 } });
    w.makeGood(A);
    await w.clock.advance(4 * DAY);
    expect(w.begun()).toEqual([]);
    expect((await w.contact(A)).action).toBe('clear');
    expect(w.begun()).toEqual([{ address: A, at: 4 * DAY }]);
    expect((await w.contact(A)).action).toBe('encrypt');
  });
});

describe('Bad', () => {
  it('S9 no connection to 853 one millisecond before the damping time is over, and one at its edge', async () => {
    const w = decider({ probes: { otherwise: 'refused', latencyMs: 10 } });
    await w.contact(A);
    await w.contact(A);
    await w.clock.advance(10);
    const since = w.clock.now();
    expect(w.status(A)).toBe('Bad');
    await w.contactFor(A, DAY - HOUR, 10 * MINUTE);
    await w.clock.advanceTo(since + DAY - 1);
    expect((await w.contact(A)).action).toBe('clear');
    expect([w.begun().length, w.dot.calls.length]).toEqual([1, 0]);
    await w.clock.advanceTo(since + DAY);
    expect((await w.contact(A)).action).toBe('clear');
    expect(w.begun().map(({ at }) => at)).toEqual([0, since + DAY]);
  });

  it('S9 the same for a demoted one, whose queries all go in clear text meanwhile', async () => {
    const w = world({ probes: { otherwise: 'refused' } });
    w.makeGood(A);
    w.dot.set(A, REFUSED);
    await w.ask(A);
    await w.ask(A);
    expect(w.status(A)).toBe('Bad');
    const before = w.dot.calls.length;
    await w.clock.advance(MINUTE - 1);
    expect(await w.ask(A)).toMatchObject({ transport: 'do53', fellBack: false });
    expect([w.begun().length, w.dot.calls.length]).toEqual([0, before]);
    await w.clock.advance(1);
    await w.ask(A);
    expect([w.begun().length, w.dot.calls.length]).toEqual([1, before]);
  });

  it('S10 formerly Good: retried after 60 s, 120 s, 240 s and so on, at most a day', async () => {
    const w = world({ probes: { otherwise: 'refused' } });
    w.makeGood(A);
    w.dot.set(A, REFUSED);
    await w.ask(A);
    await w.ask(A);
    await w.contactFor(A, 4 * DAY, 10 * SECOND);
    const expected = [...Array.from({ length: 11 }, (_, level) => MINUTE * 2 ** level), DAY, DAY];
    expect(gaps(w, 0)).toEqual(expected);
  });

  it('S10 Good for 10 min × 2^level resets', async () => {
    const w = world({ probes: { otherwise: ['refused', 'good', 'refused'] } });
    w.makeGood(A);
    const demote = async (): Promise<number> => {
      w.dot.set(A, REFUSED);
      await w.ask(A);
      await w.ask(A);
      expect(w.status(A)).toBe('Bad');
      return w.clock.now();
    };
    await demote();
    // Refused at 60 s, good at 180 s: level 2 from then on, which takes 40 minutes to lose.
    await w.contactFor(A, 3 * MINUTE, MINUTE);
    expect([w.status(A), w.begun().length]).toEqual(['Good', 2]);
    await w.clock.advanceTo(3 * MINUTE + 40 * MINUTE);
    const again = await demote();
    await w.contactFor(A, MINUTE, SECOND);
    expect(w.begun(A).at(-1)?.at).toBe(again + MINUTE);
  });

  it('S10 Good for a millisecond less does not reset', async () => {
    const w = world({ probes: { otherwise: ['refused', 'good', 'refused'] } });
    w.makeGood(A);
    w.dot.set(A, REFUSED);
    await w.ask(A);
    await w.ask(A);
    await w.contactFor(A, 3 * MINUTE, MINUTE);
    await w.clock.advanceTo(3 * MINUTE + 40 * MINUTE - 1);
    await w.ask(A);
    await w.ask(A);
    const again = w.clock.now();
    await w.contactFor(A, 4 * MINUTE, SECOND);
    expect(w.begun(A).at(-1)?.at).toBe(again + 4 * MINUTE);
  });

  it('S10 never Good: a day, every time', async () => {
    const w = decider({ probes: { otherwise: 'refused' } });
    await w.contact(A);
    await w.contactFor(A, 4 * DAY, HOUR);
    expect(gaps(w, 0)).toEqual([0, DAY, DAY, DAY, DAY]);
  });

  it('S10 never Good and unreachable: an hour, doubling to a day', async () => {
    const w = decider({ probes: { otherwise: 'unreachable' } });
    w.do53.set(A, 'good');
    await w.contact(A);
    await w.contactFor(A, 4 * DAY, HOUR);
    expect(gaps(w, 0)).toEqual([0, 1, 2, 4, 8, 16, 24, 24].map((hours) => hours * HOUR));
  });

  it('S10 Good for a second at a time backs off', async () => {
    const w = world();
    w.makeGood(A);
    const bad: number[] = [];
    for (let i = 0; i < 6; i++) {
      await w.clock.advance(SECOND);
      w.dot.set(A, REFUSED);
      await w.ask(A);
      await w.ask(A);
      expect(w.status(A)).toBe('Bad');
      const since = w.clock.now();
      while (w.status(A) === 'Bad') {
        await w.clock.advance(SECOND);
        await w.contact(A);
      }
      bad.push(w.clock.now() - since);
    }
    expect(bad).toEqual([1, 2, 4, 8, 16, 32].map((factor) => factor * MINUTE));
  });
});

describe('which server', () => {
  it('S11 IPv4 Good and IPv6 Bad of one name are independent, and both visible', async () => {
    const w = decider({ probes: { script: { '2001:db8::1': 'refused' } } });
    const refs = ['192.0.2.1', '2001:db8::1'].map((address) => ({ address, nameserver: 'ns.example.org' }));
    for (const ref of [...refs, ...refs]) await w.contact(ref);
    await w.clock.advance(SECOND);
    expect(refs.map((ref) => w.selector.decide(ref).reason)).toEqual(['good', 'bad']);
    expect(w.entries().map(({ endpoint, status, nameserver }) => [endpoint.address, status, nameserver])).toEqual([
      ['192.0.2.1', 'Good', 'ns.example.org'],
      ['2001:db8::1', 'Bad', 'ns.example.org'],
    ]);
  });

  it.each([
    ['S12 an IPv4-mapped address is the IPv4 server', ['::ffff:192.0.2.1', '192.0.2.1'], 1],
    ['S12 two spellings of an IPv6 address are one server', ['2001:DB8::0:1', '2001:db8::1', '[2001:db8:0::1]:53'], 1],
    ['S12 two scopes of a link-local address are two servers', ['fe80::1%a', 'fe80::1%b'], 2],
  ])('%s', async (_, refs, count) => {
    const w = decider({ probes: { latencyMs: 50 } });
    for (const ref of refs) {
      await w.contact(ref);
      await w.contact(ref);
    }
    await w.clock.advance(20);
    expect(w.entries()).toHaveLength(count);
    expect(w.begun()).toHaveLength(count);
    await w.clock.advance(50);
    for (const ref of refs) expect(w.status(ref)).toBe('Good');
  });

  it('S13 two local addresses are two independent states of one server', async () => {
    const w = decider({
      probes: {
        script: {
          [A]: ({ endpoint }) => ({
            evidence:
              endpoint.localAddress === '198.51.100.1'
                ? { result: 'success' }
                : { result: 'failure', ...REFUSED, controlled: true },
            times: { total: 5 },
          }),
        },
      },
    });
    const refs = ['198.51.100.1', '198.51.100.2'].map((localAddress) => ({ address: A, localAddress }));
    for (const ref of [...refs, ...refs]) await w.contact(ref);
    await w.clock.advance(SECOND);
    expect(refs.map((ref) => w.status(ref))).toEqual(['Good', 'Bad']);
    expect(w.status(A)).toBe('Unknown');
    expect(w.entries()).toHaveLength(2);
  });
});
