import { describe, expect, it } from 'vitest';
import { COMPARE_BURST } from '../../src/state/lame.js';
import type { ScriptedAnswer } from '../../src/testing/index.js';
import { rcodeOf } from '../../src/wire/message.js';
import { type Crafted, crafted, delayed, withOpt } from '../support/answers.js';
import { figure } from '../support/figures.js';
import { addressIn } from '../support/lab.js';
import { HOUR, mostWithin, SECOND, type World, world } from '../support/world.js';
import { query } from '../transport/support.js';

const A = '192.0.2.1';
const says =
  (what: Crafted): ScriptedAnswer =>
  (message) =>
    crafted(message, what);
const RECORD = [{ type: 'A' }] as const;
const SOA = [{ owner: 'example', type: 'SOA' }] as const;
const GOOD: Crafted = { aa: true, answer: RECORD };

/** Whether DoT is broken yet. */
const fault = (w: { isBroken: boolean }, broken: Crafted): ScriptedAnswer => {
  return (message) => crafted(message, w.isBroken ? broken : { ...GOOD, opt: 0 });
};

/** A Good server whose DoT answers as it is told, and Do53 well. */
function good(dot: ScriptedAnswer, do53: ScriptedAnswer = says(GOOD)): World {
  const w = world();
  w.dot.set(A, dot);
  w.do53.set(A, do53);
  w.makeGood(A);
  return w;
}

