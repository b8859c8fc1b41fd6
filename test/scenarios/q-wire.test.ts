import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { TransportSelector } from '../../src/selector.js';
import { FORGED_ADDRESS, parseQuery, ScriptedExchange } from '../../src/testing/index.js';
import { isTruncated, rcodeOf } from '../../src/wire/message.js';
import { u16 } from '../../src/wire/octets.js';
import { addressIn, brisk, codeOf, type Lab, lab } from '../support/lab.js';
import { idOf, nameOf, opt, query, withAdditional } from '../transport/support.js';

/** A server that truncates what it says over UDP, and takes queries over TCP that it never answers. */
async function truncatingServer(): Promise<{ readonly address: string; readonly port: number }> {
  const tcp = createServer((socket) => socket.on('error', () => undefined).resume());
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const { address, port } = tcp.address() as AddressInfo;
  const udp = createSocket('udp4');
  udp.on('message', (message, from) => {
    message[2] = 0x82;
    udp.send(message, from.port, from.address);
  });
  udp.bind(port, address);
  await once(udp, 'listening');
  onTestFinished(() => {
    udp.close();
    tcp.close();
  });
  return { address, port };
}

describe('Q2', () => {
  it.each([
    'closed',
    'tcp-reset',
    'tcp-close',
    'http',
    'tls10',
    'tls-reset',
    'tls-reset-query',
    'tls-close-query',
    'garbage',
  ] as const)('Q2 Good, no session open, and now %s: this very query is answered over Do53', async (fault) => {
    const l = await lab();
    l.makeGood();
    await l.server.setFault(fault);
    expect(await l.ask()).toMatchObject({ transport: 'do53', fellBack: true, encrypted: false });
    expect(l.selector.metrics().clearToGood).toEqual({ fallback: 1 });
    expect(l.selector.explain(l.target).status).toBe('Good');
    expect(await l.ask()).toMatchObject({ transport: 'do53' });
    expect(l.selector.explain(l.target).status).toBe('Bad');
  });

  it.each(['closed', 'tls-reset', 'garbage'] as const)('Q2 the same on an open session: %s', async (fault) => {
    const l = await lab();
    await l.warmUp();
    await l.server.setFault(fault);
    for (let i = 0; i < 3; i++) expect((await l.ask(`n${i}.example.test`)).message.length).toBeGreaterThan(12);
    expect(l.selector.metrics().queries.failed).toBeUndefined();
  });
});

describe('Q3', () => {
  it.each(['black-hole', 'tcp-mute', 'tls-mute'] as const)(
    'Q3 Good, no session open, and now %s: answered by the hedge, in time demoted',
    async (fault) => {
      const l = await lab();
      l.makeGood();
      await l.server.setFault(fault);
      const demoted = new Promise((resolve) => l.selector.on('downgrade', resolve));
      while (l.selector.explain(l.target).status === 'Good') {
        const result = await l.ask();
        expect(result.transport).toBe('do53');
        await Promise.race([demoted, new Promise((resolve) => l.selector.once('probe', resolve)), l.ask()]);
      }
      expect(l.selector.metrics().queries).not.toHaveProperty('failed');
      expect(l.selector.metrics().clearToGood).toHaveProperty('hedge');
    },
  );

  it('Q3 an open session falls silent: nothing fails, all hedged, silence counts once a session', async () => {
    const l = await lab();
    await l.warmUp();
    await l.server.setFault('tls-mute');
    const demoted = new Promise((resolve) => l.selector.on('downgrade', resolve));
    const before = l.server.counters.dotQueries;
    const asked = Array.from({ length: 20 }, (_, i) => l.ask(`n${i}.example.test`));
    for (const result of await Promise.all(asked)) expect(result).toMatchObject({ transport: 'do53', fellBack: true });
    await l.server.until(({ dotQueries }) => dotQueries === before + 20);
    expect(l.selector.explain(l.target).status).toBe('Good');
    // Twenty silent queries of one session are one strike; the probe that follows is the second word.
    await new Promise((resolve) => l.selector.once('probe', resolve));
    expect(l.selector.explain(l.target).status).toBe('Good');
    const asking = (async () => {
      while (l.selector.explain(l.target).status === 'Good') await l.ask();
    })();
    await Promise.all([demoted, asking]);
    expect(l.selector.metrics().queries).not.toHaveProperty('failed');
  });
});

