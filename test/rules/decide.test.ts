import { describe, expect, onTestFinished, test } from 'vitest';
import { InvalidInputError } from '../../src/common/errors.js';
import { QueryError } from '../../src/contact/query-error.js';
import type { KeyChangeInfo } from '../../src/observe/events.js';
import { TransportSelector } from '../../src/selector.js';
import { ScriptedExchange, ScriptedProber, VirtualClock } from '../../src/testing/index.js';
import { DAY, message, SECOND, world } from '../support/world.js';

const A = '192.0.2.1';
const B = '192.0.2.2';
const LOOPBACK = '127.0.0.1';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof QueryError || error instanceof InvalidInputError) return error.code;
    return (error as { code?: string }).code ?? String(error);
  }
  return 'answered';
}

describe('Q15 never', () => {
  test('Q15 a server: Do53, no probe, whatever is known and asked for', async () => {
    const w = world({ policy: { threshold: 1, onlyAfterAnswer: false } });
    w.makeGood(A);
    w.selector.setRules([{ action: 'never', prefix: '192.0.2.0/24' }]);
    for (let i = 0; i < 5; i++) expect((await w.ask(A)).transport).toBe('do53');
    expect((await w.contact(B)).reason).toBe('rule-never');
    expect(w.selector.rank([A, B]).map(({ reason }) => reason)).toEqual(['rule-never', 'rule-never']);
    expect(await codeOf(w.selector.probe(A, { force: true }))).toBe('REFUSED_BY_RULE');
    await w.clock.advance(10 * DAY);
    await w.ask(A);
    expect(w.begun()).toEqual([]);
    expect(w.dot.calls).toEqual([]);
    expect(w.selector.metrics().decisions['rule-never']).toBe(9);
  });

  test('Q15 a zone: other zones of the server go on as before, and no probe asks for it', async () => {
    const w = world({ rules: 'never zone example.org', policy: { onlyAfterAnswer: false } });
    for (let i = 0; i < 5; i++) await w.ask(A, 'example.org');
    expect(w.begun()).toEqual([]);
    for (let i = 0; i < 3; i++) await w.ask(A, 'example.net');
    expect(w.begun()).toHaveLength(1);
    expect((await w.ask(A, 'example.net')).transport).toBe('dot');
    expect((await w.ask(A, 'example.org')).transport).toBe('do53');
  });

  test('Q15 a probe that waits, or is in flight, is given up when the rule comes', async () => {
    const w = world({ policy: { onlyAfterAnswer: false }, probes: { otherwise: 'never' } });
    await w.contact(A);
    await w.contact(A);
    expect(w.begun()).toHaveLength(1);
    w.selector.pause();
    await w.contact(B);
    await w.contact(B);
    const awaited = codeOf(w.selector.probe(A));
    w.selector.setRules([{ action: 'never', prefix: '192.0.2.0/24' }]);
    w.selector.resume();
    await w.clock.advance(SECOND);
    expect(await awaited).toBe('REFUSED_BY_RULE');
    expect(w.begun()).toHaveLength(1);
    expect(w.selector.metrics()).toMatchObject({ inFlight: 0, candidates: 0 });
    expect(w.selector.metrics().dropped).toEqual({ rule: 1 });
    expect([w.status(A), w.status(B)]).toEqual(['Unknown', 'Unknown']);
  });

  test('Q15 port 853, and a query that demands encryption, leave nothing to try', async () => {
    const w = world({ rules: `never address ${A}` });
    expect(await codeOf(w.selector.query(`${A}:853`, message('a.test')))).toBe('REFUSED_BY_RULE');
    const demanding = { context: { demand: 'require' } } as const;
    expect(await codeOf(w.selector.query(A, message('a.test'), demanding))).toBe('REFUSED_BY_RULE');
    expect(w.selector.decide(A, { demand: 'require' })).toMatchObject({ action: 'refuse', reason: 'rule-never' });
    expect([...w.dot.calls, ...w.do53.calls]).toEqual([]);
  });
});

