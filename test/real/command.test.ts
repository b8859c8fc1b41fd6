import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { run } from '../../packages/dotscout-cli/src/program.js';
import { startFaultServer } from '../../src/testing/index.js';
import { freePort } from '../../src/testing/ports.js';
import { startNsd } from '../support/servers.js';

/** A zone with two name servers, of which the second is to speak no DoT. */
const ZONE = `$ORIGIN people.test.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 3600 1209600 60
@ NS ns1
@ NS ns2
@ TXT "a \\"text\\" \\027[2J"
ns1 A 127.0.0.2
ns2 A 127.0.0.3
www A 192.0.2.80
`;

/** What the command wrote, and its exit status. */
async function dotscout(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const written = { stdout: '', stderr: '' };
  const keep = (name: keyof typeof written) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text);
      return true;
    });
  const spies = [keep('stdout'), keep('stderr')];
  try {
    return { code: await run(args), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** Two servers of the zone on the same ports, as in the world. */
async function startZone() {
  const [port, dotPort] = [await freePort('127.0.0.2'), await freePort('127.0.0.2')];
  const both = { do53Port: port, dotPort, zones: { 'people.test': ZONE } };
  const first = await startNsd({ ...both, address: '127.0.0.2' });
  const second = await startNsd({ ...both, address: '127.0.0.3', tls: 'none' });
  onTestFinished(async () => {
    await Promise.all([first.stop(), second.stop()]);
  });
  const ports = ['--port', `${dotPort}`, '--do53-port', `${port}`];
  return { first, second, args: ['--allow', '127.0.0.0/8', '--resolver', `127.0.0.2:${port}`, ...ports] };
}

/** Times and ports are others each time. */
const steady = (text: string) =>
  text
    .replaceAll(/\b[\d.]+ ms/g, 'N ms')
    .replaceAll(/[\d.]+ \+ [\d.]+ \+ N ms/g, 'N ms')
    .replaceAll(/ port \d+/g, '')
    .replaceAll(/ +$/gm, '');

it('zone: each name server of the zone is probed for it; one that speaks no DoT is told, and is exit status 3', async () => {
  const { args, second } = await startZone();
  const told = await dotscout('zone', ...args, 'people.test');
  expect(told.code).toBe(3);
  expect(
    steady(told.stdout)
      .split('\n')
      .filter((line) => !line.startsWith('-')),
  ).toEqual([
    'people.test: 1 of 2 name servers speaks DoT',
    '',
    expect.stringMatching(/^name server +address +verdict +found$/),
    expect.stringMatching(/^ns1\.people\.test +127\.0\.0\.2 +good +TLSv1\.3, no ALPN, not trusted, NOERROR, N ms$/),
    expect.stringMatching(/^ns2\.people\.test +127\.0\.0\.3 +bad +connect: refused$/),
    '',
  ]);
  await second.setTls('any');
  const all = await dotscout('zone', ...args, 'People.TEST.');
  expect({ code: all.code, stdout: all.stdout }).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^people\.test: 2 of 2 name servers speak DoT\n/),
  });
  expect(all.stderr).toBe('');
});

it('zone --json: a record an address, with the zone; a name that is no zone’s is said to be so', async () => {
  const { args } = await startZone();
  const { code, stdout } = await dotscout('zone', '--json', ...args, 'people.test');
  const records = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(code).toBe(3);
  expect(records).toMatchObject([
    { zone: 'people.test', name: 'ns1.people.test', address: '127.0.0.2', verdict: 'good', tls: 'TLSv1.3', rcode: 0 },
    { zone: 'people.test', name: 'ns2.people.test', address: '127.0.0.3', verdict: 'bad', kind: 'refused' },
  ]);
  const none = await dotscout('zone', ...args, 'www.people.test');
  expect(none).toEqual({
    code: 3,
    stdout: '',
    stderr: 'dotscout: www.people.test has no name servers: it is no zone, or does not exist\n',
  });
  const silent = await dotscout('zone', '--resolver', `127.0.0.9:${await freePort('127.0.0.9')}`, 'people.test');
  expect(silent).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^dotscout: 127\.0\.0\.9:\d+ does not say/),
  });
});

