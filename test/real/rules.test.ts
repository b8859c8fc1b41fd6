import { X509Certificate } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testCa, testCertificates } from '../../src/testing/certificate.js';
import { spkiHash } from '../../src/transport/tls/spki.js';
import { type BuiltCopy, buildCopy } from '../support/built.js';
import { codeOf } from '../support/lab.js';
import { canNamespace, createNamespace } from '../support/namespace.js';
import { ask, becomeGood, REAL_SERVERS, rig, selectorFor, targetOf } from '../support/rig.js';

const PIN = spkiHash(new X509Certificate(testCertificates.good.cert));
const OTHER_PIN = spkiHash(new X509Certificate(testCertificates.rsa.cert));

describe.each(REAL_SERVERS)('%s', (software, start) => {
  test.each<[string, keyof typeof testCertificates, string, boolean]>([
    ['its address', 'good', '', true],
    ['its name', 'good', 'by name auth.test', true],
    ['another name', 'good', 'by name other.test', false],
    ['its name, the certificate is another’s', 'wrongName', 'by name auth.test', false],
    ['its name, the certificate has expired', 'expired', 'by name auth.test', false],
    ['its name, the certificate is self-signed', 'selfSigned', 'by name auth.test', false],
    ['its key, the certificate has expired', 'expired', `by pin ${PIN}`, true],
    ['another key', 'good', `by pin ${OTHER_PIN}`, false],
    ['its name or another key', 'good', `by pin ${OTHER_PIN} or name auth.test`, true],
  ])('Q13 require and authenticate by %s', async (_, certificate, how, succeeds) => {
    const { target, clear, server, dot } = await rig(start, { certificate, logQueries: true });
    const asked = () => server.output().split('query: ').length;
    const before = asked();
    const rules = `require-and-authenticate address 127.0.0.1 ${how}`;
    const selector = selectorFor({ rules, trustAnchors: [testCa] });
    if (succeeds) {
      const achieved = { transport: 'dot', encrypted: true, authenticated: true, fellBack: false };
      for (let i = 0; i < 3; i++) expect(await ask(selector, target)).toMatchObject(achieved);
      expect(dot.connections).toBe(1);
    } else {
      for (let i = 0; i < 3; i++) expect(await codeOf(ask(selector, target))).toBe('NO_ANSWER');
      // After a failure the next ones fail at once.
      expect(dot.connections).toBe(1);
      expect(selector.explain(target).status).toBe('Unknown');
    }
    const { evidence } = await selector.probe(target, { force: true });
    expect(evidence).toEqual(succeeds ? { result: 'success' } : { result: 'inconclusive', why: 'auth' });
    expect(clear()).toEqual({ datagrams: 0, connections: 0 });
    // BIND writes down every query that reaches it.
    if (software === 'BIND') await expect.poll(() => asked() - before).toBe(succeeds ? 4 : 0);
  });

  test('46-5 a session and a ticket of before the rule serve no query after it', async () => {
    const { target, dot } = await rig(start);
    const selector = selectorFor({ trustAnchors: [testCa] });
    await becomeGood(selector, target);
    expect(await ask(selector, target)).toMatchObject({ transport: 'dot', authenticated: false });
    expect(dot.connections).toBe(1);
    selector.setRules('require-and-authenticate address 127.0.0.1 by name auth.test');
    expect(await ask(selector, target)).toMatchObject({ transport: 'dot', authenticated: true });
    expect(dot.connections).toBe(2);
    selector.setRules(`require-and-authenticate address 127.0.0.1 by pin ${OTHER_PIN}`);
    expect(await codeOf(ask(selector, target))).toBe('NO_ANSWER');
    selector.setRules('');
    expect(await ask(selector, target)).toMatchObject({ transport: 'dot', authenticated: false });
    expect(selector.explain(target)).toMatchObject({ status: 'Good', key: { spki: PIN } });
  });

  test('Q15 never: not one connection to 853, and every query is answered', async () => {
    const { target, dot } = await rig(start);
    const selector = selectorFor({ rules: 'never prefix 127.0.0.0/8', policy: { onlyAfterAnswer: false } });
    for (let i = 0; i < 5; i++) expect((await ask(selector, target)).transport).toBe('do53');
    expect(await codeOf(selector.probe(target, { force: true }))).toBe('REFUSED_BY_RULE');
    expect(dot.connections).toBe(0);
  });

  test('a server that comes back with another key: told, and asked as before', async () => {
    const { server } = await rig(start, { certificate: 'good' });
    const { address, port, dotPort } = server;
    const selector = selectorFor();
    const told: string[] = [];
    selector.on('keychange', ({ from, to }) => told.push(`${from} ${to}`));
    await becomeGood(selector, targetOf(server));
    expect(told).toEqual([]);
    await server.stop();
    await using other = await start({ address, do53Port: port, dotPort, certificate: 'rsa' });
    await expect.poll(async () => (await ask(selector, targetOf(other))).transport, { timeout: 20_000 }).toBe('dot');
    expect(told).toEqual([`${PIN} ${OTHER_PIN}`]);
    expect(selector.explain(targetOf(other)).status).toBe('Good');
  });
});

