import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { TransportError } from '../../src/common/errors.js';
import type { QueryError } from '../../src/contact/query-error.js';
import { TransportSelector } from '../../src/selector.js';
import type { Claim } from '../../src/sources/index.js';
import type { ClearFault, Fault } from '../../src/testing/index.js';
import { ScriptedExchange, VirtualClock } from '../../src/testing/index.js';
import { nameOfQuestion } from '../../src/wire/names.js';
import { brisk, codeOf, type Lab, lab } from '../support/lab.js';
import { message, SECOND, world } from '../support/world.js';
import { query } from '../transport/support.js';

const SECRET = 'x.secret.test';
const RULE = 'require zone secret.test';

/** Hedges and limits that are far away when the rules change, on a slow machine too. */
const UNHURRIED = { ...brisk, coldHedgeMinMs: 600, coldHedgeMaxMs: 600, attemptMs: 900, probeTimeoutMs: 900 };

/** How many messages in clear text the server has had that name what must be kept; a probe's control names the host's zone. */
function clearOf({ server }: Lab): number {
  const named = server.queries.filter(({ message: asked }) => nameOfQuestion(asked).endsWith('secret.test.'));
  return named.filter(({ transport }) => transport !== 'dot').length;
}

interface Road {
  readonly what: string;
  /** How the server is over DoT and over Do53 while the query is in flight. */
  readonly fault: Fault;
  readonly clear: ClearFault;
  /** Whether it is Good when the query begins; else that goes over Do53. */
  readonly good: boolean;
  /** When the rules change: right after the call, once the server has the first message, or once DoT is being opened. */
  readonly when: 'sync' | 'sent' | 'connected';
}

const ROADS: readonly Road[] = [
  { what: 'the first datagram, while its socket is opened', fault: 'good', clear: 'good', good: false, when: 'sync' },
  { what: 'the second datagram', fault: 'good', clear: 'silent', good: false, when: 'sent' },
  { what: 'TCP after TC', fault: 'good', clear: 'truncate', good: false, when: 'sent' },
  { what: 'the hedge', fault: 'tls-mute', clear: 'good', good: true, when: 'connected' },
  { what: 'the fallback after a silent handshake', fault: 'tcp-mute', clear: 'good', good: true, when: 'connected' },
  { what: 'the fallback after a refused connection', fault: 'closed', clear: 'good', good: true, when: 'sync' },
  { what: 'the comparison', fault: 'servfail', clear: 'good', good: true, when: 'sync' },
];

test.for(ROADS)('Q39 setRules while $what is still to be sent: not one octet more in clear text', async (road) => {
  const l = await lab({}, { policy: UNHURRIED });
  if (road.good) l.makeGood();
  await l.server.setFault(road.fault);
  // Late enough that rules change between the truncated answer's question and the answer.
  await l.server.setClear(road.clear, road.clear === 'truncate' ? 30 : 0);
  const asked = codeOf(l.ask(SECRET, 3_000));
  if (road.when === 'sent') await l.server.until(({ udpQueries }) => udpQueries === 1);
  else if (road.when === 'connected') await l.server.until(({ connections }) => connections === 1);
  const before = clearOf(l);
  l.selector.setRules(RULE);
  await asked;
  expect(clearOf(l)).toBe(before);
  // What is under no rule goes out as before, so that silence is no accident.
  await l.server.setClear('good');
  l.selector.setRules('');
  await l.ask('public.test').catch(() => undefined);
  await l.server.until(({ udpQueries, tcpQueries, dotQueries }) => udpQueries + tcpQueries + dotQueries > before);
});

test('Q39 a query in clear text that the new rules want encrypted is asked over DoT in its remaining time', async () => {
  const l = await lab({ clear: 'silent' });
  const asked = l.ask(SECRET, 3_000);
  await l.server.until(({ udpQueries }) => udpQueries === 1);
  l.selector.setRules(RULE);
  expect(await asked).toMatchObject({ transport: 'dot', decision: { reason: 'rule-require' } });
  expect(l.server.counters).toMatchObject({ udpQueries: 1, tcpQueries: 0 });
});

test('Q39 a probe’s control and comparison under rules that are new are not sent', async () => {
  const l = await lab({ fault: 'servfail' });
  const probed = codeOf(l.selector.probe({ ...l.target, zone: 'secret.test' }));
  l.selector.setRules(RULE);
  // It begins under the new rules.
  expect(await probed).toBe('resolved');
  expect(clearOf(l)).toBe(0);
});

test('Q39 a query that goes elsewhere under new rules: its error names each endpoint that was asked', async () => {
  const [first, second] = ['198.51.100.1', '198.51.100.2'];
  let leads = first;
  const claims = (): Claim[] => [
    {
      ...{ source: 'moving', scope: { type: 'address', address: '192.0.2.1' }, evidence: 'operator' },
      ...{ endpoints: [{ transport: 'dot', address: leads }], onFailure: 'open', validUntil: Number.POSITIVE_INFINITY },
    },
  ];
  const w = world({ sources: [{ name: 'moving', claims }] });
  const refused = { phase: 'connect', kind: 'refused' } as const;
  w.dot.set(first, () => new Promise((_, reject) => w.clock.after(100, () => reject(new TransportError(refused)))));
  w.dot.set(second, refused);
  const asked = w.selector.query('192.0.2.1', message('example.org')).catch((error) => error);
  await w.clock.advance(50);
  leads = second;
  w.selector.setRules([{ action: 'require', prefix: '192.0.2.0/24' }]);
  await w.clock.advance(SECOND);
  expect(w.dot.calls.map(({ address }) => address)).toEqual([first, second]);
  const { message: words, failures, tried } = (await asked) as QueryError;
  expect(failures.map(({ endpoint }) => endpoint.address)).toEqual([first, second]);
  expect(tried.map(({ address }) => address)).toEqual([first, second]);
  expect(words).toMatch(/dot to 198.51.100.1:853 connect refused, dot to 198.51.100.2:853 connect refused$/);
});

