import { describe, expect, it, vi } from 'vitest';
import { resolvePolicy } from '../../src/state/policy.js';
import { seededRandom } from '../../src/testing/random.js';
import { crowd } from '../support/crowd.js';
import { count, figure } from '../support/figures.js';
import { brisk, PATIENCE } from '../support/lab.js';
import { apart, expectRate, finds, openSlots, type Siege, siege } from '../support/siege.js';
import { DAY, HOUR, MINUTE, mostWithin, SECOND } from '../support/world.js';

// At full size: some seconds of one core, which may be busy with other things.
vi.setConfig({ testTimeout: 300_000 });

/** What P8 promises: so long may a server wait that is asked for in so many minutes. */
const PATIENCE_OF_P8 = 30 * SECOND;
const MINUTES_OF_P8 = 5;

/** Real servers, each in a /24 of its own, where no stranger is. */
function honest(index: number): string {
  return `90.${index >> 8}.${index & 255}.53`;
}

const isHonest = (address: string): boolean => address.startsWith('90.');

/** A zone of a stranger: families enough that no bound on one family holds him. */
function strangersZone(index: number): string {
  return `z${index}.stranger${index % 500}.example`;
}

const honestOrBlackHole = (address: string, timeoutMs: number) =>
  isHonest(address) ? finds.good() : finds.blackHole(address, timeoutMs);

/** Strangers' addresses that nobody has met yet, so many a second. */
class Flood {
  met = 0;
  readonly #siege: Siege;
  readonly #perSecond: number;
  #due = 0;

  constructor(s: Siege, perSecond: number) {
    this.#siege = s;
    this.#perSecond = perSecond;
  }

  /** One second of it. */
  second(): void {
    for (this.#due += this.#perSecond; this.#due >= 1; this.#due--) {
      this.#siege.meet(apart(this.met), strangersZone(this.met));
      this.met++;
    }
  }
}

describe('P8', () => {
  it.each([
    ['10 a second', 10],
    // As many as the table has room for in that time: beyond that it is P9.
    ['50 a second', 50],
  ])(
    'P8 black holes hold all slots, %s: a server hit in 5 of 10 minutes is probed within 30 s',
    async (_, perSecond) => {
      const s = siege({ finds: honestOrBlackHole });
      const flood = new Flood(s, perSecond);
      const random = seededRandom(7);
      const servers = Array.from({ length: 50 }, (_unused, index) => honest(index));
      const moments = servers.map(() => Math.floor(60 * random()));
      const hits = new Map<string, number[]>();
      const slots: number[] = [];
      const [build, minutes] = [5, 10];
      for (let second = 0; second < (build + minutes) * 60; second++) {
        flood.second();
        const minute = Math.floor(second / 60) - build;
        // One hit in every other minute, at a second of its own.
        for (const [index, address] of servers.entries()) {
          if (minute < 0 || (minute + index) % 2 !== 0 || second % 60 !== moments[index]) continue;
          hits.set(address, [...(hits.get(address) ?? []), s.clock.now()]);
          s.answered(address, `zone${index}.example`);
        }
        await s.clock.advance(SECOND);
        if (minute >= 0) slots.push(s.selector.metrics().inFlight);
      }
      const waits = servers.map((address) => {
        const times = hits.get(address) ?? [];
        const ripe = times[Math.min(times.length, MINUTES_OF_P8) - 1] ?? Number.NaN;
        return Math.max(0, (s.firstProbe(address) ?? Number.POSITIVE_INFINITY) - ripe);
      });
      const sinceSecond = servers.map(
        (address) => (s.firstProbe(address) ?? Number.NaN) - ((hits.get(address) ?? [])[1] ?? Number.NaN),
      );
      expect(Math.max(...waits)).toBeLessThanOrEqual(PATIENCE_OF_P8);
      expect(s.having('Good', servers)).toBe(servers.length);
      for (const address of servers) {
        expect(s.selector.explain(address).contacts).toBe(hits.get(address)?.length);
        expect(hits.get(address)).toHaveLength(MINUTES_OF_P8);
      }
      // All that strangers can have was held, but for a moment here and there.
      const held = slots.filter((taken) => taken >= openSlots(s.policy) - 1).length;
      expect(held / slots.length).toBeGreaterThan(0.95);
      figure(
        'P8',
        `${count(flood.met)} black holes, ${perSecond} a second for ${build + minutes} min; all ${openSlots(s.policy)} open slots ` +
          `held in ${count((100 * held) / slots.length)} % of the seconds; ${servers.length} of ${servers.length} servers found, ` +
          `after the fifth minute's hit ${count(Math.max(...waits) / SECOND, 1)} s at most, ` +
          `after the second hit ${count(Math.max(...sinceSecond) / SECOND, 1)} s at most; all hits counted`,
      );
    },
  );

  it('P8 on real sockets: black holes hold all slots, the one that speaks DoT is found all the same', async () => {
    const HOLES = 40;
    const policy = { ...brisk, probesAtOnce: 8, groupShare: 1 };
    const c = await crowd([{ count: HOLES, fault: 'black-hole' }, {}], '127.131', { policy });
    const sound = c.members.at(-1);
    if (sound === undefined) throw new Error('no servers');
    c.selector.pause();
    for (const member of c.members) for (let hits = 0; hits < 2; hits++) await c.ask(member);
    expect(c.selector.metrics().candidates).toBe(HOLES + 1);
    c.selector.resume();
    const inFlight = openSlots(resolvePolicy(policy));
    await expect.poll(() => c.selector.metrics().inFlight).toBe(inFlight);
    expect(c.selector.explain(sound.target)).toMatchObject({ contacts: 2, probe: { phase: 'wanted' } });
    await expect.poll(() => c.selector.explain(sound.target).status, { timeout: 60_000 }).toBe('Good');
    expect((await c.ask(sound)).transport).toBe('dot');
    await expect.poll(() => c.selector.metrics().endpoints, { timeout: 60_000 }).toMatchObject({ bad: HOLES, good: 1 });
    const held = Math.ceil(HOLES / inFlight) * PATIENCE;
    figure(
      'P8',
      `real sockets: ${HOLES} black holes before it, each ${PATIENCE} ms in ${inFlight} slots (${held} ms): found`,
    );
  });
});