describe('Q28', () => {
  it.each<[string, Crafted]>([
    ['TC', { aa: true, tc: true }],
    ['records without AA', { answer: RECORD }],
    ['nothing', { aa: true }],
    ['nothing, without AA', {}],
    ['an upward referral', { authority: [{ owner: '.', type: 'NS' }] }],
    ['a referral aside', { authority: [{ owner: 'elsewhere.test', type: 'NS' }] }],
    ['NXDOMAIN', { aa: true, rcode: 3, authority: SOA }],
    ['NXDOMAIN without AA', { rcode: 3 }],
    ['NODATA', { aa: true, authority: SOA }],
    ['NOTIMP', { rcode: 4 }],
  ])(
    'Q28 %s over DoT to a zone never answered soundly: Do53’s answer, the zone is lame, others encrypted',
    async (_, bad) => {
      const w = good((message) => crafted(message, secondLabel(message) === 'bad' ? bad : GOOD));
      for (let i = 0; i < 12; i++) {
        const wrong = await w.selector.query(A, query(`n${i}.bad.example`));
        expect([wrong.transport, addressIn(wrong.message)]).toEqual(['do53', '192.0.2.1']);
        const right = await w.selector.query(A, query(`n${i}.sound.example`));
        expect(right).toMatchObject({ transport: 'dot', encrypted: true });
      }
      expect(w.selector.metrics().clearToGood).toEqual({ compare: 1, 'lame-zone': 11 });
      expect(w.selector.explain(A)).toMatchObject({ status: 'Good', lameZones: ['bad.example.'] });
    },
  );

  it('Q28 explain and metrics say why: what DoT gave and what Do53 had', async () => {
    const w = good(says({ authority: [{ owner: '.', type: 'NS' }] }));
    await w.selector.query(A, query('www.bad.example'));
    const { why, lame } = w.selector.explain(A);
    expect(lame).toMatchObject([{ zone: 'bad.example.', dot: 'upward', do53: 'answer' }]);
    expect(lame[0]?.until).toEqual(new Date(w.clock.wall() + HOUR));
    expect(why).toMatch(/served worse over DoT: bad\.example\. \(upward over DoT, answer over Do53\)/);
    expect(w.selector.metrics().lame).toEqual({ 'upward answer': 1 });
  });

  it.each<[string, boolean, Crafted, Crafted]>([
    ['no OPT where Do53 has one', false, GOOD, { ...GOOD, opt: 0 }],
    [
      'no RRSIG where Do53 has them',
      true,
      { ...GOOD, opt: 0 },
      { aa: true, answer: [...RECORD, { type: 'RRSIG' }], opt: 0 },
    ],
  ])('Q28 %s: Do53’s answer', async (_, dnssecOk, dot, do53) => {
    const w = good(says(dot), says(do53));
    const { transport } = await w.selector.query(A, withOpt(query('www.bad.example'), dnssecOk));
    expect([transport, w.selector.explain(A).lameZones]).toEqual(['do53', ['bad.example.']]);
  });

  it('Q28 a zone that is not signed over Do53 either is asked once and then encrypted, for days', async () => {
    const w = good(says({ ...GOOD, opt: 0 }), says({ ...GOOD, opt: 0 }));
    for (let hour = 0; hour < 48; hour++) {
      const { transport } = await w.selector.query(A, withOpt(query('www.plain.example'), true));
      expect(transport).toBe('dot');
      await w.clock.advance(HOUR);
    }
    expect(w.selector.metrics().clearToGood).toEqual({ compare: 1 });
  });

  it('Q28 a negative answer of a zone that was answered positively, by a query or a probe, is not compared', async () => {
    const negative: Crafted = { aa: true, rcode: 3, authority: SOA };
    const w = good((message) => crafted(message, firstLabel(message) === 'nx' ? negative : GOOD));
    await w.selector.query(A, query('www.sound.example'));
    for (let i = 0; i < 10; i++)
      expect(await w.selector.query(A, query('nx.sound.example'))).toMatchObject({ transport: 'dot', encrypted: true });
    expect(w.do53.calls).toHaveLength(0);
  });

  it('Q28 on another network, and once it is forgotten, it is proven anew', async () => {
    const w = good((message) => crafted(message, firstLabel(message) === 'nx' ? { aa: true, rcode: 3 } : GOOD));
    for (const end of [() => w.selector.networkChanged(), () => w.selector.forget(A)]) {
      await w.selector.query(A, query('www.sound.example'));
      end();
      w.makeGood(A);
      expect((await w.selector.query(A, query('nx.sound.example'))).transport).toBe('do53');
      w.selector.networkChanged();
      w.makeGood(A);
    }
  });

  it('Q28 alike over both: DoT’s, and not compared again for an hour', async () => {
    const w = good(says({ answer: RECORD }), says({ answer: RECORD }));
    const ask = async () => (await w.selector.query(A, query('www.plain.example'))).transport;
    expect([await ask(), await ask(), w.do53.calls.length]).toEqual(['dot', 'dot', 1]);
    await w.clock.advance(HOUR);
    expect([await ask(), await ask(), w.do53.calls.length]).toEqual(['dot', 'dot', 2]);
  });

  it('Q28 strangers’ zones cost a burst of four and one clear query a second, whatever is doubtful there', async () => {
    const w = good((message) => crafted(message, firstLabel(message).startsWith('s') ? { rcode: 3, aa: true } : GOOD));
    w.do53.set(A, says({ aa: true, rcode: 3 }));
    for (let i = 0; i < 600; i++) {
      await w.selector.query(A, query(`s.stranger${i}.example`));
      await w.clock.advance(100);
    }
    const times = w.do53.calls.map(({ at }) => at);
    expect(mostWithin(times, SECOND)).toBe(COMPARE_BURST);
    expect(times.length).toBeLessThanOrEqual(COMPARE_BURST + 60);
    expect(w.status(A)).toBe('Good');
    figure('Q28', `600 strangers' zones in 60 s, doubtful over DoT: ${times.length} clear queries`);
  });

  it('Q28 where the demand forbids clear text there is no comparison', async () => {
    const w = good(says({ aa: true, tc: true }));
    const { transport } = await w.selector.query(A, query('www.bad.example'), { context: { demand: 'require' } });
    expect([transport, w.do53.calls.length]).toEqual(['dot', 0]);
  });

  it('Q28 Do53 is slow: waited for within the query’s own time, and lost: DoT’s answer in time', async () => {
    const w = good(says({ aa: true }), ({ length }) => new Promise<Uint8Array>(() => void length));
    const w2 = good(says({ aa: true }));
    w2.do53.set(A, delayed(w2.clock, 3 * SECOND));
    for (const [one, transport] of [
      [w, 'dot'],
      [w2, 'do53'],
    ] as const) {
      const asked = one.selector.query(A, query('www.bad.example'), { timeoutMs: 4_000 });
      await one.clock.advance(4_000);
      expect((await asked).transport).toBe(transport);
    }
  });

  it('Q28 twenty at once of one zone: one comparison, and all have Do53’s answer', async () => {
    const w = good(says({ aa: true, rcode: 3 }));
    w.do53.set(A, delayed(w.clock, 20));
    const asked = Array.from({ length: 20 }, (_, i) => w.selector.query(A, query(`n${i}.bad.example`)));
    await w.clock.advance(50);
    const results = await Promise.all(asked);
    expect(results.map(({ transport }) => transport)).toEqual(new Array(20).fill('do53'));
    expect(w.selector.metrics().clearToGood).toEqual({ compare: 1, 'lame-zone': 19 });
  });

  it('Q28 those that wait for another’s comparison have DoT’s answer where that shows nothing worse, or gets none', async () => {
    for (const clear of [says({ aa: true, rcode: 3 }), { phase: 'answer', kind: 'closed' } as const]) {
      const w = good(says({ aa: true, rcode: 3 }));
      w.do53.set(A, clear);
      const asked = Array.from({ length: 20 }, (_, i) => w.selector.query(A, query(`n${i}.bad.example`)));
      await w.clock.advance(SECOND);
      for (const { transport } of await Promise.all(asked)) expect(transport).toBe('dot');
      expect(w.do53.calls).toHaveLength(1);
    }
  });

  it('Q28 whoever waits for another’s comparison may leave', async () => {
    const w = good(says({ aa: true, rcode: 3 }));
    w.do53.set(A, delayed(w.clock, 50));
    const first = w.selector.query(A, query('a.bad.example'));
    const caller = new AbortController();
    const second = w.selector.query(A, query('b.bad.example'), { signal: caller.signal }).catch((reason) => reason);
    await w.clock.advance(10);
    caller.abort('gone');
    expect(await second).toBe('gone');
    await w.clock.advance(100);
    expect([(await first).transport, w.do53.calls.length]).toEqual(['do53', 1]);
  });
});

