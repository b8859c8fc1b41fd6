import { describe, expect, it } from 'vitest';
import type { QueryResult } from '../../src/query/query.js';
import { COMPARE_BURST } from '../../src/state/lame.js';
import type { ScriptedAnswer } from '../../src/testing/index.js';
import { rcodeOf } from '../../src/wire/message.js';
import { answered, delayed } from '../support/answers.js';
import { addressIn, codeOf } from '../support/lab.js';
import { HOUR, MINUTE, SECOND, type World, world } from '../support/world.js';
import { nameOf, query } from '../transport/support.js';

const A = '192.0.2.1';
const B = '192.0.2.2';

interface Timed {
  readonly result: QueryResult;
  readonly tookMs: number;
}

/** A query and how long it took, on the virtual clock. */
async function timed(w: World, server = A, name = 'a.example.org', timeoutMs?: number): Promise<Timed> {
  const startedAt = w.clock.now();
  let done: Timed | undefined;
  const asked = w.selector.query(server, query(name), { timeoutMs }).then((result) => {
    done = { result, tookMs: w.clock.now() - startedAt };
  });
  asked.catch(() => {});
  for (let ms = 0; ms < 10_000 && done === undefined; ms++) await w.clock.advance(ms === 0 ? 0 : 1);
  await asked;
  if (done === undefined) throw new Error('no answer within 10 s');
  return done;
}

function scripted(dot: (w: World) => ScriptedAnswer, do53: (w: World) => ScriptedAnswer): World {
  const w = world();
  w.dot.set(A, dot(w));
  w.do53.set(A, do53(w));
  return w;
}

describe('Q1', () => {
  it.each([
    ['Unknown', 'good', 0, 'unknown'],
    ['Busy', 'never', 2, 'busy'],
    ['Bad', 'refused', 2, 'bad'],
  ] as const)('Q1 %s: plain Do53, no added wait, nothing on 853', async (status, probe, contacts, reason) => {
    const w = world({ probes: { otherwise: probe } });
    for (let i = 0; i < contacts; i++) await w.ask(A);
    w.dot.set(A, 'throw');
    w.do53.set(A, delayed(w.clock, 10));
    expect(w.status(A)).toBe(status);
    const { result, tookMs } = await timed(w);
    expect(result).toMatchObject({ transport: 'do53', encrypted: false, fellBack: false, decision: { reason } });
    expect([tookMs, w.dot.calls.length]).toEqual([10, 0]);
  });
});