describe('slots', () => {
  it('black holes in many prefixes for half an hour: what is Good is refreshed in time, newcomers of two minutes are found', async () => {
    const life = HOUR / 2;
    const s = siege({ policy: { goodMs: life }, finds: honestOrBlackHole });
    const good = Array.from({ length: 500 }, (_, index) => honest(index));
    for (const address of good) s.makeGood(address);
    const flood = new Flood(s, 8);
    const newcomers: { readonly address: string; readonly ripeAt: number }[] = [];
    for (let second = 0; second < life / SECOND; second++) {
      flood.second();
      // Each Good one is used every five minutes; a newcomer a minute, hit then and a minute later.
      for (let index = second % 300; index < good.length; index += 300) s.contact(good[index] ?? '', 'good.example');
      if (second % 60 === 0) {
        const before = newcomers.at(-1);
        if (before !== undefined) s.contact(before.address, 'new.example');
        const address = honest(1_000 + newcomers.length);
        s.answered(address, 'new.example');
        newcomers.push({ address, ripeAt: s.clock.now() + MINUTE });
      }
      await s.clock.advance(SECOND);
    }
    expect(s.lost).toEqual([]);
    expect(s.having('Good', good)).toBe(good.length);
    for (const address of good) expect(s.selector.decide(address).action).toBe('encrypt');
    expect(s.selector.metrics().clearToGood).toEqual({});
    const waits = newcomers.slice(0, -2).map(({ address, ripeAt }) => (s.firstProbe(address) ?? Number.NaN) - ripeAt);
    expect(Math.max(...waits)).toBeLessThanOrEqual(PATIENCE_OF_P8);
    expectRate(s);
    expect(s.prober.all.mostAtOnce).toBeLessThanOrEqual(s.policy.probesAtOnce);
    figure(
      'slots',
      `${count(flood.met)} black holes in half an hour; ${good.length} Good with a life of as long: 0 expired, 0 queries in clear text; ` +
        `${waits.length} newcomers hit in two minutes: probed ${count(Math.max(...waits) / SECOND, 1)} s after at most`,
    );
  });

  it('black holes that were Good, whose rechecks come first: a server hit in 5 minutes is probed within 30 s', async () => {
    const s = siege({ finds: honestOrBlackHole });
    const holes = 2_000;
    for (let index = 0; index < holes; index++) s.makeGood(apart(index));
    const servers = Array.from({ length: 20 }, (_, index) => honest(index));
    s.selector.pause();
    for (let minute = 0; minute < MINUTES_OF_P8; minute++) {
      for (const address of servers) s.answered(address, 'zone.example');
      await s.clock.advance(MINUTE);
    }
    for (let index = 0; index < holes; index++) {
      const decision = s.contact(apart(index), strangersZone(index));
      s.selector.report(decision, { transport: 'do53', ok: true, rcode: 5 });
      s.selector.report(decision, { transport: 'dot', ok: false, phase: 'connect', kind: 'silent' });
    }
    await s.clock.advance(s.policy.recheckMs);
    const from = s.clock.now();
    s.selector.resume();
    await s.clock.advance(10 * MINUTE);
    const waits = servers.map((address) => (s.firstProbe(address) ?? Number.POSITIVE_INFINITY) - from);
    expect(Math.max(...waits)).toBeLessThanOrEqual(PATIENCE_OF_P8);
    expect(s.having('Good', servers)).toBe(servers.length);
    figure(
      'slots',
      `${count(holes)} black holes that were Good, all of them struck at once: ${servers.length} servers of ${MINUTES_OF_P8} minutes ` +
        `probed after ${count(Math.max(...waits) / SECOND, 1)} s at most`,
    );
  });

  it('20,000 Good struck at once: no more than may wait do, the most used first, and who is used again comes again', async () => {
    let isOver = false;
    const s = siege({ finds: (address, timeoutMs) => (isOver ? finds.good() : finds.blackHole(address, timeoutMs)) });
    const [struck, used] = [20_000, 500];
    const strike = (index: number): void => {
      const decision = s.contact(apart(index), strangersZone(index));
      s.selector.report(decision, { transport: 'do53', ok: true, rcode: 0 });
      s.selector.report(decision, { transport: 'dot', ok: false, phase: 'connect', kind: 'silent' });
    };
    for (let index = 0; index < struck; index++) s.makeGood(apart(index));
    await s.clock.advance(MINUTE);
    for (let index = struck - used; index < struck; index++) s.contact(apart(index), strangersZone(index));
    await s.clock.advance(MINUTE);
    let most = 0;
    for (let index = 0; index < struck; index++) {
      strike(index);
      most = Math.max(most, s.selector.metrics().candidates);
    }
    expect(most).toBe(s.policy.candidates);
    expect(s.selector.metrics().dropped.candidates).toBe(struck - s.policy.candidates);
    isOver = true;
    await s.clock.advance(s.policy.recheckMs + (used / s.policy.probesPerSecond - 1) * SECOND);
    const probed = (index: number): boolean => s.firstProbe(apart(index)) !== undefined;
    const places = Array.from({ length: struck }, (_, index) => index);
    const first = places.filter(probed);
    expect(first.length).toBeGreaterThan(0.8 * used);
    expect(first.every((index) => index >= struck - used)).toBe(true);
    await s.clock.advance(MINUTE);
    const late = places.filter((index) => !probed(index));
    expect(late).toHaveLength(struck - s.policy.candidates);
    for (const index of late.slice(0, 100)) strike(index);
    await s.clock.advance(MINUTE);
    expect(late.slice(0, 100).every(probed)).toBe(true);
    expect(s.having('Good', places.map(apart))).toBe(struck);
    figure(
      'slots',
      `${count(struck)} Good struck at once: ${count(most)} wait at most, the ${used} of two minutes are rechecked first`,
    );
  });

  it('a zone’s own Good servers, struck, take no more than its share of what waits', async () => {
    const s = siege({ finds: honestOrBlackHole });
    const [flock, others] = [2_000, 10];
    for (let index = 0; index < flock; index++) s.makeGood(apart(index));
    for (let index = 0; index < others; index++) s.makeGood(honest(index));
    const strike = (address: string, zone: string): void => {
      const decision = s.contact(address, zone);
      s.selector.report(decision, { transport: 'do53', ok: true, rcode: 0 });
      s.selector.report(decision, { transport: 'dot', ok: false, phase: 'connect', kind: 'silent' });
    };
    for (let index = 0; index < flock; index++) strike(apart(index), `z${index}.flock.example`);
    const share = s.policy.candidates * s.policy.groupShare;
    expect(s.selector.metrics().candidates).toBe(share);
    for (let index = 0; index < others; index++) strike(honest(index), 'sound.example');
    expect(s.selector.metrics()).toMatchObject({
      candidates: share + others,
      dropped: { 'group-candidates': flock - share },
    });
    const from = s.clock.now();
    await s.clock.advance(MINUTE);
    const waits = Array.from({ length: others }, (_, index) => (s.firstProbe(honest(index)) ?? Number.NaN) - from);
    expect(Math.max(...waits)).toBeLessThanOrEqual(2 * s.policy.recheckMs);
    expect(s.prober.all.mostAtOnce).toBeLessThanOrEqual(s.policy.probesAtOnce * s.policy.groupShare + others);
  });

  it('probes that never end hold a slot until the state’s own deadline, and no longer', async () => {
    const s = siege({ finds: (address) => (isHonest(address) ? finds.good() : { ...finds.closed(), ms: DAY }) });
    const flood = new Flood(s, 20);
    const { probeTimeoutMs, comparisonMs, probeGraceMs } = s.policy;
    const minutes = 10;
    for (let second = 0; second < minutes * 60; second++) {
      flood.second();
      await s.clock.advance(SECOND);
    }
    const { inFlight, probes } = s.selector.metrics();
    expect(inFlight).toBeLessThanOrEqual(openSlots(s.policy));
    const lifeMs = probeTimeoutMs + comparisonMs + probeGraceMs;
    const rounds = Math.floor((minutes * MINUTE) / lifeMs);
    expect(probes.begun).toBeGreaterThanOrEqual((rounds - 1) * openSlots(s.policy));
    // What nobody ever answered is no verdict.
    expect([probes.aborted, s.selector.metrics().transitions]).toEqual([(probes.begun ?? 0) - inFlight, {}]);
    const address = honest(0);
    const from = s.clock.now();
    for (let hits = 0; hits < 3; hits++) {
      s.answered(address, 'sound.example');
      await s.clock.advance(MINUTE);
    }
    expect((s.firstProbe(address) ?? Number.NaN) - from).toBeLessThanOrEqual(MINUTE + lifeMs);
  });
});

