import { describe, expect, test } from 'vitest';
import { type Claim, type Source, type SourceContact, StaticSource } from '../../src/sources/index.js';
import { DAY, HOUR, message, SECOND, type World, world } from '../support/world.js';

const A = '192.0.2.1';
const B = '198.51.100.1';
const PIN = { type: 'spki', pins: ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='] } as const;

const claim = (more: Partial<Claim> = {}): Claim => ({
  source: 'test',
  scope: { type: 'address', address: A },
  evidence: 'operator',
  endpoints: [{ transport: 'dot' }],
  onFailure: 'open',
  validUntil: Number.POSITIVE_INFINITY,
  ...more,
});

/** A source that always says the same. */
const saying = (claims: readonly Claim[], name = 'test'): Source => ({ name, claims: () => claims });

const where = (w: World, server = A) => {
  const { action, reason, fallback, endpoints } = w.selector.peek(server);
  return `${action} ${reason} ${fallback} ${endpoints.map(({ address, port }) => `${address} ${port}`).join()}`;
};

describe('static configuration', () => {
  test('is used at the first query, without a probe; Do53 follows a failure', async () => {
    const w = world({ sources: [new StaticSource([{ address: A, endpoints: [{ port: 8853 }] }])] });
    expect(where(w)).toBe(`encrypt good true ${A} 8853`);
    expect((await w.ask(A)).transport).toBe('dot');
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    expect(await w.ask(A)).toMatchObject({ transport: 'do53', fellBack: true });
    expect(w.begun()).toHaveLength(0);
  });

  test('what fails is left alone, and tried again in time', async () => {
    const w = world({ sources: [new StaticSource([{ address: A }])], probes: { otherwise: ['refused', 'good'] } });
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    await w.ask(A);
    await w.ask(A);
    expect(where(w)).toMatch(/^clear/);
    w.dot.set(A, 'good');
    await w.contactFor(A, 3 * DAY, HOUR);
    expect(where(w)).toBe(`encrypt good true ${A} 853`);
  });

  test('closed: encrypted or not at all, as under a rule', async () => {
    const w = world({ sources: [new StaticSource([{ address: A, onFailure: 'closed' }])] });
    expect(where(w)).toBe(`encrypt source-require false ${A} 853`);
    w.dot.set(A, { phase: 'connect', kind: 'refused' });
    await expect(w.selector.query(A, message('x.test'))).rejects.toMatchObject({ code: 'NO_ANSWER' });
    expect(w.do53.calls).toEqual([]);
  });

  test('a proof is asked of each session, and nothing is sent where nothing can check it', () => {
    const sources = () => [
      new StaticSource([{ address: A, onFailure: 'closed', endpoints: [{ authentication: PIN }] }]),
    ];
    const able = world({ sources: sources(), authenticates: true });
    expect(able.selector.peek(A).authentication).toEqual(PIN);
    // Nothing is sent where nothing can check it, nor where we never connect.
    const unable = world({ sources: sources() });
    expect(where(unable)).toBe('refuse authentication false ');
    const scope = { type: 'nameserver', name: 'ns1.test' } as const;
    const far = world({ sources: [saying([claim({ scope, onFailure: 'closed' })])] });
    expect(far.selector.peek('127.0.0.1', { nameserver: 'ns1.test' })).toMatchObject({
      action: 'refuse',
      reason: 'guard',
    });
    const other = world({ sources: [saying([claim({ onFailure: 'closed', endpoints: [{ transport: 'doq' }] })])] });
    expect(where(other)).toBe('refuse port false ');
  });

  test('the first of several that must not fall back gives way when it fails, and comes back', async () => {
    const endpoints = ['198.51.100.1', '198.51.100.2'].map((address) => ({ address }));
    const w = world({ sources: [new StaticSource([{ address: A, onFailure: 'closed', endpoints }])] });
    w.dot.set('198.51.100.1', { phase: 'connect', kind: 'refused' });
    w.prober.set('198.51.100.1', ['refused', 'good']);
    const outcomes: string[] = [];
    for (let i = 0; i < 8; i++) {
      const asked = w.selector.query(A, message('x.test')).then(
        ({ decision }) => decision.endpoints[0]?.address ?? '',
        (error: { code: string }) => error.code,
      );
      await w.clock.advance(SECOND);
      outcomes.push(await asked);
    }
    expect(outcomes).toEqual(['NO_ANSWER', ...Array.from({ length: 7 }, () => '198.51.100.2')]);
    expect(w.do53.calls).toEqual([]);
    w.dot.set('198.51.100.1', 'good');
    await w.contactFor(A, 3 * DAY, HOUR);
    expect(w.selector.peek(A).endpoints).toMatchObject([{ address: '198.51.100.1' }]);
    // Its probes asked nothing in clear text either.
    expect(w.prober.calls.every(({ asked }) => asked.clear === undefined)).toBe(true);
  });

  test('on another Do53 port there is another server', () => {
    const w = world({
      sources: [new StaticSource([{ address: A }, { address: B, port: 5353, endpoints: [{ port: 8853 }] }])],
    });
    expect(where(w, `${A}:5354`)).toMatch(/^clear port/);
    expect(where(w, `${B}:5353`)).toBe(`encrypt good true ${B} 8853`);
    expect(where(w, B)).toMatch(/^clear/);
    const zone = world({ sources: [new StaticSource([{ zone: 'test' }])] });
    expect(zone.selector.peek(`${A}:5353`, { zone: 'test' }).action).toBe('clear');
  });

  test('what is forgotten or evicted is believed again', async () => {
    const w = world({ sources: [new StaticSource([{ address: A, endpoints: [{ address: B, port: 8853 }] }])] });
    await w.ask(A);
    expect(w.selector.forget(A)).toBe(1);
    expect(w.entries()).toEqual([]);
    expect(where(w)).toBe(`encrypt good true ${B} 8853`);
    expect((await w.ask(A)).transport).toBe('dot');
  });

  test('what cannot prove itself is passed over for an hour, and then tried again', async () => {
    const w = world({
      sources: [new StaticSource([{ address: A, endpoints: [{ address: B, authentication: PIN }] }])],
      authenticates: true,
      probes: { otherwise: 'refused' },
    });
    w.dot.set(B, [{ phase: 'handshake', kind: 'auth' }, 'good']);
    expect(await w.ask(A)).toMatchObject({ transport: 'do53', fellBack: true });
    for (let i = 0; i < 3; i++) expect(await w.ask(A)).toMatchObject({ transport: 'do53', fellBack: false });
    await w.clock.advance(HOUR);
    expect(await w.ask(A)).toMatchObject({ transport: 'dot' });
  });

  test('no endpoint: it is known that there is no DoT', async () => {
    const w = world({ sources: [new StaticSource([{ address: A, endpoints: [] }])] });
    for (let i = 0; i < 5; i++) expect((await w.ask(A)).transport).toBe('do53');
    expect(where(w)).toMatch(/^clear source-never/);
    expect(w.begun()).toEqual([]);
    expect(w.selector.explain(A).why).toBe('a source knows that it does not speak DoT');
  });

  test('by zone the longest name holds, by name server that very name', () => {
    const w = world({
      sources: [
        new StaticSource([
          { zone: 'test', endpoints: [{ port: 1 }] },
          { zone: 'a.test.', endpoints: [{ port: 2 }] },
          { nameserver: 'NS1.test', endpoints: [{ port: 3 }] },
        ]),
      ],
    });
    const portOf = (context: object) => w.selector.peek(B, context).endpoints[0]?.port;
    expect(portOf({ zone: 'b.test' })).toBe(1);
    expect(portOf({ zone: 'x.A.test' })).toBe(2);
    expect(portOf({ zone: 'aa.test' })).toBe(1);
    expect(portOf({ zone: 'other' })).toBe(53);
    expect(portOf({ nameserver: 'ns1.TEST.' })).toBe(3);
    expect(portOf({ nameserver: 'a.ns1.test' })).toBe(53);
  });

  test('the guard admits what it names, and nothing beside', () => {
    const w = world({ sources: [new StaticSource([{ address: '127.0.0.5' }])] });
    expect(where(w, '127.0.0.5')).toBe('encrypt good true 127.0.0.5 853');
    expect(where(w, '127.0.0.6')).toMatch(/^clear guard/);
  });

  test.each([
    [[{ address: 'x' }], 'entry 1'],
    [[{ address: A }, { address: A, zone: 'test' }], 'entry 2'],
    [[{}], 'entry 1'],
    [[{ address: A, onFailure: 'maybe' }], 'entry 1'],
    [[{ address: A, endpoints: [{ port: 53 }] }], 'entry 1'],
    [[{ address: A, endpoints: [{ authentication: { type: 'spki', pins: [] } }] }], 'entry 1'],
    [[{ address: A, prot: 1 }], 'prot'],
    ['x', 'a list'],
  ])('refuses %j', (entries, told) => {
    expect(() => new StaticSource(entries as never)).toThrow(/INVALID_SOURCE/);
    expect(() => new StaticSource(entries as never)).toThrow(told);
  });
});

describe('which claim holds', () => {
  const at = (port: number) => [{ transport: 'dot', port }];

  test('the strictest; then the best evidence; then the first', () => {
    const chosen = (claims: readonly Claim[]) => world({ sources: [saying(claims)] }).selector.peek(A).server.dot?.port;
    const open = claim({ endpoints: at(1) });
    expect(chosen([open, claim({ endpoints: at(2), onFailure: 'closed', evidence: 'probed' })])).toBe(2);
    expect(chosen([claim({ endpoints: at(2), evidence: 'signalled-dnssec' }), open])).toBe(1);
    expect(chosen([open, claim({ endpoints: at(2) })])).toBe(1);
    expect(
      chosen([
        claim({ endpoints: at(2), evidence: 'signalled-unsigned' }),
        claim({ endpoints: at(3), evidence: 'probed' }),
      ]),
    ).toBe(3);
  });

  test('whoever could be anybody neither switches encryption off nor forbids Do53', () => {
    const evidence = 'signalled-unsigned';
    const off = world({ sources: [saying([claim({ endpoints: [], evidence })])] });
    expect(where(off)).toMatch(/^clear unknown/);
    const closed = world({ sources: [saying([claim({ onFailure: 'closed', evidence })])] });
    expect(where(closed)).toMatch(/^clear unknown/);
    // With DNSSEC it is another thing.
    const signed = { evidence: 'signalled-dnssec' } as const;
    expect(where(world({ sources: [saying([claim({ endpoints: [], ...signed })])] }))).toMatch(/source-never/);
    expect(where(world({ sources: [saying([claim({ onFailure: 'closed', ...signed })])] }))).toMatch(/source-require/);
  });

  test('one that says yes goes before one of the same evidence that says no', () => {
    const w = world({ sources: [saying([claim({ endpoints: [] }), claim()])] });
    expect(where(w)).toMatch(/^encrypt/);
  });

  test.each<[string, Partial<Claim>]>([
    ['another address', { scope: { type: 'address', address: B } }],
    ['a name server name', { scope: { type: 'nameserver', name: 'ns1.test' } }],
    ['another zone', { scope: { type: 'zone', zone: 'test' } }],
    ['what is over', { validUntil: 0 }],
    ['none of a hundred contacts', { share: 0 }],
    ['a transport that we do not speak', { endpoints: [{ transport: 'doq', port: 853 }] }],
    ['an address where we never connect', { endpoints: [{ transport: 'dot', address: '127.0.0.1' }] }],
    ['no address', { endpoints: [{ transport: 'dot', address: 'ns1.test' }] }],
    ['no port', { endpoints: [{ transport: 'dot', port: 70_000 }] }],
    ['the port of Do53', { endpoints: [{ transport: 'dot', port: 53 }] }],
    ['no scope that there is', { scope: { type: 'planet' } as never }],
  ])('a source that speaks of %s is not heeded, whatever it was asked', (_, more) => {
    const w = world({ sources: [saying([claim(more)])] });
    expect(where(w)).toMatch(/^clear unknown/);
  });

  test('a share of contacts', () => {
    const w = world({ sources: [saying([claim({ share: 30, onFailure: 'closed' })])] });
    const drawn = Array.from({ length: 1_000 }, () => w.selector.peek(A).action).filter((one) => one === 'encrypt');
    expect(drawn.length).toBeGreaterThan(240);
    expect(drawn.length).toBeLessThan(360);
  });

  test('what may be elsewhere takes nothing away from what is proven here', async () => {
    const evidence = 'signalled-unsigned';
    const elsewhere = [{ transport: 'dot', address: B }];
    const w = world({
      sources: [saying([claim({ evidence, endpoints: elsewhere })])],
      probes: { script: { [B]: 'refused' } },
    });
    w.makeGood(A);
    for (let i = 0; i < 3; i++) expect((await w.ask(A)).decision.endpoints).toMatchObject([{ address: A, port: 853 }]);
    await w.clock.advance(SECOND);
    expect(w.begun(B)).toHaveLength(1);
    expect((await w.ask(A)).decision.endpoints).toMatchObject([{ address: A, port: 853 }]);
    // Nor does it lead away what a rule demands.
    w.selector.setRules(`require address ${A}`);
    expect(where(w)).toBe(`encrypt rule-require false ${A} 853`);
  });

  test('a probe that a stranger’s word brings about is one of many, within their bounds', async () => {
    const evidence = 'signalled-unsigned';
    const w = world({ sources: [saying([claim({ evidence })])] });
    await w.contact(A);
    await w.clock.advance(SECOND);
    expect(w.begun()).toHaveLength(1);
    expect(w.selector.explain(A).history).toMatchObject([{ to: 'good' }]);
  });

  test('where a claim leads elsewhere, the server’s Do53 says nothing of that place', async () => {
    const v6 = '2001:db8::1';
    const w = world({ sources: [saying([claim({ endpoints: [{ transport: 'dot', address: v6 }] })])] });
    await w.ask(A);
    w.dot.set(v6, { phase: 'connect', kind: 'silent' });
    for (let i = 0; i < 6; i++) {
      await w.ask(A);
      await w.clock.advance(10 * SECOND);
    }
    // Our IPv6 may be what has failed: no strike, whatever answers over IPv4.
    expect(w.status({ address: v6 })).toBe('Good');
    expect(w.entries().find(({ endpoint }) => endpoint.address === v6)).toMatchObject({ status: 'Good' });
  });

  test('a rule that leaves the choice lifts what a source demands', () => {
    const closed = () => [saying([claim({ onFailure: 'closed' })])];
    expect(where(world({ sources: closed(), rules: `opportunistic address ${A}` }))).not.toMatch(/source-require/);
    expect(where(world({ sources: closed(), rules: `opportunistic address ${B}` }))).toMatch(/source-require/);
    const denied = world({ sources: [saying([claim({ endpoints: [] })])], rules: `opportunistic address ${A}` });
    expect(where(denied)).toMatch(/^clear unknown/);
  });

  test('a rule never holds of where a claim leads, too', () => {
    const rules = `never address ${B}`;
    const open = world({ sources: [saying([claim({ endpoints: [{ transport: 'dot', address: B }] })])], rules });
    expect(where(open)).toMatch(/^clear unknown/);
  });

  test('port 853 says all by itself', () => {
    const w = world({ sources: [saying([claim({ endpoints: at(8853) })])] });
    expect(where(w, `${A}:853`)).toBe(`encrypt port-853 false ${A} 853`);
  });

  test('rules go before', async () => {
    const sources = () => [saying([claim({ endpoints: at(8853), onFailure: 'closed' })])];
    expect(where(world({ sources: sources(), rules: `never address ${A}` }))).toMatch(/^clear rule-never/);
    // What a rule requires is met where the source says.
    const required = world({ sources: sources(), rules: `require address ${A}` });
    expect(where(required)).toBe(`encrypt rule-require false ${A} 8853`);
    const denied = world({ sources: [saying([claim({ endpoints: [] })])], rules: `require address ${A}` });
    expect(where(denied)).toBe(`encrypt rule-require false ${A} 853`);
    const proven = world({
      sources: [saying([claim({ endpoints: [{ transport: 'dot', authentication: PIN }] })])],
      rules: `require address ${A}`,
      authenticates: true,
    });
    expect(proven.selector.peek(A).authentication).toEqual(PIN);
  });

  test('whoever demands encryption gets it, though a source says that there is none', () => {
    const w = world({ sources: [saying([claim({ endpoints: [] })])] });
    expect(w.selector.peek(A, { demand: 'require' })).toMatchObject({ action: 'encrypt', reason: 'demand' });
  });

  test('a claim by zone holds of a question where the host names no zone, and of a decision made before', async () => {
    const scope = { type: 'zone', zone: 'secret.test' } as const;
    const w = world({ sources: [saying([claim({ scope, onFailure: 'closed' })])] });
    const decision = w.selector.decide(A);
    expect(decision.action).toBe('clear');
    const result = await w.selector.query(decision, message('www.secret.test'));
    expect(result).toMatchObject({ transport: 'dot', decision: { reason: 'source-require' } });
    const other = w.selector.query(A, message('www.other.test'));
    await w.clock.advance(0);
    expect((await other).decision.reason).not.toBe('source-require');
  });
});

describe('a source that is broken', () => {
  test('harms nothing, and is counted', async () => {
    const broken: Source = {
      name: 'broken',
      claims: () => {
        throw new Error('broken');
      },
      open: () => {
        throw new Error('broken');
      },
      networkChanged: () => {
        throw new Error('broken');
      },
      close: () => Promise.reject(new Error('broken')),
    };
    const rubbish = { name: 'rubbish', claims: () => [undefined, 7, {}, { endpoints: 'x' }] } as unknown as Source;
    const none = { name: 'none', claims: () => undefined } as unknown as Source;
    const endless = { name: 'endless', claims: () => [], close: () => new Promise<void>(() => {}) };
    const w = world({ sources: [broken, rubbish, none, endless] });
    w.selector.networkChanged();
    expect((await w.ask(A)).transport).toBe('do53');
    expect(w.selector.explain(A).claims).toEqual([]);
    expect(w.selector.metrics().ignored.source).toBeGreaterThan(3);
  });

  test.each([
    ['x'],
    [[{}]],
    [[{ name: 'a' }]],
    [[saying([], 'a'), saying([], 'a')]],
    [Array.from({ length: 17 }, (_, index) => saying([], `s${index}`))],
    [[{ ...saying([]), addresses: ['ns1.test'] }]],
  ])('is refused: %#', (sources) => {
    expect(() => world({ sources: sources as never })).toThrow(/INVALID_SOURCE/);
  });
});

/** A registry that might be: delegations name the transports of their servers, and cut a name's servers by share. */
class DelegSource implements Source {
  readonly name = 'deleg';
  readonly seen: SourceContact[] = [];
  readonly outcomes: string[] = [];
  readonly #claims = new Map<string, readonly Claim[]>();

  /** A referral has told of a cut; secure where DNSSEC says so. */
  learn(cut: string, params: Partial<Claim> & { readonly secure: boolean }): void {
    const { secure, ...rest } = params;
    const said = claim({
      ...{
        source: this.name,
        scope: { type: 'zone', zone: cut },
        evidence: secure ? 'signalled-dnssec' : 'signalled-unsigned',
      },
      ...rest,
    });
    this.#claims.set(cut, [said]);
  }

  claims(contact: SourceContact): readonly Claim[] {
    if (contact.counts) this.seen.push(contact);
    return [...this.#claims.values()].flat();
  }

  observe({ failure }: { readonly failure: { readonly kind: string } | undefined }): void {
    this.outcomes.push(failure?.kind ?? 'answered');
  }
}

describe('a source that nobody here knows', () => {
  test('a DELEG-like one leads to other addresses, demands proofs, and hears what became of it', async () => {
    const deleg = new DelegSource();
    const w = world({ sources: [deleg], authenticates: true });
    const proof = { type: 'pkix', name: 'ns.operator.test' } as const;
    deleg.learn('example.org', {
      secure: true,
      onFailure: 'closed',
      endpoints: [
        { transport: 'doq', address: B, port: 853 },
        { transport: 'dot', address: B, port: 8853, authentication: proof },
      ],
      validUntil: w.clock.now() + HOUR,
    });
    const { decision } = await w.ask(A, 'example.org');
    expect(decision).toMatchObject({ reason: 'source-require', authentication: proof, fallback: false });
    expect(decision.endpoints).toMatchObject([{ address: B, port: 8853 }]);
    expect(deleg.seen[0]).toMatchObject({ address: A, family: 4, port: 53, zone: 'example.org.', demand: 'none' });
    expect((await w.ask(A, 'example.net')).transport).toBe('do53');
    await w.clock.advance(HOUR);
    expect((await w.ask(A, 'example.org')).decision.reason).not.toBe('source-require');
  });

  test('an unsigned one brings a probe, and no more', async () => {
    const deleg = new DelegSource();
    const w = world({ sources: [deleg] });
    deleg.learn('example.org', { secure: false, endpoints: [{ transport: 'dot', address: B }] });
    expect((await w.ask(A, 'example.org')).transport).toBe('do53');
    await w.clock.advance(SECOND);
    expect(w.begun()).toHaveLength(1);
    expect(w.begun(B)).toHaveLength(1);
    expect((await w.ask(A, 'example.org')).decision.endpoints).toMatchObject([{ address: B, port: 853 }]);
    expect((await w.ask(A, 'example.net')).decision.endpoints).toMatchObject([{ address: A, port: 53 }]);
    w.dot.set(B, { phase: 'answer', kind: 'closed' });
    await w.ask(A, 'example.org');
    expect(deleg.outcomes).toEqual(['answered', 'closed']);
  });

  test('what explain tells: all claims, and probing as one source among them', async () => {
    const w = world({
      sources: [saying([claim({ evidence: 'signalled-unsigned' })])],
      policy: { onlyAfterAnswer: false },
    });
    await w.contact(A);
    await w.contact(A);
    await w.clock.advance(SECOND);
    expect(w.selector.explain(A).claims).toMatchObject([
      { source: 'test', evidence: 'signalled-unsigned' },
      { source: 'probing', evidence: 'probed', endpoints: [{ transport: 'dot', port: 853 }], onFailure: 'open' },
    ]);
  });
});

describe('a source against its contract', () => {
  test('what it has async and rejects there is told, and ends no process', async () => {
    const reject = async (): Promise<never> => Promise.reject(new Error('mine'));
    const source = { name: 'test', claims: () => [claim()], open: reject, observe: reject, networkChanged: reject };
    const w = world({ sources: [source, { name: 'late', claims: reject as unknown as Source['claims'] }] });
    const told: unknown[] = [];
    w.selector.on('hostError', ({ part, error }) => told.push(`${part} ${error}`));
    expect((await w.ask(A)).transport).toBe('dot');
    w.selector.networkChanged();
    await w.clock.advance(SECOND);
    expect(new Set(told)).toContain('source Error: mine');
    expect(w.selector.metrics().hostErrors.source).toBeGreaterThanOrEqual(4);
  });

  test.each([
    ['endpoints', 1],
    ['endpoints', 'dot'],
    ['endpoints', {}],
    ['share', Symbol('half')],
  ])('a claim whose %s are %o is none', async (member, value) => {
    const w = world({ sources: [saying([{ ...claim(), [member]: value } as Claim])] });
    expect(where(w)).toBe(`clear unknown false ${A} 53`);
    expect((await w.ask(A)).transport).toBe('do53');
    expect(w.selector.metrics().hostErrors.source).toBeGreaterThan(0);
  });

  test.each([null, 1, { endpoints: 'dot' }])(
    'a claim that is none (%o) leaves the strict one beside it in force',
    async (none) => {
      const strict = claim({ onFailure: 'closed' });
      const w = world({ sources: [saying([none as unknown as Claim, strict])] });
      expect(w.selector.decide(A)).toMatchObject({ action: 'encrypt', fallback: false });
      expect(w.selector.metrics().hostErrors.source).toBeGreaterThan(0);
    },
  );

  test.each([1, {}, 'x', [1], [null], ['nowhere']])('addresses that are none are refused: %o', (addresses) => {
    const source = { ...saying([]), addresses: addresses as string[] };
    expect(() => world({ sources: [source] })).toThrow(expect.objectContaining({ code: 'INVALID_SOURCE' }));
  });
});