describe('Q2', () => {
  it.each<[string, ScriptedAnswer]>([
    ['refused', { phase: 'connect', kind: 'refused' }],
    ['unreachable', { phase: 'connect', kind: 'unreachable' }],
    ['not TLS', { phase: 'handshake', kind: 'not-tls' }],
    ['closed', { phase: 'answer', kind: 'closed' }],
    ['our own trouble', { phase: 'connect', kind: 'local' }],
    ['no room for a session', { phase: 'connect', kind: 'local', detail: 'budget' }],
    ['too many sessions of late', { phase: 'connect', kind: 'local', detail: 'churn' }],
    ['a host’s bug', 'reject'],
  ])('Q2 Good, and DoT fails at once, %s: this very query over Do53, at once', async (_, failure) => {
    const w = scripted(
      () => failure,
      ({ clock }) => delayed(clock, 10),
    );
    w.makeGood(A);
    const { result, tookMs } = await timed(w);
    expect(result).toMatchObject({ transport: 'do53', fellBack: true, encrypted: false });
    expect([tookMs, w.status(A)]).toEqual([10, 'Good']);
    const reason = typeof failure === 'object' && 'detail' in failure ? String(failure.detail) : 'fallback';
    expect(w.selector.metrics()).toMatchObject({ clearToGood: { [reason]: 1 }, queries: { do53: 1, fellBack: 1 } });
  });

  it('Q2 two failures that the peer itself caused demote; a host’s bug never does', async () => {
    const w = scripted(
      () => 'reject',
      () => 'good',
    );
    w.makeGood(A);
    await w.clock.advance(1);
    for (let i = 0; i < 5; i++) await timed(w);
    expect(w.selector.explain(A)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    for (let i = 0; i < 2; i++) await timed(w);
    expect(w.status(A)).toBe('Bad');
  });
});

describe('Q3', () => {
  it('Q3 Good, and DoT falls silent: answered within the hedge delay and a Do53 round trip', async () => {
    const w = scripted(
      () => 'silent',
      ({ clock }) => delayed(clock, 10),
    );
    w.makeGood(A);
    const hedges: number[] = [];
    w.selector.on('hedge', ({ afterMs }) => hedges.push(afterMs));
    // While it is silent, no query waits for a handshake again as long as for the first.
    for (const hedgeAfterMs of [500, 250]) {
      const { result, tookMs } = await timed(w);
      expect(result).toMatchObject({ transport: 'do53', fellBack: true });
      expect([result.decision.hedgeAfterMs, tookMs]).toEqual([hedgeAfterMs, hedgeAfterMs + 10]);
    }
    expect(hedges).toEqual([500, 250]);
    expect(w.selector.metrics()).toMatchObject({ queries: { hedged: 2 }, clearToGood: { hedge: 2 } });
  });

  it('Q3 the caller has long gone when silence ends; it is a strike all the same, for Do53 had answered', async () => {
    const w = scripted(
      () => 'silent',
      ({ clock }) => delayed(clock, 10),
    );
    w.prober.set(A, 'local');
    w.makeGood(A);
    for (let i = 0; i < 3; i++) {
      await timed(w);
      await w.clock.advance(4 * SECOND);
    }
    expect(w.selector.explain(A).history.at(-1)).toMatchObject({ to: 'bad', why: 'strikes', detail: 'answer silent' });
  });

  it('Q3 hedge off, as RFC 9539 has it: DoT is waited for to its limit, and Do53 follows', async () => {
    const w = world({ policy: 'rfc9539' });
    w.dot.set(A, 'silent');
    w.do53.set(A, delayed(w.clock, 10));
    w.makeGood(A);
    const { result, tookMs } = await timed(w);
    expect(result).toMatchObject({ transport: 'do53', fellBack: true, decision: { hedgeAfterMs: Infinity } });
    expect(tookMs).toBe(4_010);
    // Silence, but Do53 answered since: a strike, and one demotes here.
    expect(w.status(A)).toBe('Bad');
  });

  it('Q3 neither answers: a typed error that says what each met, and no strike', async () => {
    const w = scripted(
      () => 'silent',
      () => 'silent',
    );
    w.prober.set(A, 'never');
    w.makeGood(A);
    const asked = w.selector.query(A, query('a.example.org'), { timeoutMs: 20_000 });
    const met = asked.catch((error) => [error.code, error.failures]);
    await w.clock.advance(4_500);
    const silent = { phase: 'answer', kind: 'silent' };
    expect(await met).toMatchObject(['NO_ANSWER', [silent, silent]]);
    // Our own path may be down: a probe is to tell.
    expect(w.selector.explain(A)).toMatchObject({ status: 'Good', probe: { phase: 'wanted', purpose: 'recheck' } });
  });
});

describe('Q3 the caller has less time than DoT', () => {
  it('Q3 less than the hedge delay: Do53 joins at a third of it', async () => {
    const w = scripted(
      () => 'never',
      ({ clock }) => delayed(clock, 10),
    );
    w.makeGood(A);
    const hedges: number[] = [];
    w.selector.on('hedge', ({ afterMs }) => hedges.push(afterMs));
    const { result, tookMs } = await timed(w, A, 'a.example.org', 450);
    expect([result.transport, result.fellBack, tookMs, hedges]).toEqual(['do53', true, 160, [150]]);
  });

  it.each([
    // The attempt's own limit, 4,000 ms, comes too late or leaves too little: Do53 at two thirds.
    [300, 210, 'fallback'],
    [3_000, 2_010, 'fallback'],
    [4_200, 2_810, 'fallback'],
    // There is time for both.
    [5_000, 4_010, 'fallback'],
    [7_000, 4_010, 'fallback'],
  ])('Q3 hedge off, %i ms: answered over Do53 after %i', async (timeoutMs, after, why) => {
    const w = world({ policy: 'rfc9539' });
    w.dot.set(A, 'silent');
    w.do53.set(A, delayed(w.clock, 10));
    w.makeGood(A);
    const { result, tookMs } = await timed(w, A, 'a.example.org', timeoutMs);
    expect([result.transport, result.fellBack, tookMs]).toEqual(['do53', true, after]);
    expect(w.selector.metrics()).toMatchObject({ clearToGood: { [why]: 1 }, queries: { do53: 1, fellBack: 1 } });
    expect(w.selector.metrics().queries).not.toHaveProperty('hedged');
    expect(w.do53.calls.length).toBe(1);
  });

  it('Q3 hedge off, and DoT answers in time: no clear text, however short the time', async () => {
    const w = world({ policy: 'rfc9539' });
    w.dot.set(A, delayed(w.clock, 190));
    w.makeGood(A);
    const { result } = await timed(w, A, 'a.example.org', 300);
    await w.clock.advance(SECOND);
    expect([result.transport, result.encrypted, w.do53.calls.length]).toEqual(['dot', true, 0]);
  });

  it('Q3 port 853: no last chance in clear text', async () => {
    const w = world({ policy: 'rfc9539' });
    w.dot.set(A, 'never');
    const asked = codeOf(w.selector.query(`${A}:853`, query('a.example.org'), { timeoutMs: 300 }));
    await w.clock.advance(300);
    expect([await asked, w.do53.calls.length]).toEqual(['TIMEOUT', 0]);
  });
});

describe('Q4', () => {
  it.each([
    ['nx.example.org', 3],
    ['nodata.example.org', 0],
    ['referral.example.org', 0],
    ['cname.example.org', 0],
  ])('Q4 %s over DoT: used as it is, stays Good', async (name, rcode) => {
    const w = scripted(
      () => 'good',
      () => 'throw',
    );
    w.makeGood(A);
    // The zone is proven: its NXDOMAIN and NODATA are believed.
    await timed(w, A, 'www.example.org');
    for (let i = 0; i < 12; i++) {
      const { result } = await timed(w, A, name);
      expect(result).toMatchObject({ transport: 'dot', encrypted: true });
      expect([rcodeOf(result.message), nameOf(result.message)]).toEqual([rcode, name]);
      await w.clock.advance(10 * SECOND);
    }
    expect([w.status(A), w.do53.calls.length, w.transitions.length]).toEqual(['Good', 0, 1]);
  });
});

describe('Q5', () => {
  it('Q5 1,000 strangers’ zones a minute, REFUSED: Good, others encrypted, a burst of four comparisons and one a second', async () => {
    const refuses: ScriptedAnswer = (message) =>
      answered(message, { rcode: nameOf(message).includes('stranger') ? 'REFUSED' : 'NOERROR' });
    const w = scripted(
      () => refuses,
      () => refuses,
    );
    w.makeGood(A);
    for (let i = 0; i < 1_000; i++) {
      const { result } = await timed(w, A, `www.stranger${i}.example`);
      expect(result.transport).toBe('dot');
      await w.clock.advance(60);
    }
    expect(w.do53.calls.length).toBeGreaterThan(10);
    expect(w.do53.calls.length).toBeLessThanOrEqual(COMPARE_BURST + 60);
    expect([w.status(A), (await timed(w)).result.encrypted]).toEqual(['Good', true]);
  });
});

describe('Q6', () => {
  it('Q6 SERVFAIL to everything while Do53 works: every query gets Do53’s answer, Bad at the third zone', async () => {
    const w = scripted(
      () => 'SERVFAIL',
      () => 'good',
    );
    w.makeGood(A);
    await w.clock.advance(1);
    for (const zone of ['a', 'b', 'c', 'd']) {
      const { result } = await timed(w, A, `www.${zone}.example`);
      expect([rcodeOf(result.message), result.transport]).toEqual([0, 'do53']);
      await w.clock.advance(SECOND);
    }
    expect(w.selector.explain(A).history.at(-1)).toMatchObject({ to: 'bad', why: 'lame' });
    expect(w.selector.metrics().clearToGood).toEqual({ compare: 3 });
  });

  it('Q6 the same of one zone: in clear text for an hour at a time, Bad at the tenth', async () => {
    const w = scripted(
      () => 'SERVFAIL',
      () => 'good',
    );
    w.makeGood(A);
    const reasons: string[] = [];
    for (let hour = 0; hour < 10; hour++) {
      expect(w.status(A)).toBe('Good');
      for (let i = 0; i < 3; i++) {
        const { result } = await timed(w);
        expect([rcodeOf(result.message), result.transport]).toEqual([0, 'do53']);
        reasons.push(result.decision.reason);
      }
      await w.clock.advance(HOUR);
    }
    expect(reasons.slice(0, 6)).toEqual(['good', 'lame-zone', 'lame-zone', 'good', 'lame-zone', 'lame-zone']);
    expect(w.status(A)).toBe('Bad');
  });

  it('Q6 lame for one zone and sound for another: that one in clear text, the other encrypted', async () => {
    const w = scripted(
      () => (message) => answered(message, { rcode: nameOf(message).includes('lame') ? 'REFUSED' : 'NOERROR' }),
      () => 'good',
    );
    w.makeGood(A);
    for (let i = 0; i < 50; i++) {
      const lame = await timed(w, A, `n${i}.lame.example`);
      expect([rcodeOf(lame.result.message), lame.result.transport]).toEqual([0, 'do53']);
      expect((await timed(w, A, `n${i}.sound.example`)).result).toMatchObject({ transport: 'dot', encrypted: true });
      await w.clock.advance(2 * SECOND);
    }
    expect(w.status(A)).toBe('Good');
    expect(w.selector.explain(A).lameZones).toEqual(['lame.example.']);
    expect(w.selector.metrics()).toMatchObject({ clearToGood: { compare: 1, 'lame-zone': 49 } });
  });

  it('Q6 asked over DoT before its zone is known to be lame: none fails, and all get Do53’s answer', async () => {
    const w = scripted(
      ({ clock }) => delayed(clock, 20, { rcode: 'REFUSED' }),
      ({ clock }) => delayed(clock, 2),
    );
    w.makeGood(A);
    const asked = Array.from({ length: 20 }, (_, i) => w.selector.query(A, query(`n${i}.lame.example`)));
    await w.clock.advance(5);
    const late = w.selector.query(A, query('late.lame.example'));
    await w.clock.advance(SECOND);
    expect(await late).toMatchObject({ transport: 'do53', fellBack: true });
    // One comparison; the others wait for what it shows.
    const rcodes = (await Promise.all(asked)).map(({ message }) => rcodeOf(message));
    expect(rcodes).toEqual(new Array<number>(20).fill(0));
    expect(w.selector.metrics()).toMatchObject({ clearToGood: { compare: 1, 'lame-zone': 20 } });
  });

  it('Q6 a decision that named no zone: what is lame is asked over Do53 at once', async () => {
    const w = scripted(
      () => 'REFUSED',
      () => 'good',
    );
    w.makeGood(A);
    await timed(w, A, 'n.lame.example');
    const before = w.dot.calls.length;
    const asked = w.selector.query(w.selector.decide(A), query('n.lame.example'));
    await w.clock.advance(0);
    expect(await asked).toMatchObject({ transport: 'do53', fellBack: false, encrypted: false });
    expect([w.dot.calls.length, w.selector.metrics().clearToGood['lame-zone']]).toEqual([before, 1]);
  });

  it('Q6 DoT’s SERVFAIL after the hedge has won counts as a comparison too', async () => {
    const w = scripted(
      ({ clock }) => delayed(clock, SECOND, { rcode: 'SERVFAIL' }),
      () => 'good',
    );
    w.makeGood(A);
    expect((await timed(w)).result.transport).toBe('do53');
    await w.clock.advance(SECOND);
    expect(w.selector.explain(A).lameZones).toEqual(['example.org.']);
  });

  it('Q6 Do53’s better answer is truncated: not complete, DoT’s stands', async () => {
    const w = scripted(
      () => 'SERVFAIL',
      () => (message) => answered(message, { truncated: true }),
    );
    w.makeGood(A);
    const { result } = await timed(w);
    expect([result.transport, rcodeOf(result.message)]).toEqual(['dot', 2]);
    expect(w.selector.explain(A).lameZones).toEqual([]);
  });

  it.each<[string, ScriptedAnswer, number]>([
    ['no better', 'SERVFAIL', 0],
    ['failed', { phase: 'answer', kind: 'closed' }, 0],
    ['silent until the query’s own time is nearly over', 'never', 4_950],
  ])('Q6 Do53 is %s: DoT’s answer', async (_, do53, wait) => {
    const w = scripted(
      () => 'SERVFAIL',
      () => do53,
    );
    w.makeGood(A);
    const { result, tookMs } = await timed(w);
    expect([result.transport, result.encrypted, tookMs]).toEqual(['dot', false, wait]);
    expect(w.selector.explain(A).lameZones).toEqual([]);
  });
});

describe('Q10', () => {
  const OVER_DOT = '192.0.2.85';
  const OVER_DO53 = '192.0.2.53';

  it.each([
    [100, 10, 'dot', OVER_DOT],
    [505, 10, 'dot', OVER_DOT],
    [520, 10, 'do53', OVER_DO53],
    [3_000, 10, 'do53', OVER_DO53],
  ])(
    'Q10 DoT after %i ms, Do53 %i ms after its hedge: %s’s answer, once',
    async (dotMs, do53Ms, transport, address) => {
      const w = scripted(
        ({ clock }) => delayed(clock, dotMs, { address: OVER_DOT }),
        ({ clock }) => delayed(clock, do53Ms, { address: OVER_DO53 }),
      );
      w.makeGood(A);
      const told: unknown[] = [];
      w.selector.on('query', ({ achieved, fellBack }) => told.push([achieved, fellBack]));
      const { result } = await timed(w);
      await w.clock.advance(10 * SECOND);
      expect([result.transport, addressIn(result.message)]).toEqual([transport, address]);
      expect(result.encrypted).toBe(transport === 'dot' && dotMs < 500);
      expect(told).toEqual([[transport, transport === 'do53']]);
    },
  );

  it('Q10 Do53 is first, but worse: DoT is waited for', async () => {
    const w = scripted(
      ({ clock }) => delayed(clock, 900, { address: OVER_DOT }),
      () => 'SERVFAIL',
    );
    w.makeGood(A);
    const { result, tookMs } = await timed(w);
    expect([result.transport, tookMs, addressIn(result.message)]).toEqual(['dot', 900, OVER_DOT]);
  });

  it.each<[string, ScriptedAnswer]>([
    ['SERVFAIL', 'SERVFAIL'],
    ['truncated', (message) => answered(message, { truncated: true })],
  ])('Q10 Do53 is first, but worse (%s), and DoT is dead: no longer waited for than a comparison', async (_, do53) => {
    const w = scripted(
      () => 'silent',
      () => do53,
    );
    w.makeGood(A);
    const { result, tookMs } = await timed(w);
    expect([result.transport, result.fellBack, tookMs]).toEqual(['do53', true, 1_500]);
  });

  it.each<[string, ScriptedAnswer]>([
    ['falls silent', 'silent'],
    ['breaks', 'reject'],
  ])('Q10 Do53 is first, but worse, and DoT %s: Do53’s answer after all', async (_, dot) => {
    const w = scripted(
      () => dot,
      () => 'SERVFAIL',
    );
    w.makeGood(A);
    const { result } = await timed(w);
    expect([result.transport, rcodeOf(result.message), result.fellBack]).toEqual(['do53', 2, true]);
  });

  it('Q10 both answer as badly: DoT’s, without another comparison', async () => {
    const w = scripted(
      ({ clock }) => delayed(clock, 600, { rcode: 'SERVFAIL' }),
      ({ clock }) => delayed(clock, 50, { rcode: 'SERVFAIL' }),
    );
    w.makeGood(A);
    const { result, tookMs } = await timed(w);
    expect([result.transport, tookMs, w.do53.calls.length]).toEqual(['dot', 600, 1]);
  });

  it('Q10 DoT answers worse while its hedge is out: that is the comparison', async () => {
    const w = scripted(
      ({ clock }) => delayed(clock, 520, { rcode: 'REFUSED' }),
      ({ clock }) => delayed(clock, 50),
    );
    w.makeGood(A);
    const { result, tookMs } = await timed(w);
    expect([result.transport, tookMs, w.do53.calls.length]).toEqual(['do53', 550, 1]);
    expect(w.selector.explain(A).lameZones).toEqual(['example.org.']);
  });
});

describe('Q12', () => {
  it.each([
    ['unknown', 100],
    ['unknown', 5_000],
    ['good', 100],
    ['good', 700],
  ])('Q12 nothing answers, %s, with %i ms: a typed error at that moment', async (verdict, timeoutMs) => {
    const w = scripted(
      () => 'never',
      () => 'never',
    );
    if (verdict === 'good') w.makeGood(A);
    const asked = codeOf(w.selector.query(A, query('a.example.org'), { timeoutMs }));
    let settled: unknown;
    void asked.then((code) => {
      settled = code;
    });
    await w.clock.advance(timeoutMs - 1);
    expect(settled).toBeUndefined();
    await w.clock.advance(1);
    expect(settled).toBe('TIMEOUT');
    expect(w.selector.metrics().queries).toMatchObject({ failed: 1 });
  });

  it('Q12 the deadline passes while a better answer is hoped for: the one in hand', async () => {
    const dotInHand = scripted(
      () => 'SERVFAIL',
      () => 'never',
    );
    dotInHand.makeGood(A);
    expect((await timed(dotInHand, A, 'a.example.org', 300)).result.transport).toBe('dot');
    const clearInHand = scripted(
      () => 'never',
      () => 'SERVFAIL',
    );
    clearInHand.makeGood(A);
    expect((await timed(clearInHand, A, 'a.example.org', 600)).result).toMatchObject({ transport: 'do53' });
  });
});

describe('Q16', () => {
  it('Q16 dry run: all over Do53, and told what would have been encrypted', async () => {
    const w = world({ dryRun: true });
    for (let i = 0; i < 5; i++) expect((await w.ask(A)).transport).toBe('do53');
    expect(w.selector.metrics().decisions).toEqual({ unknown: 2, 'dry-run': 3 });
    expect([w.dot.calls.length, w.begun().length, w.status(A)]).toEqual([0, 1, 'Good']);
  });
});

describe('Q21', () => {
  it('Q21 two servers a zone, equally near, one Good: ranked, the encrypted one gets the queries', async () => {
    const w = world();
    w.makeGood(B);
    let encrypted = 0;
    for (let i = 0; i < 400; i++) {
      const [best] = w.selector.rank([A, B], { zone: 'example.org', rtt: () => 20 });
      if (best === undefined) throw new Error('nothing ranked');
      const asked = w.selector.query(best, query('a.example.org'));
      await w.clock.advance(0);
      if ((await asked).encrypted) encrypted++;
      w.prober.set(A, 'refused');
      await w.clock.advance(SECOND);
    }
    expect(encrypted).toBeGreaterThan(360);
    // And the other is found out meanwhile.
    expect(w.status(A)).toBe('Bad');
  });

  it.each([
    [70, B],
    [71, A],
  ])('Q21 the encrypted one takes %i ms, the other 20: within 50 ms it comes first', (ms, first) => {
    const w = world({ policy: { exploreShare: 0 } });
    w.makeGood(B);
    const ranked = w.selector.rank([A, B], { rtt: (server) => (server === B ? ms : 20) });
    expect(ranked.map(({ ref }) => ref)[0]).toBe(first);
  });

  it('Q21 what was measured goes before what the host knows', async () => {
    const w = world({ policy: { exploreShare: 0 } });
    w.makeGood(B);
    w.dot.set(B, delayed(w.clock, 300));
    w.do53.set(A, delayed(w.clock, 10));
    for (const server of [A, B]) await timed(w, server);
    expect(w.selector.rank([B, A], { rtt: () => 20 }).map(({ ref }) => ref)).toEqual([B, A]);
    expect(w.selector.rank([A, B], { rtt: () => 20 }).map(({ ref }) => ref)).toEqual([A, B]);
  });
});

describe('Q25', () => {
  it('Q25 the host aborts each query before the hedge: demoted all the same, by the probes that follow', async () => {
    const w = scripted(
      () => 'silent',
      ({ clock }) => delayed(clock, 10),
    );
    w.prober.set(A, 'silent');
    w.makeGood(A);
    for (let i = 0; i < 60 && w.status(A) === 'Good'; i++) {
      const caller = new AbortController();
      const asked = codeOf(w.selector.query(A, query('a.example.org'), { signal: caller.signal }));
      await w.clock.advance(400);
      caller.abort(`gone ${i}`);
      expect(await asked).toBe(`gone ${i}`);
      await w.clock.advance(100);
    }
    expect(w.status(A)).toBe('Bad');
    expect(w.clock.now()).toBeLessThan(MINUTE);
  });
});