describe('popularity', () => {
  /** Minutes in which the strangers' addresses are asked for before anybody else comes. */
  const BUILT = 20;

  /** Asks for so many addresses so often in each minute, but probes none of them yet. */
  async function build(s: Siege, addresses: number, minutes: number, perMinute: number): Promise<void> {
    s.selector.pause();
    for (let minute = 0; minute < minutes; minute++) {
      for (let index = 0; index < addresses; index++) {
        if (minute === 0) s.answered(apart(index), strangersZone(index));
        for (let hits = 0; hits < perMinute; hits++) s.contact(apart(index), strangersZone(index));
      }
      await s.clock.advance(MINUTE);
    }
    s.selector.resume();
  }

  it('a burst buys one minute: 1,000 black holes hit 60 times in it stand behind a server hit in two', async () => {
    const s = siege({ finds: honestOrBlackHole });
    s.selector.pause();
    const servers = Array.from({ length: 20 }, (_, index) => honest(index));
    for (const address of servers) s.answered(address, 'zone.example');
    await s.clock.advance(MINUTE);
    for (let index = 0; index < 1_000; index++) {
      s.answered(apart(index), strangersZone(index));
      for (let hits = 0; hits < 60; hits++) s.contact(apart(index), strangersZone(index));
    }
    for (const address of servers) s.contact(address, 'zone.example');
    const from = s.clock.now();
    s.selector.resume();
    await s.clock.advance(10 * SECOND);
    const waits = servers.map((address) => (s.firstProbe(address) ?? Number.NaN) - from);
    expect(Math.max(...waits)).toBeLessThanOrEqual(s.policy.probeTimeoutMs);
    figure(
      'popularity',
      `1,000 black holes hit 60 times a minute: ${servers.length} servers of two minutes probed after ${count(Math.max(...waits))} ms at most`,
    );
  });

  it.each([
    [500, 1],
    [500, 20],
    [2_000, 1],
  ])(
    '%i black holes hit %i times in each of 20 minutes: a newcomer waits until each had its one probe, no longer',
    async (addresses, perMinute) => {
      const s = siege({ finds: honestOrBlackHole });
      // DoT has worked on this network: what is silent is damped for a day (S20).
      s.makeGood(honest(999));
      await build(s, addresses, BUILT, perMinute);
      const servers = Array.from({ length: 20 }, (_, index) => honest(index));
      const from = s.clock.now();
      const minutes = 20;
      for (let second = 0; second < minutes * 60; second++) {
        // The strangers go on, and the servers are asked for once a minute.
        for (let index = second % 60; index < addresses; index += 60) s.contact(apart(index), strangersZone(index));
        for (let index = second % 60; index < servers.length; index += 60)
          s.answered(servers[index] ?? '', 'zone.example');
        await s.clock.advance(SECOND);
      }
      const waits = servers.map((address) => (s.firstProbe(address) ?? Number.POSITIVE_INFINITY) - from);
      // An address holds one slot for the time of one probe, once a day; hits beyond one a minute buy nothing.
      const bought = (addresses * s.policy.probeTimeoutMs) / openSlots(s.policy);
      expect(Math.max(...waits)).toBeLessThanOrEqual(bought + 2 * MINUTE);
      expect(s.having('Good', servers)).toBe(servers.length);
      const worst = mostWithin(s.prober.all.times, minutes * MINUTE);
      expect(worst).toBeLessThanOrEqual(addresses + servers.length);
      figure(
        'popularity',
        `${count(addresses)} black holes hit ${perMinute} times a minute for ${BUILT} min (${count((addresses * perMinute) / 60, 1)} queries/s): ` +
          `${servers.length} newcomers probed after ${count(Math.max(...waits) / SECOND)} s at most ` +
          `(the strangers' own probes take ${count(bought / SECOND)} s)`,
      );
    },
  );
});

