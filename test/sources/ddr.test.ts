import { describe, expect, test } from 'vitest';
import { DdrSource, type DdrSourceOptions, StaticSource } from '../../src/sources/index.js';
import type { ScriptedAnswer } from '../../src/testing/index.js';
import { DAY, HOUR, MINUTE, mostWithin, SECOND, type World, type WorldOptions, world } from '../support/world.js';
import { a, alpn, answerWith, askedOf, ipv4Hint, KEY, mandatory, param, port, svcb } from './support.js';

const FORWARDER = '192.0.2.53';
const LOCAL = '10.0.0.1';
const OTHER = '198.51.100.53';
const TYPE = { SVCB: 64, A: 1, AAAA: 28 } as const;
const WELL_KNOWN = '64 _dns.resolver.arpa';
const TO_OTHER = svcb(1, 'dot.test', alpn('dot'), ipv4Hint(OTHER));

/** What a forwarder answers, by `type name`; what is missing is NODATA. */
type Answers = Record<string, readonly Uint8Array[]>;

function answering(answers: Answers, ttl = 300): ScriptedAnswer {
  return (query) => {
    const asked = askedOf(query);
    const type = Number(asked.split(' ')[0]);
    return answerWith(
      query,
      (answers[asked] ?? []).map((data) => ({ type, data })),
      ttl,
    );
  };
}

/** A world with forwarders, and the moment that finding their designations takes. */
async function ddr(
  answer: ScriptedAnswer | readonly ScriptedAnswer[],
  options: Partial<DdrSourceOptions> = {},
  more: WorldOptions = {},
): Promise<World> {
  const source = new DdrSource({ forwarders: [FORWARDER], ...options });
  const w = world({ sources: [source], authenticates: true, clear: { otherwise: answer }, ...more });
  await settle(w);
  return w;
}

async function settle(w: World): Promise<void> {
  for (let turn = 0; turn < 40; turn++) await w.clock.advance(0);
}

function questions(w: World): string[] {
  return w.do53.calls.map(({ asked }) => askedOf(asked.message));
}

const DESIGNATES = answering({ [WELL_KNOWN]: [TO_OTHER] });
const proofOf = (name: string) => ({ type: 'pkix', name }) as const;

test('62-1 the configured address is asked for _dns.resolver.arpa before there are queries', async () => {
  const w = await ddr(DESIGNATES);
  expect(questions(w)[0]).toBe(WELL_KNOWN);
  expect(w.do53.calls[0]?.asked.endpoint).toMatchObject({ address: FORWARDER, port: 53, transport: 'do53' });
  // RD is set: it is a resolver that is asked.
  expect((w.do53.calls[0]?.asked.message[2] ?? 0) & 1).toBe(1);
});

test('62-1 no query waits for it', async () => {
  const w = await ddr('never');
  w.do53.set(FORWARDER, 'good');
  expect((await w.ask(FORWARDER)).transport).toBe('do53');
});

test.each(['.', 'resolver.arpa', '_dns.resolver.arpa', 'x.resolver.arpa'])(
  '62-2 a target %s is not followed, nor its addresses asked for',
  async (target) => {
    const w = await ddr(answering({ [WELL_KNOWN]: [svcb(1, target, alpn('dot'), ipv4Hint(OTHER))] }));
    expect(questions(w)).toEqual([WELL_KNOWN]);
    expect(w.prober.calls).toEqual([]);
    expect(w.selector.peek(FORWARDER).action).toBe('clear');
  },
);

test('62-3 a record with an unknown mandatory key is passed over; others of the set stay', async () => {
  const unknown = svcb(1, 'one.test', mandatory(1, 667), alpn('dot'), ipv4Hint('198.51.100.1'), param(667, [1]));
  const w = await ddr(answering({ [WELL_KNOWN]: [unknown, svcb(2, 'dot.test', alpn('dot'), ipv4Hint(OTHER))] }));
  expect(w.prober.calls.map(({ address }) => address)).toEqual([OTHER]);
  expect(w.selector.peek(FORWARDER).endpoints).toMatchObject([{ address: OTHER }]);
});

test('62-4 what has not proven anything is not used, wherever it leads', async () => {
  const failed = { evidence: { result: 'inconclusive', why: 'auth' }, times: { total: 0 } } as const;
  const w = await ddr(DESIGNATES, {}, { probes: { otherwise: failed } });
  expect(w.prober.calls).toHaveLength(1);
  for (let i = 0; i < 5; i++) expect((await w.ask(FORWARDER)).transport).toBe('do53');
  expect(w.dot.calls).toEqual([]);
  expect(w.selector.explain(FORWARDER).claims).toEqual([]);
});