describe('Q7', () => {
  it('Q7 closed cleanly between queries: the next reconnects and resumes, no clear text, no demotion', async () => {
    const l = await lab();
    await l.warmUp();
    for (let round = 1; round <= 3; round++) {
      await l.server.setFault('tls-close');
      await l.server.until(({ open }) => open === 0);
      await l.server.setFault('good');
      expect(await l.ask()).toMatchObject({ transport: 'dot', encrypted: true });
    }
    expect(l.server.counters).toMatchObject({ handshakes: 4, udpQueries: 0 });
    expect(l.server.counters.resumed).toBeGreaterThan(0);
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
  });

  it('Q7 closed with queries in flight: retried, none lost, none answered twice', async () => {
    const l = await lab();
    await l.warmUp();
    await l.server.setFault('one-shot');
    const told: unknown[] = [];
    l.selector.on('query', (info) => told.push(info.achieved));
    const names = Array.from({ length: 10 }, (_, i) => `n${i}.example.test`);
    const results = await Promise.all(names.map((name) => l.ask(name)));
    expect(results.map(({ message }) => nameOf(message))).toEqual(names);
    expect(told).toHaveLength(10);
    expect(l.selector.metrics().queries).not.toHaveProperty('failed');
  });
});

describe('Q9', () => {
  it('Q9 100 queries at once, answered in reverse: each caller its own answer, ids never collide', async () => {
    const l = await lab({ batch: 100 });
    await l.warmUp();
    await l.server.setFault('reverse');
    const names = Array.from({ length: 100 }, (_, i) => `n${i}.example.test`);
    const asked = names.map((name, i) => l.selector.query(l.target, query(name, i % 3)));
    const results = await Promise.all(asked);
    expect(results.map(({ message }) => [nameOf(message), idOf(message)])).toEqual(
      names.map((name, i) => [name, i % 3]),
    );
    const ids = l.server.queries.filter(({ transport }) => transport === 'dot').map(({ message }) => idOf(message));
    // The first was answered before the others were sent.
    expect(new Set(ids.slice(1)).size).toBe(100);
    expect(l.server.counters.handshakes).toBe(1);
  });
});