describe('require', () => {
  test('Q13 encrypted whatever is known: stranger, Bad, lame; no hedge, no fallback, no comparison', async () => {
    const w = world({ rules: `require address ${A}`, policy: { onlyAfterAnswer: false } });
    const decision = w.selector.decide(A);
    expect(decision).toMatchObject({ action: 'encrypt', reason: 'rule-require', fallback: false });
    expect(decision.hedgeAfterMs).toBe(Number.POSITIVE_INFINITY);
    expect(await w.ask(A)).toMatchObject({ transport: 'dot', encrypted: true, authenticated: false, fellBack: false });
    expect(w.status(A)).toBe('Good');
    w.dot.set(A, 'REFUSED');
    for (let i = 0; i < 12; i++) await w.ask(A, `z${i}.test`);
    expect(w.do53.calls).toEqual([]);
    w.selector.setRules('');
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    for (let i = 0; i < 3; i++) await w.ask(A);
    expect(w.status(A)).toBe('Bad');
    w.selector.setRules(`require address ${A}`);
    w.dot.set(A, 'good');
    const before = w.do53.calls.length;
    expect((await w.ask(A)).transport).toBe('dot');
    expect(w.do53.calls).toHaveLength(before);
  });

  test('Q13 after a failure it fails at once for 1 s, doubling to 5 s, and is well again with one answer', async () => {
    const w = world({ rules: 'require zone a.test', probes: { otherwise: 'refused' } });
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    const ask = async () => {
      const code = codeOf(w.selector.query(A, message('a.test')));
      await w.clock.advance(0);
      return code;
    };
    const triedAt: number[] = [];
    for (let t = 0; t < 30_000; t += 500) {
      const before = w.dot.calls.length;
      expect(await ask()).toBe('NO_ANSWER');
      if (w.dot.calls.length > before) triedAt.push(w.clock.now());
      await w.clock.advance(500);
    }
    const waits = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? 0));
    expect(waits).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000]);
    expect(w.do53.calls).toEqual([]);
    w.dot.set(A, 'good');
    await w.clock.advance(5_000);
    expect(await ask()).toBe('answered');
    w.dot.set(A, [{ phase: 'connect', kind: 'refused' }, 'good']);
    expect(await ask()).toBe('NO_ANSWER');
    await w.clock.advance(999);
    expect(await ask()).toBe('NO_ANSWER');
    await w.clock.advance(1);
    expect(await ask()).toBe('answered');
  });

  test('Q38 a probe looks for the return, without clear text and without the zone; queries are encrypted again at once', async () => {
    const w = world({ rules: 'require zone a.test', probes: { otherwise: 'never' } });
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    const ask = async () => {
      const code = codeOf(w.selector.query(A, message('a.test')));
      await w.clock.advance(0);
      return code;
    };
    // An outage of 17 s, with a query each 250 ms; probes come one after the other.
    for (let t = 0; t < 17_000; t += 250) {
      expect(await ask()).toBe('NO_ANSWER');
      await w.clock.advance(250);
    }
    expect(w.begun(A).length).toBeGreaterThan(2);
    w.dot.set(A, 'good');
    w.prober.set(A, 'good');
    const seen: string[] = [];
    for (let t = 0; t < 10_000 && seen.at(-1) !== 'answered'; t += 250) {
      seen.push(await ask());
      await w.clock.advance(250);
    }
    expect(seen.at(-1)).toBe('answered');
    for (const { asked } of w.prober.calls) expect(asked).toMatchObject({ zone: '.' });
    for (const { asked } of w.prober.calls) expect(asked.clear).toBeUndefined();
    expect(w.do53.calls).toEqual([]);
    // Nobody asks any more: nothing is looked for, once a probe that broke its contract has been made good.
    await w.clock.advance(10_000);
    const before = w.begun(A).length;
    await w.clock.advance(60_000);
    expect(w.begun(A)).toHaveLength(before);
  });

  test('Q13 what says nothing new holds nobody up: our own trouble, and what began before the latest answer', async () => {
    const w = world({ rules: 'require zone a.test' });
    w.dot.set(A, [{ phase: 'connect', kind: 'local' }, 'silent', 'good', 'good']);
    expect(await codeOf(w.ask(A, 'a.test'))).toBe('NO_ANSWER');
    const slow = codeOf(w.selector.query(A, message('slow.a.test'), { timeoutMs: 10_000 }));
    await w.clock.advance(100);
    expect((await w.ask(A, 'a.test')).transport).toBe('dot');
    await w.clock.advance(10_000);
    expect(await slow).toBe('NO_ANSWER');
    expect((await w.ask(A, 'a.test')).transport).toBe('dot');
  });

  test('Q13 a zone without a name in the context: the question’s own name decides', async () => {
    const w = world({ rules: 'require zone example.org' });
    const ask = async (name: string, server = A) => {
      const result = w.selector.query(server, message(name));
      await w.clock.advance(0);
      return (await result).transport;
    };
    expect(await ask('example.org')).toBe('dot');
    expect(await ask('WWW.Example.ORG')).toBe('dot');
    expect(await ask('notexample.org', B)).toBe('do53');
  });

  test('Q13 a decision of before is used as the rules of now have it', async () => {
    const w = world();
    const clear = w.selector.decide(A);
    expect(clear.action).toBe('clear');
    w.selector.setRules('require zone example.org');
    const asked = w.selector.query({ ...clear }, message('www.example.org'));
    await w.clock.advance(0);
    expect(await asked).toMatchObject({ transport: 'dot', decision: { reason: 'rule-require' } });
    const other = w.selector.query(clear, message('www.example.net'));
    await w.clock.advance(0);
    expect((await other).decision).toBe(clear);
    w.selector.setRules('never zone example.org');
    const strict = w.selector.decide(B, { demand: 'require' });
    expect(await codeOf(w.selector.query(strict, message('example.org')))).toBe('REFUSED_BY_RULE');
    const demanding = w.selector.query(clear, message('www.example.net'), { context: { demand: 'require' } });
    await w.clock.advance(0);
    expect(await demanding).toMatchObject({ transport: 'dot', decision: { reason: 'demand' } });
  });

  test('Q40 a demand that a rule had covered holds when other rules are in force, in a copy of the decision as well', async () => {
    const w = world({ rules: 'require zone example.org' });
    const made = w.selector.decide(A, { zone: 'example.org', demand: 'require' });
    expect(made).toMatchObject({ reason: 'rule-require', demanded: true });
    w.selector.setRules('never zone example.org');
    for (const decision of [made, { ...made }, JSON.parse(JSON.stringify(made))])
      expect(await codeOf(w.selector.query(decision, message('example.org')))).toBe('REFUSED_BY_RULE');
    expect(w.do53.calls).toEqual([]);
  });

  test('Q13 nothing can be tried: no DoT port, the guard; port 853 as ever', async () => {
    const w = world({ rules: 'require zone .' });
    expect(await codeOf(w.selector.query(`${A}:5353`, message('a.test')))).toBe('NO_ENDPOINT');
    expect(await codeOf(w.selector.query(LOOPBACK, message('a.test')))).toBe('REFUSED_BY_GUARD');
    expect(w.selector.decide(`${A}:853`, { zone: 'a.test' }).reason).toBe('rule-require');
    expect([...w.dot.calls, ...w.do53.calls]).toEqual([]);
    await w.end();
    expect(w.selector.decide(A, { zone: 'a.test' })).toMatchObject({ action: 'refuse', reason: 'closed' });
  });

  test('Q13 a rule that names an address admits it through the guard; one that names a prefix does not', async () => {
    const w = world({
      rules: `require address ${LOOPBACK}\nrequire prefix 127.0.0.0/8`,
      policy: { onlyAfterAnswer: false },
    });
    expect((await w.ask(LOOPBACK)).transport).toBe('dot');
    expect(w.selector.decide('127.0.0.2').reason).toBe('guard');
    w.selector.setRules(`opportunistic address ${LOOPBACK}`);
    expect(w.selector.decide(LOOPBACK).reason).toBe('good');
    w.selector.setRules(`never address ${LOOPBACK}`);
    expect(await codeOf(w.selector.probe(LOOPBACK))).toBe('REFUSED_BY_RULE');
    w.selector.setRules([]);
    expect(await codeOf(w.selector.probe(LOOPBACK))).toBe('REFUSED_BY_GUARD');
  });

  test('Q13 its probe is given no Do53, and learns no zone that must not be told', async () => {
    const w = world({ rules: `require address ${A}\nrequire zone secret.test`, policy: { onlyAfterAnswer: false } });
    const probe = async (server: Parameters<typeof w.selector.probe>[0]) => {
      const probed = w.selector.probe(server);
      await w.clock.advance(SECOND);
      await probed;
      return w.prober.calls.at(-1)?.asked;
    };
    expect(await probe(A)).toMatchObject({ clear: undefined, zone: '.' });
    expect(await probe({ address: B, zone: 'secret.test' })).toMatchObject({ clear: undefined, zone: '.' });
    for (let i = 0; i < 3; i++) await w.ask(B, 'secret.test');
    w.selector.decide(B, { zone: 'secret2.test', demand: 'require' });
    expect(await probe(B)).toMatchObject({ clear: { port: 53 }, zone: '.' });
    expect([...w.selector.entries()].map(({ zone }) => zone)).toEqual([undefined, undefined]);
  });

  test('Q13 a probe of an endpoint that a zone under a rule was noted with is strict as well', async () => {
    const w = world({ policy: { onlyAfterAnswer: false }, probes: { latencyMs: 100 } });
    w.selector.decide(A, { zone: 'secret.test' });
    w.selector.decide(A, { zone: 'secret.test' });
    w.selector.setRules('require zone secret.test');
    await w.clock.advance(0);
    expect(w.prober.calls.map(({ asked }) => [asked.zone, asked.clear])).toEqual([['secret.test.', undefined]]);
  });

  test('Q13 a probe in flight that may still ask over Do53 is given up', async () => {
    const w = world({ policy: { onlyAfterAnswer: false }, probes: { latencyMs: 100 } });
    await w.contact(A);
    await w.contact(A);
    expect(w.prober.calls.map(({ asked }) => asked.clear?.port)).toEqual([53]);
    w.selector.setRules(`require address ${A}`);
    await w.clock.advance(SECOND);
    expect(w.selector.metrics().probes).toEqual({ begun: 1, aborted: 1 });
  });
});