test('62-4 nothing is used where nothing can check a proof', async () => {
  const w = await ddr(DESIGNATES, {}, { authenticates: false });
  expect(w.prober.calls).toEqual([]);
  expect(w.selector.peek(FORWARDER).action).toBe('clear');
});

test('62-5 the proof is a certificate for the address that was configured, wherever the connection goes', async () => {
  const w = await ddr(DESIGNATES);
  expect(w.prober.calls[0]?.asked).toMatchObject({
    endpoint: { address: OTHER, port: 853 },
    authentication: proofOf(FORWARDER),
  });
  // And every session proves it anew.
  expect(w.selector.peek(FORWARDER).authentication).toEqual(proofOf(FORWARDER));
});

test('62-5 a refresh proves it as well', async () => {
  const w = await ddr(DESIGNATES);
  for (let hour = 0; hour < 72; hour++) {
    await w.ask(FORWARDER);
    await w.clock.advance(HOUR);
    await settle(w);
  }
  expect(w.prober.calls.length).toBeGreaterThan(3);
  for (const { asked } of w.prober.calls) expect(asked.authentication).toEqual(proofOf(FORWARDER));
});

test('62-6 what is verified is used in the place of Do53, at once; its failure is followed by Do53', async () => {
  const w = await ddr(DESIGNATES);
  expect(await w.ask(FORWARDER)).toMatchObject({ transport: 'dot', encrypted: true, fellBack: false });
  expect(w.dot.calls[0]?.asked.endpoint).toMatchObject({ address: OTHER, port: 853 });
  w.dot.set(OTHER, { phase: 'connect', kind: 'refused' });
  expect(await w.ask(FORWARDER)).toMatchObject({ transport: 'do53', fellBack: true });
});

describe('62-7 what has failed', () => {
  const failed = {
    evidence: { result: 'failure', phase: 'connect', kind: 'refused', controlled: true },
    times: { total: 0 },
  } as const;

  test('62-7 is not asked for again before its TTL', async () => {
    const w = await ddr(answering({ [WELL_KNOWN]: [TO_OTHER] }, 1_800), {}, { probes: { otherwise: failed } });
    await w.clock.advance(30 * MINUTE - SECOND);
    expect(questions(w).filter((asked) => asked === WELL_KNOWN)).toHaveLength(1);
    await w.clock.advance(2 * SECOND);
    expect(questions(w).filter((asked) => asked === WELL_KNOWN)).toHaveLength(2);
  });

  test('62-7 is asked for again after a day, however long the TTL; who was not reached after an hour', async () => {
    const unproven = { evidence: { result: 'inconclusive', why: 'auth' }, times: { total: 0 } } as const;
    for (const [otherwise, asked] of [
      [unproven, 2],
      [failed, 25],
    ] as const) {
      const w = await ddr(answering({ [WELL_KNOWN]: [TO_OTHER] }, 30 * 86_400), {}, { probes: { otherwise } });
      await w.clock.advance(DAY + SECOND);
      expect(questions(w).filter((one) => one === WELL_KNOWN)).toHaveLength(asked);
    }
  });

  test('62-7 who proved itself and is not reached for a while is used again at once', async () => {
    const w = await ddr(
      answering({ [WELL_KNOWN]: [TO_OTHER] }, 3_600),
      {},
      { probes: { otherwise: ['good', failed, 'good'] } },
    );
    await w.clock.advance(48 * MINUTE + SECOND);
    await settle(w);
    expect(w.prober.calls).toHaveLength(2);
    expect(w.selector.peek(FORWARDER).authentication).toBeDefined();
    await w.clock.advance(2 * MINUTE);
    await settle(w);
    expect(w.prober.calls).toHaveLength(3);
    await w.clock.advance(45 * MINUTE);
    expect(w.selector.peek(FORWARDER).authentication).toBeDefined();
  });

  test('62-7 what proves to be another in use is used no more', async () => {
    const w = await ddr(answering({ [WELL_KNOWN]: [TO_OTHER] }, 1_800));
    w.dot.set(OTHER, { phase: 'handshake', kind: 'auth' });
    expect(await w.ask(FORWARDER)).toMatchObject({ transport: 'do53', fellBack: true });
    expect(await w.ask(FORWARDER)).toMatchObject({ transport: 'do53', fellBack: false });
    expect(w.dot.calls).toHaveLength(1);
    expect(w.selector.explain(FORWARDER).claims.filter(({ source }) => source === 'ddr')).toEqual([]);
  });
});