test('Q15 setRules that says never, while a session is opened: no message over DoT, and the query is answered', async () => {
  const l = await lab();
  l.makeGood();
  const asked = l.ask(SECRET, 3_000);
  l.selector.setRules('never zone secret.test');
  expect(await asked).toMatchObject({ transport: 'do53', fellBack: true });
  expect(l.server.counters.dotQueries).toBe(0);
});

test('Q39 a message that waits for a TCP connection is not written once rules forbid it', async () => {
  const sockets: Socket[] = [];
  let octets = 0;
  const tcp = createServer((socket) => {
    sockets.push(socket);
    socket.on('data', (data) => {
      octets += data.length;
    });
  });
  const l = await lab({ clear: 'truncate' });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    tcp.close();
  });
  tcp.listen(0, '127.0.0.1');
  await once(tcp, 'listening');
  const asked = codeOf(l.ask(SECRET, 1_000));
  await l.server.until(({ udpQueries }) => udpQueries === 1);
  l.selector.setRules(RULE);
  await asked;
  expect([octets, l.server.counters.tcpQueries]).toEqual([0, 0]);
});

test('Q39 an exchange of a host’s own is asked nothing more, and told whether it may send again', async () => {
  const clock = new VirtualClock({ now: 0 });
  const do53 = new ScriptedExchange({ clock, otherwise: 'never' });
  const may: (() => boolean)[] = [];
  const exchange = {
    exchange: (...asked: Parameters<ScriptedExchange['exchange']>) => {
      may.push(asked[2].mayBeSent as () => boolean);
      return do53.exchange(...asked);
    },
    close: () => do53.close(),
  };
  const selector = new TransportSelector({ clock, do53: exchange, dot: new ScriptedExchange({ clock }) });
  onTestFinished(async () => {
    const closed = selector.close();
    await clock.advance(SECOND);
    await closed;
  });
  const asked = codeOf(selector.query('192.0.2.1', query('a.secret.test'), { timeoutMs: SECOND }));
  expect(may.map((each) => each())).toEqual([true]);
  selector.setRules(RULE);
  expect(may.map((each) => each())).toEqual([false]);
  selector.setRules('');
  expect(may.map((each) => each())).toEqual([true]);
  await clock.advance(2 * SECOND);
  expect(await asked).toBe('TIMEOUT');
});

test('Q41 the host names the parent zone: the stricter of what zone and question demand holds', async () => {
  const w = world({ rules: 'require zone example.org\nnever zone org\nopportunistic zone open.example.org' });
  const ask = async (name: string, zone: string) => {
    const asked = w.selector.query('192.0.2.1', message(name), { context: { zone } });
    await w.clock.advance(0);
    return (await asked).decision.reason;
  };
  expect(await ask('www.example.org', 'org')).toBe('rule-require');
  expect(await ask('example.net', 'org')).toBe('rule-never');
  expect(await ask('www.open.example.org', 'example.org')).toBe('rule-require');
  expect(await ask('www.open.example.org', 'open.example.org')).not.toBe('rule-require');
  const decision = w.selector.decide('192.0.2.1', { zone: 'org' });
  expect(decision.reason).toBe('rule-never');
  const used = w.selector.query(decision, message('mail.example.org'));
  await w.clock.advance(0);
  expect((await used).transport).toBe('dot');
  expect(w.do53.calls).toHaveLength(1);
});

test('many rules are in force all at once, when the promise resolves; until then the old ones, and what is wrong changes nothing', async () => {
  const l = await lab();
  const names = Array.from({ length: 20_000 }, (_, index) => `require zone z${index}.test`);
  const reasonOf = (zone: string) => l.selector.peek(l.target, { zone }).reason;
  l.selector.setRules('never zone old.test');
  const given = l.selector.setRules(names.join('\n'));
  expect([reasonOf('old.test'), reasonOf('z0.test')]).toEqual(['rule-never', 'unknown']);
  await given;
  expect([reasonOf('old.test'), reasonOf('z0.test'), reasonOf('z19999.test')]).toEqual([
    'unknown',
    'rule-require',
    'rule-require',
  ]);
  const wrong = l.selector.setRules([...names, 'require zone a..b'].join('\n'));
  await expect(wrong).rejects.toMatchObject({ code: 'INVALID_RULE', expected: expect.stringContaining('line 20001') });
  expect(reasonOf('z0.test')).toBe('rule-require');
  // Rules that are given later hold in the end, however long the earlier ones took.
  const late = l.selector.setRules(names.join('\n').replaceAll('require', 'never'));
  l.selector.setRules('');
  await late;
  expect(reasonOf('z0.test')).toBe('unknown');
});

test('many rules as a list are read in steps, and say which is wrong', async () => {
  const l = await lab();
  const rules = Array.from({ length: 5_000 }, (_, index) => ({ action: 'require', zone: `z${index}.test` }) as const);
  await l.selector.setRules(rules);
  expect(l.selector.explain({ ...l.target, zone: 'z4999.test' }).rule).toBe('require zone z4999.test.');
  const wrong = l.selector.setRules([...rules, { action: 'require', zone: '*.a.test' }]);
  await expect(wrong).rejects.toThrow('rule 5001: a name without a wildcard: "require zone a.test"');
});