describe('Q11', () => {
  /** Aborts when the server has seen what the phase is about. */
  async function abort(l: Lab, until: Parameters<Lab['server']['until']>[0]): Promise<void> {
    const caller = new AbortController();
    const reason = new Error('the caller has gone');
    const asked = l.ask('a.example.test', 5_000, caller.signal);
    const settled = codeOf(asked);
    await l.server.until(until);
    caller.abort(reason);
    expect(await settled).toBe(reason);
    expect(l.selector.metrics().queries).toMatchObject({ failed: 1 });
  }

  it('Q11 before it begins: the caller’s reason, no contact, nothing sent', async () => {
    const l = await lab();
    expect(await codeOf(l.ask('a.example.test', 5_000, AbortSignal.abort('never mind')))).toBe('never mind');
    expect([...l.selector.entries()]).toEqual([]);
    expect(l.server.counters).toMatchObject({ connections: 0, udpQueries: 0 });
  });

  it('Q11 by a listener of the decision’s own events: the caller’s reason, nothing sent', async () => {
    const l = await lab({}, { policy: { ...brisk, capacity: 16, unknownShare: 0.01 } });
    const caller = new AbortController();
    l.selector.on('dropped', () => caller.abort('a listener'));
    const codes: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const target = { address: `127.0.0.${i + 1}`, port: l.server.port, dotPort: l.server.dotPort };
      codes.push(await codeOf(l.selector.query(target, query('a.test'), { signal: caller.signal, timeoutMs: 100 })));
    }
    expect(codes.at(-1)).toBe('a listener');
  });

  it('Q11 while its session is being opened: what the opening then shows is evidence', async () => {
    const l = await lab(
      { fault: 'tcp-mute' },
      { policy: { ...brisk, coldHedgeMinMs: 60_000, coldHedgeMaxMs: 60_000 } },
    );
    l.makeGood();
    await abort(l, ({ connections }) => connections === 1);
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
    await l.server.setFault('good');
    // The opening ends in silence, of which a probe is to make sense.
    await new Promise((resolve) => l.selector.once('probe', resolve));
    expect(l.selector.explain(l.target).status).toBe('Good');
    expect(l.server.queries.some(({ message }) => nameOf(message) === 'a.example.test')).toBe(false);
  });

  it('Q11 when it has been written: not cut short, its answer is still a success', async () => {
    const never = { warmHedgeMinMs: 60_000, warmHedgeMaxMs: 60_000, coldHedgeMinMs: 60_000, coldHedgeMaxMs: 60_000 };
    const l = await lab({}, { policy: { ...brisk, ...never } });
    await l.warmUp();
    await l.server.setFault('good', { delayMs: 100 });
    const { dotQueries } = l.server.counters;
    await abort(l, (counters) => counters.dotQueries > dotQueries);
    expect(await l.ask()).toMatchObject({ transport: 'dot', encrypted: true });
    expect(l.server.counters).toMatchObject({ connections: 1, udpQueries: 0 });
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', probe: { phase: 'idle' } });
  });

  it('Q11 while its hedge is out: both live on, and what they meet is evidence', async () => {
    const l = await lab({}, { policy: { ...brisk, silentStrikes: 1, strikes: 1 } });
    await l.warmUp();
    await l.server.setFault('tls-mute');
    await l.server.setClear('good', 50);
    const demoted = new Promise((resolve) => l.selector.once('downgrade', resolve));
    await abort(l, ({ udpQueries }) => udpQueries === 1);
    expect(l.selector.explain(l.target).status).toBe('Good');
    // Do53's answer, which nobody waited for, shows that the silence is the server's.
    await demoted;
    expect(l.selector.explain(l.target).history.at(-1)).toMatchObject({ why: 'strikes', detail: 'answer silent' });
  });

  it('Q11 while it is compared: the zone’s lameness is learned all the same', async () => {
    const l = await lab();
    await l.warmUp();
    await l.server.setFault('refused');
    await l.server.setClear('good', 100);
    await abort(l, ({ udpQueries }) => udpQueries === 1);
    await expect.poll(() => l.selector.explain(l.target).lameZones).toEqual(['example.test.']);
  });

  it('Q11 over plain Do53: gone at once, and the server’s answer still counts as one', async () => {
    const l = await lab({ clearDelayMs: 50 }, { policy: { ...brisk, threshold: 1 } });
    const probed = new Promise((resolve) => l.selector.once('probe', resolve));
    await abort(l, ({ udpQueries }) => udpQueries === 1);
    await probed;
    expect(l.selector.explain(l.target).status).toBe('Good');
  });

  it('Q11 over plain Do53 that never answers: no verdict, nothing stays open', async () => {
    const l = await lab({ clear: 'silent' });
    await abort(l, ({ udpQueries }) => udpQueries === 1);
    await l.selector.close();
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Unknown', history: [] });
  });

  it('Q11 one signal for many queries: all leave', async () => {
    const l = await lab({ clear: 'silent' });
    const caller = new AbortController();
    const asked = Array.from({ length: 20 }, () => codeOf(l.ask('a.example.test', 5_000, caller.signal)));
    await l.server.until(({ udpQueries }) => udpQueries >= 20);
    caller.abort('gone');
    expect(await Promise.all(asked)).toEqual(new Array(20).fill('gone'));
  });
});