describe('62-8 opportunistic discovery', () => {
  const unproven = (authentication: unknown) =>
    authentication === undefined
      ? ({ evidence: { result: 'success' }, rcode: 0, times: { total: 0 } } as const)
      : ({ evidence: { result: 'inconclusive', why: 'auth' }, times: { total: 0 } } as const);
  const probes = { otherwise: ({ authentication }: { authentication?: unknown }) => unproven(authentication) } as never;
  const at = (address: string) => {
    const records = [svcb(1, 'dot.test', alpn('dot'), ipv4Hint(address))];
    return answering({ [WELL_KNOWN]: records, '64 _dns.resolver.test': records });
  };

  test('62-8 at the very address, where that is private: without a name, once a probe has shown DoT', async () => {
    const w = await ddr(at(LOCAL), { forwarders: [LOCAL] }, { probes });
    await w.contact(LOCAL);
    await w.contact(LOCAL);
    expect(w.selector.peek(LOCAL)).toMatchObject({ action: 'encrypt', authentication: undefined, fallback: true });
  });

  test.each([
    ['at another address', LOCAL, '10.0.0.2', {}],
    ['where the address is public', FORWARDER, FORWARDER, {}],
    ['where the operator forbids it', LOCAL, LOCAL, { opportunistic: 'never' }],
    ['where the operator knows the name', { address: LOCAL, name: 'resolver.test' }, LOCAL, {}],
  ] as const)('62-8 never %s', async (_, forwarder, address, options) => {
    const w = await ddr(at(address), { forwarders: [forwarder], ...options }, { probes });
    expect(w.selector.explain(typeof forwarder === 'string' ? forwarder : forwarder.address).claims).toEqual([]);
  });
});

describe('62-9 other networks and other resolvers', () => {
  test('62-9 a designation is of one address alone', async () => {
    const w = await ddr(
      DESIGNATES,
      { forwarders: [FORWARDER, '192.0.2.54'] },
      {
        clear: { otherwise: DESIGNATES, script: { '192.0.2.54': answering({}) } },
      },
    );
    expect(w.selector.peek(FORWARDER).endpoints).toMatchObject([{ address: OTHER }]);
    expect(w.selector.peek('192.0.2.54').action).toBe('clear');
    // Nor of another port of it.
    expect(w.selector.peek(`${FORWARDER}:5353`).action).toBe('clear');
  });

  test('62-9 on another network it is found anew', async () => {
    const w = await ddr([DESIGNATES, DESIGNATES, DESIGNATES, answering({})]);
    expect(w.selector.peek(FORWARDER).action).toBe('encrypt');
    w.selector.networkChanged('other');
    expect(w.selector.peek(FORWARDER).action).toBe('clear');
    await settle(w);
    expect(questions(w).filter((asked) => asked === WELL_KNOWN)).toHaveLength(2);
    expect(w.selector.peek(FORWARDER).action).toBe('clear');
  });
});

test('62-12 its addresses are asked of the forwarder in clear text, never of the encrypted resolver', async () => {
  const w = await ddr(answering({ [WELL_KNOWN]: [svcb(1, 'dot.test', alpn('dot'))], '1 dot.test': [a(OTHER)] }));
  expect(questions(w)).toEqual([WELL_KNOWN, '28 dot.test', '1 dot.test']);
  expect(new Set(w.do53.calls.map(({ address }) => address))).toEqual(new Set([FORWARDER]));
  expect(w.dot.calls).toEqual([]);
  await w.clock.advance(4 * MINUTE);
  await settle(w);
  expect(questions(w)).toHaveLength(6);
  expect(w.dot.calls).toEqual([]);
});