// --- What a capture shows ---------------------------------------------------------------------------------------------

/**
 * Faults of the DoT port, each at an address of its own, ports 53 and 853 as in the world. The last is behind a firewall that
 * drops what is for 853.
 */
const FAULTS = [
  ...(['good', 'closed', 'tcp-mute', 'tcp-close', 'tcp-reset', 'plain-dns', 'http', 'smtp'] as const),
  ...(['expired-cert', 'wrong-name', 'alpn-alert', 'tls10', 'tls-mute', 'tls-close', 'tls-reset', 'one-shot'] as const),
  ...(['garbage', 'wrong-question', 'refused', 'servfail', 'formerr-padded', 'length-stall', 'good'] as const),
];

const PROGRAM = `
import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { TransportSelector } from '@/index.js';
import { startFaultServer } from '@/testing/index.js';
const { faults, rules, changing } = JSON.parse(process.argv[1]);
const LABEL = 'a-name-to-keep';
const encoder = new TextEncoder();
const labels = [LABEL, 'secret', 'test'].flatMap((label) => [label.length, ...encoder.encode(label)]);
const question = Uint8Array.of(1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1);
const tcpdump = spawn('tcpdump', ['-i', 'lo', '--immediate-mode', '-U', '-s', '0', '-w', '-'], { stdio: ['ignore', 'pipe', 'pipe'] });
const chunks = [];
tcpdump.stdout.on('data', (chunk) => chunks.push(chunk));
await new Promise((resolve) => tcpdump.stderr.on('data', (text) => String(text).includes('listening') && resolve()));
const servers = await Promise.all(
  faults.map((fault, index) => startFaultServer({ fault, address: '127.0.95.' + (index + 1), port: 53, dotPort: 853 })),
);
execFileSync('nft', ['add rule inet t i ip daddr ' + servers.at(-1).address + ' tcp dport 853 drop']);
const policy = { attemptMs: 400, probeTimeoutMs: 400, onlyAfterAnswer: false };
const selector = new TransportSelector({ policy, rules: changing ? '' : rules, guard: { allow: ['127.0.0.0/8'] } });
const marker = createSocket('udp4');
const mark = (text) => new Promise((resolve) => marker.send(text, 9, '127.0.0.1', resolve));
let answered = 0;
const count = () => answered++;
const askAll = () => Promise.all(servers.map(({ address }) =>
  selector.query({ address, nameserver: 'ns.secret.test' }, question, { timeoutMs: 900 }).then(count, () => undefined)));
// Rules that come at another moment of the queries each time: before and while DoT or Do53 is asked, at hedge and fallback.
for (let round = 0; changing && round < 12; round++) {
  for (const { address } of servers) {
    const decision = selector.decide(address);
    selector.report(decision, { transport: 'dot', ok: true, rcode: 0 });
  }
  const asked = askAll();
  await wait(round * 60);
  await selector.setRules(rules);
  await mark('rules are in force');
  await Promise.all([asked, askAll()]);
  await mark('rules are gone');
  await selector.setRules('');
  selector.networkChanged();
}
for (let round = 0; !changing && round < 2; round++) {
  await askAll();
  await Promise.all(servers.map(({ address }) =>
    selector.probe({ address, zone: 'secret.test', nameserver: 'ns.secret.test' }, { force: true }).catch(() => undefined)));
  selector.networkChanged();
}
await selector.close();
await Promise.all(servers.map((server) => server.close()));
// What was sent before the last packet has been captured when that has.
while (!Buffer.concat(chunks).includes('the last packet')) {
  await mark('the last packet');
  await wait(20);
}
marker.close();
tcpdump.kill('SIGINT');
await once(tcpdump, 'close');
// A capture file: a header of 24 octets, then packets, each with 16 of its own; loopback has Ethernet headers.
const capture = Buffer.concat(chunks);
let [on53, on853, named, before] = [0, 0, 0, 0];
let isInForce = !changing;
for (let at = 24; at + 16 <= capture.length; ) {
  const length = capture.readUInt32LE(at + 8);
  const packet = capture.subarray(at + 16, at + 16 + length);
  at += 16 + length;
  if (packet.readUInt16BE(12) !== 0x0800 || ![6, 17].includes(packet[23])) continue;
  const transport = 14 + 4 * (packet[14] & 15);
  const ports = [packet.readUInt16BE(transport), packet.readUInt16BE(transport + 2)];
  if (packet.includes('rules are')) isInForce = packet.includes('in force');
  const isNamed = packet.includes(LABEL) || packet.includes('secret');
  if (!isInForce && isNamed) before++;
  // What was asked before is answered yet.
  if (!isInForce || (changing && ports[0] === 53)) continue;
  if (ports.includes(53)) on53++;
  if (ports.includes(853)) on853++;
  if (isNamed) named++;
}
console.log(JSON.stringify({ on53, on853: on853 > 0, named, before, answered }));
`;