it('query: the same over DoT and Do53 is said to be so, with worth, TLS, padding, times and records', async () => {
  const { args } = await startZone();
  const { code, stdout } = await dotscout('query', 'www.people.test', ...args, '@127.0.0.2');
  expect(code).toBe(0);
  const lines = steady(stdout)
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' ').trim());
  expect(lines.slice(0, 2)).toEqual(['www.people.test A @127.0.0.2', 'the same over DoT and Do53']);
  for (const line of [
    'rcode NOERROR NOERROR',
    'flags aa rd aa rd',
    'worth sound, answer sound, answer',
    'answer 1 record 1 record',
    'octets 128 128',
    'padding - -',
    'connect N ms -',
    'handshake N ms -',
    'time N ms N ms',
    'TLS TLSv1.3, TLS_AES_256_GCM_SHA384',
    'ALPN none',
    'www.people.test. 3600 IN A 192.0.2.80',
  ])
    expect(lines).toContain(line);
});

it('query: records off the wire are escaped, and the name of a server leads to its address', async () => {
  const { args } = await startZone();
  const { code, stdout } = await dotscout('query', 'people.test', 'txt', ...args, '@ns1.people.test');
  expect(code).toBe(0);
  expect(stdout).toContain('  people.test. 3600 IN TXT "a \\"text\\" \\027[2J"\n');
  expect(stdout).not.toMatch(/[^\n -~]/);
});

it('query: nothing but TLS goes to the DoT port, whatever becomes of that', async () => {
  await using server = await startFaultServer();
  const heard: Buffer[] = [];
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (octets) => {
      heard.push(octets);
      socket.end('HTTP/1.0 400 no\r\n\r\n');
    });
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const { port } = listener.address() as AddressInfo;
  const ports = ['--port', `${port}`, '--do53-port', `${server.port}`];
  const { code, stdout } = await dotscout('query', 'secret.test', '--allow', '127.0.0.0/8', ...ports, '@127.0.0.1');
  listener.close();
  expect(code).toBe(3);
  expect(stdout).toContain('no answer over DoT (handshake: not-tls); Do53 answers');
  expect(heard.length).toBeGreaterThan(0);
  // A TLS record of a handshake (RFC 8446 section 5.1).
  expect(heard.map((octets) => octets[0])).toEqual(heard.map(() => 22));
  expect(Buffer.concat(heard).includes('secret')).toBe(false);
});

it('query: a server without DoT is asked over Do53 alone', async () => {
  const { args, second } = await startZone();
  await second.setTls('any');
  const differing = await dotscout('query', 'people.test', 'NS', '--json', ...args, '@127.0.0.3');
  expect(differing.code).toBe(0);
  await second.setTls('none');
  const { code, stdout } = await dotscout('query', 'people.test', 'NS', '--json', ...args, '@127.0.0.3');
  expect(code).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({
    differences: ['reached'],
    dot: { failure: 'connect: refused' },
    do53: { failure: null, rcode: 'NOERROR', word: 'answer', padding: null },
    tls: null,
  });
});

it('query: what differs is named, and the records are told with who has them', async () => {
  await using server = await startFaultServer({ fault: 'refused' });
  const ports = ['--port', `${server.dotPort}`, '--do53-port', `${server.port}`];
  const { code, stdout } = await dotscout('query', 'a.example.test', '--allow', '127.0.0.0/8', ...ports, '@127.0.0.1');
  expect(code).toBe(3);
  expect(stdout).toContain('\nDoT and Do53 differ: rcode, worth, answer\n');
  expect(stdout).toMatch(/^rcode \* +REFUSED +NOERROR$/m);
  expect(stdout).toMatch(/^octets +468 +\d+$/m);
  expect(stdout).toMatch(/^padding +4\d\d +-$/m);
  expect(stdout).toMatch(/^ {2}Do53 {2}a\.example\.test\. IN A [\d.]+$/m);
});

it('probe: the name of a zone stands for its name servers, each asked for that zone, and that is said', async () => {
  const { args } = await startZone();
  const { code, stdout, stderr } = await dotscout('probe', '-v', ...args, 'people.test');
  expect(code).toBe(3);
  expect(stdout).toMatch(/^good +people\.test \(127\.0\.0\.2 port \d+\) +TLSv1\.3, .*NOERROR/m);
  expect(stdout).toContain('SOA of people.test: NOERROR');
  expect(stdout).toMatch(/^bad +people\.test \(127\.0\.0\.3 port \d+\) +connect: refused$/m);
  expect(stderr).toMatch(
    /^dotscout: people\.test is a zone: these are its name servers; .*'dotscout probe @people\.test'/,
  );
});