describe('Q12', () => {
  it('Q12 neither transport answers: a typed error, and it says what was met', async () => {
    const l = await lab({ fault: 'tcp-mute', clear: 'silent' });
    l.makeGood();
    const error = await l.ask('a.example.test', 200).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'QueryError', code: 'TIMEOUT' });
    expect(l.server.counters.connections).toBe(1);
  });

  it('Q12 both are refused: a typed error at once', async () => {
    const l = await lab({ fault: 'closed', clear: 'closed' });
    l.makeGood();
    const error = await l.ask().catch((reason: unknown) => reason);
    const refused = { phase: 'connect', kind: 'refused' };
    expect(error).toMatchObject({ name: 'QueryError', code: 'NO_ANSWER', failures: [refused, refused] });
  });
});

describe('Q14', () => {
  it('Q14 truncated over UDP: asked over TCP', async () => {
    const l = await lab({ clear: 'truncate' });
    const { message, transport } = await l.ask();
    expect([transport, isTruncated(message), addressIn(message)]).toEqual(['do53', false, '192.0.2.1']);
    expect(l.server.counters).toMatchObject({ udpQueries: 1, tcpQueries: 1 });
  });

  it.each([
    ['unknown', false],
    ['good, and 853 dark', true],
  ])(
    'Q14 truncated over UDP and nothing over TCP, %s: the truncated answer before the time is over',
    async (_, good) => {
      const dot = new ScriptedExchange({ otherwise: 'never' });
      const { address, port } = await truncatingServer();
      await using selector = new TransportSelector({ dot, guard: { allow: ['127.0.0.0/8'] }, policy: brisk });
      const target = { address, port, dotPort: port === 8853 ? 8854 : 8853, zone: 'example.test' };
      if (good) selector.report(selector.decide(target), { transport: 'dot', ok: true, rcode: 0 });
      // What is in hand is given out 50 ms before the end, or a twentieth of the time where that is less: a busy machine's
      // timers may be later than a twentieth of a short one.
      const { message, transport } = await selector.query(target, query('a.example.test', 7), { timeoutMs: 1_500 });
      expect([transport, isTruncated(message), idOf(message)]).toEqual(['do53', true, 7]);
    },
  );

  it.each(['forge', 'forge-only'] as const)('Q14 %s: forged answers are ignored', async (clear) => {
    const l = await lab({ clear });
    for (let i = 0; i < 5; i++) expect(addressIn((await l.ask()).message)).not.toBe(FORGED_ADDRESS);
    expect(l.selector.metrics().queries.do53).toBeGreaterThanOrEqual(2);
  });
});

describe('Q17', () => {
  const sound = query('a.example.test');
  const answers = Uint8Array.from(sound);
  answers[7] = 1;
  const twoQuestions = Uint8Array.from([...sound, ...sound.subarray(12)]);
  twoQuestions[5] = 2;
  const response = Uint8Array.from(sound);
  response[2] = 0x80;

  it.each<[string, unknown]>([
    ['no message', undefined],
    ['text', 'a.example.test'],
    ['empty', new Uint8Array()],
    ['short', sound.subarray(0, 11)],
    ['cut in its question', sound.subarray(0, 20)],
    ['two questions', twoQuestions],
    ['an answer record', answers],
    ['a response', response],
    ['octets after its end', Uint8Array.from([...sound, 0])],
    ['longer than a message can be', new Uint8Array(65_536)],
  ])('Q17 %s: a typed error before anything is sent or counted', async (_, message) => {
    const l = await lab();
    expect(await codeOf(l.selector.query(l.target, message as Uint8Array))).toBe('INVALID_MESSAGE');
    expect([...l.selector.entries()]).toEqual([]);
    expect(l.server.counters).toMatchObject({ connections: 0, udpQueries: 0, tcpQueries: 0 });
  });

  it('Q17 what the host does to its buffer afterwards changes nothing', async () => {
    const l = await lab();
    l.makeGood();
    await l.server.setFault('tls-reset-query');
    const message = query('a.example.test');
    const asked = l.selector.query(l.target, message);
    message.fill(0xff);
    const { message: answer, transport } = await asked;
    expect([transport, nameOf(answer), idOf(answer)]).toEqual(['do53', 'a.example.test', 0x1234]);
  });
});