describe('Q29', () => {
  /** 91 queries a second from the moment DoT turns, each as far away as that. */
  async function turned(zones: number, rcode: number, rttMs: number) {
    const state = { isBroken: false };
    const w = good(fault(state, { rcode }));
    const far =
      (script: ScriptedAnswer): ScriptedAnswer =>
      async (message, endpoint) => {
        await new Promise<void>((resolve) => w.clock.after(rttMs, resolve));
        return typeof script === 'function' ? script(message, endpoint) : message;
      };
    w.dot.set(A, far(fault(state, { rcode })));
    w.do53.set(A, far(says(GOOD)));
    const sent: { at: number; rcode: number; ms: number }[] = [];
    let turnedAt = Number.POSITIVE_INFINITY;
    const ask = (index: number): void => {
      const at = w.clock.now();
      void w.selector.query(A, query(`www.zone${index % zones}.example`)).then(({ message }) => {
        sent.push({ at: at - turnedAt, rcode: rcodeOf(message), ms: w.clock.now() - at });
      });
    };
    let judgedAt = Number.NaN;
    w.selector.on('downgrade', () => {
      judgedAt = w.clock.now() - turnedAt;
    });
    for (let index = 0; index < 3 * 91; index++) {
      if (index === 91) {
        state.isBroken = true;
        turnedAt = w.clock.now();
      }
      ask(index);
      await w.clock.advance(11);
    }
    await w.clock.advance(SECOND);
    expect(sent).toHaveLength(3 * 91);
    const worse = sent.filter((one) => one.rcode !== 0);
    const slowest = Math.max(...sent.map(({ ms }) => ms));
    return { w, worse, judgedAt, slowest };
  }

  it.each([
    ['SERVFAIL', 2, 10],
    ['SERVFAIL', 2, 60],
    ['REFUSED', 5, 30],
  ])(
    'Q29 %s to everything over 200 zones at 91/s, %i ms away: nobody gets it after 200 ms, judged within 1 s',
    async (name, rcode, rttMs) => {
      const { w, worse, judgedAt, slowest } = await turned(200, rcode, rttMs);
      expect(worse.filter(({ at }) => at > 200)).toEqual([]);
      expect(judgedAt).toBeLessThanOrEqual(SECOND);
      expect(w.status(A)).toBe('Bad');
      expect(w.transitions.map(({ to }) => to)).toEqual(['good', 'bad']);
      figure(
        'Q29',
        `${name} to everything, 200 zones, 91 queries/s, ${rttMs} ms away: ${worse.length} callers got it, judged after ${judgedAt} ms, ` +
          `slowest answer ${slowest} ms, clear ${JSON.stringify(w.selector.metrics().clearToGood)}`,
      );
    },
  );

  it('Q29 of the host’s only zone nobody gets it at all, and it goes over Do53', async () => {
    const { worse, w } = await turned(1, 2, 30);
    expect(worse).toEqual([]);
    expect(w.selector.explain(A).lameZones).toEqual(['zone0.example.']);
  });

  it('Q29 answers that were under way when it was judged do not make it Good again', async () => {
    const { w } = await turned(200, 2, 100);
    expect(w.transitions.map(({ to }) => to)).toEqual(['good', 'bad']);
  });
});

describe('Q40', () => {
  it('Q40 BADVERS over DoT is no sound answer: Do53’s', async () => {
    const w = good(says({ aa: true, opt: 1 }), says({ ...GOOD, opt: 0 }));
    const { transport, message } = await w.selector.query(A, withOpt(query('www.bad.example'), false));
    expect([transport, rcodeOf(message)]).toEqual(['do53', 0]);
    expect(w.selector.metrics().lame).toEqual({ 'rcode answer': 1 });
  });
});

/** The first label of the question. */
function firstLabel(message: Uint8Array): string {
  const length = message[12] ?? 0;
  return Buffer.from(message.subarray(13, 13 + length)).toString();
}

/** The second label. */
function secondLabel(message: Uint8Array): string {
  const at = 13 + (message[12] ?? 0);
  return Buffer.from(message.subarray(at + 1, at + 1 + (message[at] ?? 0))).toString();
}