let copy: BuiltCopy;
beforeAll(async () => {
  copy = await buildCopy();
});
afterAll(() => copy.remove());

const whyNot = canNamespace();

// Where no namespace can be made the last test says so; require.test.ts counts at the servers' sockets.
if (whyNot === undefined) {
  test.each([
    ['addresses', FAULTS.map((_, index) => `require address 127.0.95.${index + 1}`).join('\n')],
    ['a zone', 'require zone secret.test'],
    ['name servers', 'require nameserver secret.test'],
    ['a prefix, with authentication', 'require-and-authenticate prefix 127.0.95.0/24'],
  ])('Q13 require by %s: a capture of all that is sent shows no packet on 53 and no name', async (_, rules) => {
    const told = await capture(rules);
    expect(told).toMatchObject({ on53: 0, on853: true, named: 0 });
    expect(told.answered > 0).toBe(!rules.includes('authenticate'));
  });

  test('Q39 rules that come while queries are in flight: from then on the capture shows no name', async () => {
    const told = await capture('require zone secret.test', true);
    expect(told).toMatchObject({ on853: true, named: 0 });
    expect(told.before).toBeGreaterThan(FAULTS.length);
  });

  test('Q15 never: the capture shows no packet on 853, and what is on 53', async () => {
    const told = await capture('never prefix 127.0.95.0/24');
    expect(told).toMatchObject({ on853: false, answered: 2 * FAULTS.length });
    expect(told.on53).toBeGreaterThan(FAULTS.length);
    expect(told.named).toBeGreaterThan(FAULTS.length);
  });
}

interface Told {
  readonly on53: number;
  readonly on853: boolean;
  readonly named: number;
  /** Packets with the name before the rules came. */
  readonly before: number;
  readonly answered: number;
}

/** @param changing - whether the rules come while queries are in flight, again and again */
async function capture(rules: string, changing = false): Promise<Told> {
  await using namespace = await createNamespace();
  const input = { faults: FAULTS, rules, changing };
  const { code, lines, stderr } = await copy.run(PROGRAM, { input, namespace });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return lines[0] as Told;
}

test('Q13 a namespace is at hand, or the test says why not', async () => {
  if (process.env.DOTSCOUT_NAMESPACE === 'required') expect(whyNot).toBeUndefined();
  if (whyNot !== undefined) await expect(createNamespace()).rejects.toThrow(`no network namespace: ${whyNot}`);
  else expect(canNamespace()).toBeUndefined();
});
