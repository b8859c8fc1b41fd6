import { decode } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import type { HedgeInfo, TransitionInfo } from '../../src/observe/events.js';
import type { TransportSelector } from '../../src/selector.js';
import { policies } from '../../src/state/policy.js';
import { parseClientHello } from '../../src/testing/index.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import type { RelayMode } from '../support/relay.js';
import {
  ask,
  askAll,
  becomeGood,
  discover,
  names,
  nextProbe,
  REAL_SERVERS,
  type Rig,
  rig,
  selectorFor,
  targetOf,
  transports,
} from '../support/rig.js';
import { openGuard } from '../transport/support.js';

const noHedge = { policy: { hedge: 'off' } } as const;

/** What a name server's answers are made of beyond a plain address. */
const KINDS_OF_ANSWER = `$ORIGIN kinds.test.
$TTL 3600
@ SOA ns hostmaster 1 7200 3600 1209600 60
@ NS ns
ns A 127.0.0.1
text TXT "no address here"
alias CNAME www
away CNAME www.example.net.
www A 192.0.2.1
child NS ns.child
ns.child A 192.0.2.2
`;

/** What tells one kind of answer from another. */
interface KindOfAnswer {
  readonly aa: boolean;
  readonly answers: readonly string[];
  /** Not compared where it is absent: NSD adds the zone's NS to a positive answer, BIND does not. */
  readonly authorities?: readonly string[];
}

function kindOf(message: Uint8Array): KindOfAnswer {
  const { flag_aa: aa, answers = [], authorities = [] } = decode(Buffer.from(message));
  return { aa, answers: answers.map(({ type }) => type), authorities: authorities.map(({ type }) => type) };
}

/** Ends the sessions that are open, cleanly, as a restart does. */
async function withoutSession({ server, dot }: Rig): Promise<void> {
  await server.setTls('any');
  await dot.until(({ open }) => open === 0);
}

function downgradesOf(selector: TransportSelector): TransitionInfo[] {
  const downgrades: TransitionInfo[] = [];
  selector.on('downgrade', (info) => downgrades.push(info));
  return downgrades;
}