describe('require and authenticate', () => {
  const AUTHENTICATING = { authenticates: true } as const;

  test('Q13 no exchange that cannot check it is asked, and no such prober', async () => {
    const w = world({ rules: `require-and-authenticate address ${A}`, policy: { onlyAfterAnswer: false } });
    expect(w.selector.decide(A)).toMatchObject({ action: 'refuse', reason: 'authentication' });
    expect(await codeOf(w.selector.query(A, message('a.test')))).toBe('REFUSED_BY_RULE');
    const probed = codeOf(w.selector.probe(A));
    await w.clock.advance(0);
    expect(await probed).toBe('REFUSED_BY_RULE');
    expect([...w.dot.calls, ...w.do53.calls, ...w.prober.calls]).toEqual([]);
  });

  test('Q13 exchange and prober are told how; kind auth moves no verdict', async () => {
    const clock = new VirtualClock();
    const dot = Object.assign(new ScriptedExchange({ clock }), AUTHENTICATING);
    const do53 = new ScriptedExchange({ clock });
    const prober = Object.assign(new ScriptedProber({ clock }), AUTHENTICATING);
    const rules = `require-and-authenticate nameserver example.net\nrequire-and-authenticate address ${B}`;
    const selector = new TransportSelector({ clock, dot, do53, prober, rules, guard: { allow: ['192.0.2.0/24'] } });
    onTestFinished(() => selector.close());
    const authentication = { type: 'pkix', name: 'ns1.example.net' };
    const target = { address: A, nameserver: 'NS1.example.net.' };
    expect(selector.decide(target)).toMatchObject({ reason: 'rule-authenticate', authentication });
    expect(selector.decide(B)).toMatchObject({ authentication: { type: 'pkix', name: B } });
    const ask = async () => {
      const asked = selector.query(target, message('a.test'));
      asked.catch(() => undefined);
      await clock.advance(0);
      return asked;
    };
    expect(await ask()).toMatchObject({ transport: 'dot', encrypted: true, authenticated: true });
    const decision = structuredClone(JSON.parse(JSON.stringify(selector.decide(target))));
    const copied = selector.query(decision, message('a.test'));
    await clock.advance(0);
    expect(await copied).toMatchObject({ authenticated: true });
    expect(selector.explain(A).status).toBe('Good');
    dot.set(A, { phase: 'handshake', kind: 'auth' });
    for (let i = 0; i < 9; i++) {
      expect(await codeOf(ask())).toBe('NO_ANSWER');
      await clock.advance(30 * SECOND);
    }
    expect(selector.explain(A).status).toBe('Good');
    const probed = selector.probe(target);
    await clock.advance(0);
    await probed;
    // Those that looked for its return as well.
    for (const { asked } of prober.calls) expect(asked).toMatchObject({ authentication, clear: undefined, zone: '.' });
    expect(prober.calls.length).toBeGreaterThan(0);
    expect(do53.calls).toEqual([]);
  });
});