describe('Q18', () => {
  it('Q18 50 queries while a Good server’s session is being opened: one handshake, no clear text', async () => {
    const l = await lab({}, { policy: { ...brisk, coldHedgeMinMs: 5_000, coldHedgeMaxMs: 5_000 } });
    l.makeGood();
    const names = Array.from({ length: 50 }, (_, i) => `n${i}.example.test`);
    const results = await Promise.all(names.map((name) => l.ask(name)));
    expect(results.every(({ encrypted }) => encrypted)).toBe(true);
    expect(results.map(({ message }) => nameOf(message))).toEqual(names);
    expect(l.server.counters).toMatchObject({ handshakes: 1, dotQueries: 50, udpQueries: 0, tcpQueries: 0 });
  });
});

describe('Q24', () => {
  const tsig = [0, 0, 250, 0, 255, 0, 0, 0, 0, 0, 2, 1, 2];
  const withType = (type: number) => query('example.test', 7, type);
  const withOpcode = (opcode: number) => {
    const message = query('example.test');
    message[2] = opcode << 3;
    return message;
  };

  it.each(['dot', 'do53'])(
    'Q24 over %s: without OPT, an answer without OPT; with one, our options removed',
    async (over) => {
      const l = await lab();
      if (over === 'dot') await l.warmUp();
      const plain = await l.ask();
      expect([plain.transport, u16(plain.message, 10)]).toEqual([over, 0]);
      const edns = await l.selector.query(l.target, withAdditional(query('a.example.test'), opt()));
      expect([edns.transport, u16(edns.message, 10), ...edns.message.subarray(-2)]).toEqual([over, 1, 0, 0]);
    },
  );

  it('Q24 over Do53 nothing of ours is added; over DoT padding and keepalive', async () => {
    const l = await lab();
    await l.ask();
    await l.warmUp();
    const [clear, dot] = l.server.queries.map(({ message }) => parseQuery(message));
    expect(clear?.edns).toBeUndefined();
    expect([...(dot?.edns?.options.keys() ?? [])]).toEqual([11, 12]);
  });

  it.each(['dot', 'do53'])('Q24 TSIG last, over %s: sent as it is', async (over) => {
    const l = await lab();
    if (over === 'dot') await l.warmUp();
    const signed = withAdditional(query('a.example.test', 99), tsig);
    expect((await l.selector.query(l.target, signed)).transport).toBe(over);
    expect(Uint8Array.from(l.server.queries.at(-1)?.message ?? [])).toEqual(signed);
  });

  it.each([
    ['AXFR', withType(252)],
    ['IXFR', withType(251)],
    ['UPDATE', withOpcode(5)],
    ['NOTIFY', withOpcode(4)],
    ['STATUS', withOpcode(2)],
  ])('Q24 %s: a typed error, nothing sent', async (_, message) => {
    const l = await lab();
    expect(await codeOf(l.selector.query(l.target, message))).toBe('UNSUPPORTED_MESSAGE');
    expect([...l.selector.entries()]).toEqual([]);
  });

  it('Q24 a header-only FORMERR is taken as the answer it is', async () => {
    const l = await lab({ fault: 'formerr-bare', clear: 'refused' });
    l.makeGood();
    const { message, transport } = await l.ask();
    expect([transport, message.length, rcodeOf(message), idOf(message)]).toEqual(['dot', 12, 1, 0x1234]);
    expect(l.selector.explain(l.target)).toMatchObject({ status: 'Good', lameZones: [] });
  });
});

describe('Q25', () => {
  it('Q25 a Good server falls silent and the host aborts each query: demoted, and all answered before that', async () => {
    const l = await lab();
    await l.warmUp();
    await l.server.setFault('tls-mute');
    while (l.selector.explain(l.target).status === 'Good') {
      const caller = new AbortController();
      const result = await l.ask('a.example.test', 5_000, caller.signal);
      expect(result.transport).toBe('do53');
      caller.abort();
    }
    expect(l.selector.explain(l.target).history.at(-1)).toMatchObject({ from: 'good', to: 'bad', why: 'strikes' });
    expect(l.selector.metrics().queries).not.toHaveProperty('failed');
  });
});
