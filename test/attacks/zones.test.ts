import { describe, expect, it, vi } from 'vitest';
import { COMPARE_BURST } from '../../src/state/lame.js';
import { policies } from '../../src/state/policy.js';
import type { ScriptedAnswer } from '../../src/testing/index.js';
import { rcodeOf } from '../../src/wire/message.js';
import { answered } from '../support/answers.js';
import { count, figure } from '../support/figures.js';
import { HOUR, MINUTE, message, mostWithin, SECOND, type World, world } from '../support/world.js';
import { nameOf } from '../transport/support.js';

// At full size: some seconds of one core, which may be busy with other things.
vi.setConfig({ testTimeout: 300_000 });

const A = '192.0.2.1';
const policy = policies.default;
/** A stranger's zones a minute, and those of them that are asked for at the same moment. */
const PER_MINUTE = 1_000;
const STEP_MS = 300;
const AT_ONCE = (PER_MINUTE * STEP_MS) / MINUTE;

/** An answer by the name that is asked for. */
function byName(rcode: (name: string) => 'NOERROR' | 'REFUSED' | 'SERVFAIL'): ScriptedAnswer {
  return (message) => answered(message, { rcode: rcode(nameOf(message)) });
}

const failsStrangers = byName((name) => (name.startsWith('stranger') ? 'SERVFAIL' : 'NOERROR'));
const refusesStrangers = byName((name) => (name.startsWith('stranger') ? 'REFUSED' : 'NOERROR'));

/** When the server's Do53 was asked about a stranger's zone: that is a comparison, as DoT is asked first. */
function comparisons(w: World): number[] {
  return w.do53.calls.filter(({ asked }) => nameOf(asked.message).startsWith('stranger')).map(({ at }) => at);
}

describe('Q5', () => {
  const answered = 'answered over Do53, as the stranger has seen to';
  // Where nothing sound comes for 100 ms the server is suspected, and doubtful answers are compared until something sound
  // comes (Q29): of strangers' zones that are asked for at one moment, those of two moments.
  it.each<[string, ScriptedAnswer, { minutes: number; everyMs: number; suspected: number }]>([
    ['REFUSED over Do53 too', refusesStrangers, { minutes: 60, everyMs: STEP_MS, suspected: 0 }],
    ['SERVFAIL over Do53', failsStrangers, { minutes: 10, everyMs: STEP_MS, suspected: 0 }],
    [answered, 'good', { minutes: 10, everyMs: 50, suspected: 0 }],
    [`${answered}, a server that is seldom asked`, 'good', { minutes: 10, everyMs: STEP_MS, suspected: 2 * AT_ONCE }],
  ])(
    'Q5 1,000 strangers’ zones a minute are REFUSED, %s: stays Good, others encrypted, a burst of comparisons and one a second',
    async (over, do53, { minutes, everyMs, suspected }) => {
      const w = world();
      w.dot.set(A, refusesStrangers);
      w.do53.set(A, do53);
      w.makeGood(A);
      const others = 50;
      let [strangers, encrypted, asked] = [0, 0, 0];
      for (let step = 0; step < (minutes * MINUTE) / STEP_MS; step++) {
        // Nobody waits for them: one that is compared has its answer when the clock goes on.
        for (let left = AT_ONCE; left > 0; left--) {
          const zone = `stranger${strangers++}.example`;
          w.selector.query(A, message(zone), { context: { zone } }).catch(() => {});
        }
        for (let at = 0; at < STEP_MS; at += everyMs) {
          const result = await w.ask(A, `zone${asked++ % others}.example`);
          expect(rcodeOf(result.message)).toBe(0);
          if (result.encrypted) encrypted++;
          await w.clock.advance(everyMs);
        }
      }
      const compared = comparisons(w);
      expect(strangers).toBe(minutes * PER_MINUTE);
      expect(mostWithin(compared, policy.compareMs)).toBeLessThanOrEqual(COMPARE_BURST + suspected);
      expect(compared.length).toBeLessThanOrEqual(COMPARE_BURST + minutes * 60 + suspected);
      expect([w.status(A), w.transitions.length, encrypted]).toEqual(['Good', 1, asked]);
      figure(
        'Q5',
        `${count(strangers)} strangers' zones in ${minutes} min, REFUSED over DoT, ${over}: Good throughout; ${count(encrypted)} of ${count(asked)} ` +
          `queries for other zones encrypted; ${count(compared.length)} clear queries, ${mostWithin(compared, policy.compareMs)} in a second at most`,
      );
    },
  );

  it('Q5 a zone that is lame there goes on in clear text, however many strangers’ zones are asked for', async () => {
    const w = world();
    w.dot.set(
      A,
      byName((name) => (/^(stranger|lame)/.test(name) ? 'REFUSED' : 'NOERROR')),
    );
    w.do53.set(A, refusesStrangers);
    w.makeGood(A);
    // Found out before the strangers come.
    await w.ask(A, 'lame.example');
    let [strangers, asked, refused] = [0, 0, 0];
    for (let second = 0; second < (2.5 * HOUR) / SECOND; second++) {
      for (let left = 3; left > 0; left--) {
        await w.ask(A, `stranger${strangers++}.example`);
        await w.clock.advance(200);
      }
      const { message } = await w.ask(A, 'lame.example');
      asked++;
      if (rcodeOf(message) !== 0) refused++;
      if (second % 10 === 0) await w.ask(A, 'sound.example');
      await w.clock.advance(400);
    }
    expect([w.status(A), refused]).toEqual(['Good', 0]);
    figure(
      'Q5',
      `a lame zone beside ${count(strangers)} strangers' zones in 2.5 h: ${count(asked - refused)} of ${count(asked)} queries answered by Do53, ${refused} REFUSED`,
    );
  });
});