describe('what whoever asks demands', () => {
  test('require: as under a rule; prefer: no hedge, but a fallback; none: nothing', async () => {
    const w = world();
    expect(w.selector.decide(A, { demand: 'require' })).toMatchObject({
      action: 'encrypt',
      reason: 'demand',
      fallback: false,
    });
    w.makeGood(A);
    const [none, prefer, require] = (['none', 'prefer', 'require'] as const).map((demand) =>
      w.selector.peek(A, { demand }),
    );
    expect(none).toMatchObject({ reason: 'good', fallback: true });
    expect(none?.hedgeAfterMs).toBeLessThan(2_000);
    expect(prefer).toMatchObject({ reason: 'good', fallback: true, hedgeAfterMs: Number.POSITIVE_INFINITY });
    expect(require).toMatchObject({ reason: 'demand', fallback: false });
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    const ask = async (demand: 'prefer' | 'require') => {
      const asked = w.selector.query(A, message('a.test'), { context: { demand } });
      asked.catch(() => undefined);
      await w.clock.advance(0);
      return asked;
    };
    expect(await ask('prefer')).toMatchObject({ transport: 'do53', encrypted: false, fellBack: true });
    const before = w.do53.calls.length;
    expect(await codeOf(ask('require'))).toBe('NO_ANSWER');
    expect(w.do53.calls).toHaveLength(before);
    const unknown = { demand: 'perhaps' } as never;
    expect(() => w.selector.decide(A, unknown)).toThrow('INVALID_OPTION');
  });

  test('the stricter of rule and demand holds', () => {
    const w = world({ rules: `opportunistic address ${A}\nrequire address ${B}` });
    expect(w.selector.decide(A, { demand: 'require' }).reason).toBe('demand');
    expect(w.selector.decide(B, { demand: 'none' }).reason).toBe('rule-require');
  });
});