describe.each(REAL_SERVERS)('%s', (_software, start) => {
  test('Q1 Unknown, with a black hole at 853: plain Do53, before and while a probe falls into it', async () => {
    const { target, dot, clear } = await rig(start);
    await dot.set('black-hole');
    const selector = selectorFor();
    const { transport, fellBack, decision } = await ask(selector, target);
    expect([transport, fellBack, decision.action, decision.reason]).toEqual(['do53', false, 'clear', 'unknown']);
    expect(selector.metrics()).toMatchObject({ inFlight: 0, probes: {} });
    expect(clear()).toEqual({ datagrams: 1, connections: 0 });
    for (const name of names(10)) expect(await ask(selector, target, name)).toMatchObject({ transport: 'do53' });
    expect(selector.metrics()).toMatchObject({ inFlight: 1, probes: { begun: 1 }, endpoints: { busy: 1 } });
  });

  test('Q1 Busy: plain Do53 while the probe is under way', async () => {
    const { target, dot } = await rig(start);
    await dot.set('paused');
    const selector = selectorFor();
    const probed = nextProbe(selector);
    await ask(selector, target);
    await ask(selector, target);
    await dot.until(({ connections }) => connections === 1);
    expect(selector.explain(target).status).toBe('Busy');
    for (const name of names(10)) {
      const { transport, fellBack, decision } = await ask(selector, target, name);
      expect([transport, fellBack, decision.reason]).toEqual(['do53', false, 'busy']);
    }
    await dot.set('pass');
    expect((await probed).result.evidence.result).toBe('success');
    expect((await ask(selector, target)).transport).toBe('dot');
    expect(dot.connections).toBe(1);
  });

  test('Q1 Bad: plain Do53, and not one connection to 853', async () => {
    const { target, dot } = await rig(start);
    await dot.set('closed');
    const selector = selectorFor();
    const { result } = await discover(selector, target);
    expect(result.evidence).toMatchObject({ result: 'failure', phase: 'connect', kind: 'refused' });
    await dot.set('pass');
    const results = await askAll(selector, target, names(50));
    expect(transports(results)).toEqual({ do53: 50 });
    expect(new Set(results.map(({ decision }) => decision.reason))).toEqual(new Set(['bad']));
    expect([selector.explain(target).status, dot.connections]).toEqual(['Bad', 0]);
  });

  test('Q2 Good, and its sessions are reset: these very queries are answered over Do53', async () => {
    const { target, dot } = await rig(start);
    const selector = selectorFor();
    await becomeGood(selector, target);
    expect((await ask(selector, target)).transport).toBe('dot');
    await dot.set('reset');
    for (const name of names(2)) {
      const { transport, encrypted, fellBack } = await ask(selector, target, name);
      expect([transport, encrypted, fellBack]).toEqual(['do53', false, true]);
    }
    expect(transports(await askAll(selector, target, names(50)))).toEqual({ do53: 50 });
    expect(selector.metrics().queries.failed ?? 0).toBe(0);
    expect(selector.explain(target).status).toBe('Bad');
  });

  test('Q2 Good, and the server comes back without TLS: these very queries are answered over Do53', async () => {
    const { server } = await rig(start);
    const target = targetOf(server);
    const selector = selectorFor();
    const downgrades = downgradesOf(selector);
    await becomeGood(selector, target);
    await server.setTls('none');
    const [first, second] = [await ask(selector, target), await ask(selector, target)];
    expect([first.transport, first.fellBack, second.transport, second.fellBack]).toEqual(['do53', true, 'do53', true]);
    expect(downgrades).toMatchObject([{ from: 'good', to: 'bad', why: 'strikes' }]);
    expect(transports(await askAll(selector, target, names(50)))).toEqual({ do53: 50 });
    expect(selector.metrics().queries.failed ?? 0).toBe(0);
  });

  test.each<[string, RelayMode, 'open' | 'none']>([
    ['that loses everything, on an open session', 'mute', 'open'],
    ['that takes connections and loses everything, on no session', 'mute', 'none'],
    ['that answers no SYN, on an open session', 'black-hole', 'open'],
    ['that answers no SYN, on no session', 'black-hole', 'none'],
  ])('Q3 Good, and 853 turns into a hole %s: a hedge answers, nothing fails', async (_what, mode, session) => {
    const up = await rig(start);
    const { target, dot } = up;
    const selector = selectorFor();
    const hedges: HedgeInfo[] = [];
    selector.on('hedge', (info) => hedges.push(info));
    await becomeGood(selector, target);
    expect((await ask(selector, target)).transport).toBe('dot');
    if (session === 'none') await withoutSession(up);
    hedges.length = 0;
    await dot.set(mode);
    const { transport, encrypted, fellBack, decision } = await ask(selector, target);
    expect([transport, encrypted, fellBack, decision.reason]).toEqual(['do53', false, true, 'good']);
    expect(hedges).toHaveLength(1);
    const { warmHedgeMinMs, warmHedgeMaxMs, coldHedgeMinMs, coldHedgeMaxMs } = policies.default;
    const [least, most] = session === 'open' ? [warmHedgeMinMs, warmHedgeMaxMs] : [coldHedgeMinMs, coldHedgeMaxMs];
    expect(hedges[0]?.afterMs).toBeGreaterThanOrEqual(least);
    expect(hedges[0]?.afterMs).toBeLessThanOrEqual(most);
    const results = await askAll(selector, target, names(100));
    expect(transports(results)).toEqual({ do53: 100 });
    expect(hedges).toHaveLength(101);
    expect(selector.metrics().queries.failed ?? 0).toBe(0);
    expect(selector.explain(target).status).toBe('Good');
  });

  test.each<[string, string, number, KindOfAnswer]>([
    ['NXDOMAIN', 'nobody.kinds.test', 3, { aa: true, answers: [], authorities: ['SOA'] }],
    ['NODATA', 'text.kinds.test', 0, { aa: true, answers: [], authorities: ['SOA'] }],
    ['a referral', 'www.child.kinds.test', 0, { aa: false, answers: [], authorities: ['NS'] }],
    ['a CNAME with its target', 'alias.kinds.test', 0, { aa: true, answers: ['CNAME', 'A'] }],
    ['a CNAME to elsewhere', 'away.kinds.test', 0, { aa: true, answers: ['CNAME'] }],
  ])('Q4 Good, and DoT answers %s: used, and it stays Good', async (_what, name, rcode, expected) => {
    const { target, clear } = await rig(start, { zones: { 'kinds.test': KINDS_OF_ANSWER } });
    const selector = selectorFor(noHedge);
    await becomeGood(selector, target);
    const before = clear();
    // Ten lame answers would be enough to convict.
    for (let i = 0; i < 12; i++) {
      const { message, transport, encrypted } = await ask(selector, target, name, rcode);
      expect([transport, encrypted]).toEqual(['dot', true]);
      expect(kindOf(message)).toMatchObject(expected);
    }
    expect(clear()).toEqual(before);
    expect(selector.explain(target)).toMatchObject({ status: 'Good', lameZones: [] });
  });

  test('Q7 the server closes the idle session: the next query reconnects and resumes, no demotion', async () => {
    const { target, dot, clear } = await rig(start, { idleSeconds: 1 });
    const exchange = new DotExchange({ guard: openGuard });
    const selector = selectorFor({ ...noHedge, dot: exchange });
    const downgrades = downgradesOf(selector);
    await becomeGood(selector, target);
    expect((await ask(selector, target)).transport).toBe('dot');
    const before = clear();
    for (let round = 1; round <= 2; round++) {
      await dot.until(({ open }) => open === 0);
      expect(await ask(selector, target)).toMatchObject({ transport: 'dot', encrypted: true, fellBack: false });
      expect(exchange.sessions).toMatchObject({ opened: round, resumed: round });
      expect(parseClientHello(dot.firstBytes[round] ?? Buffer.alloc(0)).preSharedKey).toBe(true);
    }
    expect([clear(), dot.connections, downgrades]).toEqual([before, 3, []]);
  });

  test('Q7 the server restarts between queries: the next reconnects, no demotion', async () => {
    const up = await rig(start);
    const { target, dot, clear } = up;
    const selector = selectorFor(noHedge);
    const downgrades = downgradesOf(selector);
    await becomeGood(selector, target);
    const before = clear();
    for (let round = 1; round <= 3; round++) {
      await withoutSession(up);
      expect(transports(await askAll(selector, target, names(5)))).toEqual({ dot: 5 });
    }
    expect([clear(), dot.connections, downgrades]).toEqual([before, 4, []]);
    expect(selector.explain(target).status).toBe('Good');
  });

  test('Q7 the session is closed with queries under way that the server has not seen: all are answered, once', async () => {
    const { target, dot, clear } = await rig(start);
    const selector = selectorFor(noHedge);
    await becomeGood(selector, target);
    const before = clear();
    let settled = 0;
    selector.on('query', () => settled++);
    await dot.set('paused');
    const asked = askAll(selector, target, names(30));
    dot.hangUp();
    await dot.set('pass');
    const results = await asked;
    expect([transports(results), settled]).toEqual([{ dot: 30 }, 30]);
    expect([clear(), dot.connections]).toEqual([before, 2]);
    expect(selector.explain(target).status).toBe('Good');
  });

  test('Q7 the session is closed with answers under way: all are answered, once', async () => {
    const { target, dot, clear } = await rig(start);
    const selector = selectorFor(noHedge);
    await becomeGood(selector, target);
    const before = clear();
    let settled = 0;
    selector.on('query', () => settled++);
    await dot.set('swallow');
    const asked = askAll(selector, target, names(30, 'lost'));
    await dot.until(({ swallowed }) => swallowed > 0);
    dot.hangUp();
    await dot.set('pass');
    const results = await asked;
    expect([transports(results), settled]).toEqual([{ dot: 30 }, 30]);
    expect([clear(), dot.connections]).toEqual([before, 2]);
    expect(dot.swallowed).toBeGreaterThan(0);
    expect(selector.explain(target).status).toBe('Good');
  });

  test('Q18 50 queries while the session of a Good server is being opened: one handshake, no clear text', async () => {
    const up = await rig(start);
    const { target, dot, clear } = up;
    const selector = selectorFor(noHedge);
    await becomeGood(selector, target);
    await withoutSession(up);
    const before = { clear: clear(), connections: dot.connections };
    await dot.set('paused');
    const asked = askAll(selector, target, names(50));
    await dot.until(({ connections }) => connections === before.connections + 1);
    await dot.set('pass');
    const results = await asked;
    expect(transports(results)).toEqual({ dot: 50 });
    expect(results.filter(({ encrypted }) => !encrypted)).toEqual([]);
    expect([clear(), dot.connections]).toEqual([before.clear, before.connections + 1]);
  });
});