describe('S20', () => {
  it('S20 500 black holes where DoT has not worked: few are retried early, each once after the first success', async () => {
    const addresses = 500;
    const minutes = 20;
    const places = 16;
    const s = siege({ finds: honestOrBlackHole });
    const { times } = s.prober.all;
    /** All are hit once a minute; each minute 16 others are hit more than any so far, so that they get the places. */
    const attack = async () => {
      for (let second = 0; second < minutes * 60; second++) {
        for (let index = second % 60; index < addresses; index += 60) s.answered(apart(index), strangersZone(index));
        const favourite = (second * places) / 60;
        for (let hits = 0; Number.isInteger(favourite / places) && hits < places * (100 + second); hits++) {
          const index = (favourite + (hits % places)) % addresses;
          s.contact(apart(index), strangersZone(index));
        }
        await s.clock.advance(SECOND);
      }
    };
    await attack();
    expect(times.length).toBeLessThanOrEqual(addresses + places * minutes);
    expect(times.length).toBeGreaterThan(addresses);
    const before = times.length;
    s.makeGood(honest(0));
    await attack();
    const after = times.slice(before);
    expect(after.length).toBeLessThanOrEqual(addresses);
    expect(after.length).toBeGreaterThan((addresses * 9) / 10);
    expect(mostWithin(after, MINUTE)).toBeLessThanOrEqual((3 * addresses) / 10);
    expectRate(s);
    figure(
      'early retries',
      `${count(addresses)} black holes where DoT has not worked: ${count(before - addresses)} early retries in ${minutes} min, ` +
        `${count(after.length)} probes in the ${minutes} min after the first success, ${count(mostWithin(after, MINUTE))} in a minute at most`,
    );
  });
});