test('rules are changed whole or not at all, and explained', () => {
  const w = world({ rules: 'require zone example.org' });
  expect(() => w.selector.setRules('never zone example.net\nnever zone ..')).toThrow(/INVALID_RULE.*line 2/);
  expect(w.selector.explain({ address: A, zone: 'example.org' })).toMatchObject({
    reason: 'rule-require',
    rule: 'require zone example.org.',
    why: 'a rule requires DoT',
  });
  expect(w.selector.explain({ address: A, zone: 'example.net' }).rule).toBeUndefined();
  expect(() => world({ rules: 'nonsense' })).toThrow('INVALID_RULE');
});

test('rank puts what must be encrypted where it belongs, and refused ones last', () => {
  const w = world({ rules: `never address ${A}\nrequire address ${B}` });
  const ranked = w.selector.rank([A, LOOPBACK, B], { zone: 'a.test', demand: 'none' });
  expect(ranked.map(({ ref, reason }) => [ref, reason])).toEqual([
    [B, 'rule-require'],
    [A, 'rule-never'],
    [LOOPBACK, 'guard'],
  ]);
  const demanding = w.selector.rank([LOOPBACK, A, '192.0.2.3'], { demand: 'require' });
  expect(demanding.map(({ action }) => action)).toEqual(['encrypt', 'refuse', 'refuse']);
});