describe('62-13 no designation, and a dropped answer', () => {
  test('62-13 NODATA: asked again in an hour', async () => {
    const w = await ddr([answering({}), DESIGNATES]);
    expect(w.selector.peek(FORWARDER).action).toBe('clear');
    await w.clock.advance(HOUR + SECOND);
    await settle(w);
    expect(w.selector.peek(FORWARDER).action).toBe('encrypt');
  });

  test.each<ScriptedAnswer>(['silent', 'SERVFAIL', 'reject'])(
    '62-13 %s: asked again, ever less often, until there is an answer',
    async (answer) => {
      const w = await ddr(answer);
      await w.clock.advance(6 * HOUR);
      await settle(w);
      const asked = questions(w).length;
      expect(asked).toBeGreaterThan(5);
      expect(asked).toBeLessThan(20);
      w.do53.set(FORWARDER, DESIGNATES);
      await w.clock.advance(HOUR + MINUTE);
      await settle(w);
      expect(w.selector.peek(FORWARDER).action).toBe('encrypt');
    },
  );

  test('62-13 what was designated holds for its TTL, though answers are dropped or empty meanwhile', async () => {
    for (const later of ['silent', answering({})] as const) {
      const w = await ddr(answering({ [WELL_KNOWN]: [TO_OTHER] }, 3_600));
      w.do53.set(FORWARDER, later);
      await w.clock.advance(55 * MINUTE);
      await settle(w);
      expect(questions(w).filter((asked) => asked === WELL_KNOWN).length).toBeGreaterThan(1);
      expect(w.selector.peek(FORWARDER).authentication).toBeDefined();
      await w.clock.advance(6 * MINUTE);
      expect(w.selector.peek(FORWARDER).authentication).toBeUndefined();
    }
  });
});

test('62-15 discovery by name: that is asked about and proven, whatever the target’s name', async () => {
  const w = await ddr(answering({ '64 _dns.resolver.test': [svcb(1, 'target.test', alpn('dot'), ipv4Hint(OTHER))] }), {
    forwarders: [{ address: FORWARDER, name: 'resolver.test' }],
  });
  expect(w.prober.calls[0]?.asked.authentication).toEqual(proofOf('resolver.test'));
  expect(w.selector.peek(FORWARDER)).toMatchObject({
    authentication: proofOf('resolver.test'),
    endpoints: [{ address: OTHER }],
  });
});

test('62-16 what the operator has configured, or DHCP has told, goes before', async () => {
  const dnr = new StaticSource([{ address: FORWARDER, endpoints: [{ port: 8853 }] }], { name: 'dnr' });
  const found = new DdrSource({ forwarders: [FORWARDER] });
  for (const sources of [
    [dnr, found],
    [found, dnr],
  ]) {
    const w = world({ sources, authenticates: true, clear: { otherwise: DESIGNATES } });
    await settle(w);
    await w.contact(FORWARDER);
    expect(w.selector.peek(FORWARDER).endpoints).toMatchObject([{ address: FORWARDER, port: 8853 }]);
    expect(
      w.selector
        .explain(FORWARDER)
        .claims.map(({ source }) => source)
        .sort(),
    ).toEqual(['ddr', 'dnr']);
  }
});