describe('Q6', () => {
  it('Q6 SERVFAIL to everything while Do53 works, 1,000 queries a minute for 500 zones: all answered by Do53, demoted within a second', async () => {
    const w = world({ probes: { otherwise: 'lame' } });
    w.dot.set(A, 'SERVFAIL');
    w.makeGood(A);
    const from = w.clock.now();
    let [asked, servfail, dot] = [0, 0, 0];
    for (; w.clock.now() < from + 20 * MINUTE; asked++) {
      const { message, transport } = await w.ask(A, `zone${asked % 500}.example`);
      if (rcodeOf(message) !== 0) servfail++;
      if (transport === 'dot') dot++;
      await w.clock.advance(MINUTE / PER_MINUTE);
    }
    const demoted = w.transitions.find(({ from: verdict }) => verdict === 'good');
    expect(demoted).toMatchObject({ to: 'bad', why: 'lame' });
    expect([servfail, dot]).toEqual([0, 0]);
    expect(w.transitions.map(({ to }) => to)).toEqual(['good', 'bad']);
    expect(w.status(A)).toBe('Bad');
    figure(
      'Q6',
      `SERVFAIL to everything: ${count(asked)} of ${count(asked)} queries answered, ${count(asked - servfail)} by Do53, ` +
        `${servfail} with DoT's SERVFAIL; ${w.selector.metrics().clearToGood.compare} clear queries until it was demoted; ${w.begun().length} probes in 20 min`,
    );
  });

  it('Q6 the same of one zone: every query has Do53’s answer, demoted by the tenth lame answer', async () => {
    const w = world({ probes: { otherwise: 'lame' } });
    w.dot.set(A, 'SERVFAIL');
    w.makeGood(A);
    const from = w.clock.now();
    let asked = 0;
    while (w.status(A) === 'Good' && asked < 50_000) {
      const { message, transport } = await w.ask(A, 'example.org');
      expect([rcodeOf(message), transport]).toEqual([0, 'do53']);
      asked++;
      await w.clock.advance(6 * SECOND);
    }
    const lame = w.selector.metrics().clearToGood.compare;
    const took = w.clock.now() - from;
    expect(w.dot.calls).toHaveLength(policy.lameAnswersToConvict);
    expect(took).toBeGreaterThanOrEqual(policy.lameSpanMs);
    // Each of the ten lets the zone go over Do53 for an hour.
    expect(took).toBeLessThanOrEqual(policy.lameAnswersToConvict * policy.lameZoneMs);
    expect(w.transitions.at(-1)).toMatchObject({ to: 'bad', why: 'lame' });
    expect(lame).toBe(policy.lameAnswersToConvict);
    figure(
      'Q6',
      `one zone, SERVFAIL: ${count(asked)} of ${count(asked)} queries answered by Do53; demoted by lame answer ${lame}, after ${count(took / HOUR, 1)} h`,
    );
  });

  it('Q6 lame for one zone and sound for others, 1,000 queries a minute for 20 min: that one in clear text, the rest encrypted', async () => {
    const w = world();
    w.dot.set(
      A,
      byName((name) => (name.startsWith('lame') ? 'SERVFAIL' : 'NOERROR')),
    );
    w.makeGood(A);
    const clear = { lame: 0, sound: 0 };
    const asked = { lame: 0, sound: 0 };
    for (let index = 0; index < 20 * PER_MINUTE; index++) {
      const kind = index % 2 === 0 ? 'lame' : 'sound';
      const { message, transport } = await w.ask(A, kind === 'lame' ? 'lame.example' : `sound${index % 100}.example`);
      expect(rcodeOf(message)).toBe(0);
      asked[kind]++;
      if (transport === 'do53') clear[kind]++;
      await w.clock.advance(MINUTE / PER_MINUTE);
    }
    expect(clear).toEqual({ lame: asked.lame, sound: 0 });
    expect([w.status(A), w.transitions.length, w.selector.explain(A).lameZones]).toEqual([
      'Good',
      1,
      ['lame.example.'],
    ]);
    expect(w.selector.metrics().clearToGood).toMatchObject({ compare: 1, 'lame-zone': asked.lame - 1 });
    figure(
      'Q6',
      `lame for one zone: its ${count(asked.lame)} queries in clear text and answered, ${count(asked.sound)} of ${count(asked.sound)} for 50 other zones encrypted, stays Good`,
    );
  });
});