describe('Q16 dry run', () => {
  test('Q16 all Do53, probes as usual, and the report says what would have been, by top-level label', async () => {
    const w = world({ dryRun: true, policy: { onlyAfterAnswer: false } });
    for (let i = 0; i < 5; i++) expect((await w.ask(A, 'www.example.org')).transport).toBe('do53');
    for (let i = 0; i < 2; i++) expect((await w.ask(B, 'example.net')).transport).toBe('do53');
    w.selector.decide('192.0.2.3');
    await w.clock.advance(SECOND);
    w.selector.peek(A, { zone: 'example.org' });
    expect(w.dot.calls).toEqual([]);
    expect(w.selector.dryRunReport()).toEqual([
      { zone: 'org.', decisions: 5, encrypted: 3, hedged: 0, probed: 1 },
      { zone: 'net.', decisions: 2, encrypted: 0, hedged: 0, probed: 1 },
      { zone: '-', decisions: 1, encrypted: 0, hedged: 0, probed: 0 },
    ]);
  });

  test('Q16 a slow server would have been hedged; rules go before the dry run', async () => {
    const slow = {
      evidence: { result: 'success' },
      rcode: 0,
      times: { connect: 1_000, handshake: 900, answer: 900, total: 2_800 },
    } as const;
    const w = world({
      dryRun: true,
      rules: `require address ${B}`,
      policy: { onlyAfterAnswer: false },
      probes: { otherwise: slow },
    });
    for (let i = 0; i < 4; i++) w.selector.decide(A, { zone: 'test' });
    await w.clock.advance(0);
    w.selector.decide(A, { zone: 'test' });
    expect(w.selector.dryRunReport()).toEqual([{ zone: 'test.', decisions: 5, encrypted: 1, hedged: 1, probed: 1 }]);
    expect((await w.ask(B)).transport).toBe('dot');
  });

  test('Q16 the table is bounded, and empty where it is no dry run', () => {
    const w = world({ dryRun: true });
    for (let i = 0; i < 1_000; i++) w.selector.decide(A, { zone: `a.tld${i}` });
    w.selector.decide(A, { zone: '.' });
    const report = w.selector.dryRunReport();
    expect(report).toHaveLength(257);
    expect(report[0]).toEqual({ zone: '*', decisions: 745, encrypted: 0, hedged: 0, probed: 0 });
    const plain = world();
    plain.selector.decide(A);
    expect(plain.selector.dryRunReport()).toEqual([]);
  });
});

test('a key that changes is told, and nothing is kept from the server for it', async () => {
  const clock = new VirtualClock();
  const prober = new ScriptedProber({ clock });
  const [dot, do53] = [new ScriptedExchange({ clock }), new ScriptedExchange({ clock })];
  const selector = new TransportSelector({ clock, dot, do53, prober, guard: { allow: ['192.0.2.0/24'] } });
  onTestFinished(() => selector.close());
  const told: KeyChangeInfo[] = [];
  selector.on('keychange', (info) => told.push(info));
  const shows = async (spki: string) => {
    const tls = { protocol: 'TLSv1.3', cipher: 'x', alpn: 'dot', authorized: false, spki };
    prober.set(A, { evidence: { result: 'success' }, rcode: 0, times: { total: 1 }, tls });
    const probed = selector.probe(A);
    await clock.advance(SECOND);
    await probed;
  };
  for (const spki of ['one', 'one', 'two', 'x'.repeat(99)]) await shows(spki);
  expect(told.map(({ endpoint, from, to }) => [endpoint.address, from, to])).toEqual([[A, 'one', 'two']]);
  expect(selector.explain(A)).toMatchObject({ status: 'Good', reason: 'good', key: { spki: 'two' } });
  selector.forget(A);
  expect(selector.explain(A).key).toBeUndefined();
  await shows('three');
  selector.networkChanged();
  await shows('four');
  expect(told).toHaveLength(1);
});