describe('what strangers may bring about', () => {
  test('the guard stands before a designated address, and the operator’s own is admitted', async () => {
    const w = await ddr(answering({ [WELL_KNOWN]: [svcb(1, 'x.test', alpn('dot'), ipv4Hint('127.0.0.1'))] }));
    expect(w.prober.calls).toEqual([]);
    const here = await ddr(answering({ [WELL_KNOWN]: [svcb(1, 'x.test', alpn('dot'), ipv4Hint('127.0.0.1'))] }), {
      forwarders: ['127.0.0.1'],
    });
    expect(here.prober.calls).toHaveLength(1);
  });

  test('its proofs keep to rules, and wait while probing is paused', async () => {
    const forbidden = await ddr(DESIGNATES, {}, { rules: 'never prefix 198.51.100.0/24' });
    expect(forbidden.prober.calls).toEqual([]);
    expect(forbidden.selector.peek(FORWARDER).action).toBe('clear');
    const w = await ddr(answering({}));
    w.do53.set(FORWARDER, DESIGNATES);
    w.selector.pause();
    await w.clock.advance(HOUR + SECOND);
    await settle(w);
    expect(w.prober.calls).toEqual([]);
    w.selector.resume();
    await w.clock.advance(HOUR + SECOND);
    await settle(w);
    expect(w.prober.calls).not.toEqual([]);
  });

  test('61-5 a designated port is one that the operator allows', async () => {
    const answer = answering({ [WELL_KNOWN]: [svcb(1, 'x.test', alpn('dot'), port(8853), ipv4Hint(OTHER))] });
    expect((await ddr(answer)).prober.calls).toEqual([]);
    expect((await ddr(answer, { ports: [8853] })).prober.calls).toHaveLength(1);
  });

  test('61-6 62-11 a resolver that speaks HTTP alone is of no use to us', async () => {
    const path = param(KEY.dohPath, [...Buffer.from('/dns-query{?dns}')]);
    const w = await ddr(answering({ [WELL_KNOWN]: [svcb(1, 'x.test', alpn('h2'), ipv4Hint(OTHER), path)] }));
    expect(w.prober.calls).toEqual([]);
  });

  test('rubbish, and an answer to another question, are as no answer', async () => {
    for (const answer of [
      () => Uint8Array.of(1, 2, 3),
      (query: Uint8Array) => answerWith(query, [{ type: TYPE.SVCB, data: Uint8Array.of(0) }]),
      (query: Uint8Array) => answerWith(query, [{ type: TYPE.SVCB, data: TO_OTHER, owner: 'evil.test' }]),
      (query: Uint8Array) => {
        const other = answerWith(query, [{ type: TYPE.SVCB, data: TO_OTHER }]);
        other[0] = (other[0] ?? 0) ^ 1;
        return other;
      },
    ]) {
      const w = await ddr(answer);
      expect(w.prober.calls).toEqual([]);
      w.do53.set(FORWARDER, 'good');
      expect((await w.ask(FORWARDER)).transport).toBe('do53');
    }
  });

  test('closing it ends its timers and questions', async () => {
    const w = await ddr(DESIGNATES);
    await w.end();
    const asked = questions(w).length;
    await w.clock.advance(2 * DAY);
    expect(questions(w)).toHaveLength(asked);
    expect(w.clock.pending).toBe(0);
  });

  test.each([
    [{ forwarders: 'x' }, 'INVALID_SOURCE'],
    [{ forwarders: ['not an address'] }, 'INVALID_ADDRESS'],
    [{ forwarders: ['192.0.2.1:853'] }, 'INVALID_SOURCE'],
    [{ forwarders: [FORWARDER], ports: [53] }, 'INVALID_SOURCE'],
    [{ forwarders: [FORWARDER], opportunistic: 'always' }, 'INVALID_SOURCE'],
    [{ forwarders: Array.from({ length: 65 }, () => FORWARDER) }, 'INVALID_SOURCE'],
  ])('refuses %j', (options, code) => {
    expect(() => new DdrSource(options as never)).toThrow(code);
  });
});

describe('many forwarders', () => {
  const FORWARDERS = Array.from({ length: 64 }, (_, index) => `192.0.2.${index + 1}`);
  const [ASKED_MS, PROVEN_MS] = [20, 100];
  /** SVCB, AAAA, A: one after the other. */
  const QUESTIONS = 3;
  const claims = (w: World): number =>
    FORWARDERS.filter((address) => w.selector.explain(address).claims.some(({ source }) => source === 'ddr')).length;

  /** Each forwarder designates so many servers of its own. */
  async function many(each: number, probes: WorldOptions['probes'] = {}): Promise<World> {
    const script = Object.fromEntries(
      FORWARDERS.map((address, index) => {
        const hosts = Array.from({ length: each }, (_, nth) => `10.${nth}.0.${index + 1}`);
        return [address, answering({ [WELL_KNOWN]: [svcb(1, 'dot.test', alpn('dot'), ipv4Hint(...hosts))] })];
      }),
    );
    const source = new DdrSource({ forwarders: FORWARDERS });
    const w = world({
      sources: [source],
      authenticates: true,
      clear: { script, latencyMs: ASKED_MS },
      probes: { latencyMs: PROVEN_MS, ...probes },
    });
    await settle(w);
    return w;
  }

  /** The most probes under way at any time. */
  const mostAtOnce = (w: World): number =>
    mostWithin(
      w.prober.calls.map(({ at }) => at),
      PROVEN_MS,
    );

  test.each([1, 2])(
    'Q44 64 forwarders that name %i each: 64 claims within the time their answers take, eight at once',
    async (each) => {
      const w = await many(each);
      for (let question = 0; question < QUESTIONS; question++) {
        await w.clock.advance(ASKED_MS);
        await settle(w);
      }
      for (let ms = 0; ms < (each * FORWARDERS.length * PROVEN_MS) / 8; ms += PROVEN_MS) {
        await w.clock.advance(PROVEN_MS);
        await settle(w);
      }
      expect([claims(w), w.prober.calls.length, mostAtOnce(w)]).toEqual([64, 64 * each, 8]);
    },
  );
});
