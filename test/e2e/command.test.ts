import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { TransportSelector } from '../../src/index.js';
import { FileStore } from '../../src/store/index.js';
import { type FaultServer, startFaultServer } from '../../src/testing/index.js';
import { startBind, startNsd } from '../support/servers.js';

const MAIN = resolve('packages/dotscout-cli/dist/main.js');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'dotscout-'));
const inFolder = (name: string) => join(folder, name);
/** A file that is to be written: none of an earlier try is there. */
const freshIn = (name: string) => {
  rmSync(inFolder(name), { force: true });
  return inFolder(name);
};
const ALLOW = ['--allow', '127.0.0.0/8'];

/** How the command ended, and what it wrote. */
interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

async function dotscout(...args: string[]): Promise<Ended> {
  try {
    return { code: 0, ...(await run(process.execPath, [MAIN, ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

const portsOf = ({ port, dotPort }: { port: number; dotPort: number }) => [
  ...ALLOW,
  ...['--port', `${dotPort}`, '--do53-port', `${port}`],
];

beforeAll(async () => {
  await run('npm', ['run', 'build', '-w', 'dotscout-cli']);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('dotscout probe', () => {
  const KEYS = [
    ...[
      'address',
      'port',
      'verdict',
      'kind',
      'tls',
      'alpn',
      'authorized',
      'spki',
      'connectMs',
      'handshakeMs',
      'answerMs',
    ],
    ...['phase', 'controlled', 'rcode', 'name'],
  ];

  it('of NSD and BIND: good, one JSON object a line, with what the handshake showed', async () => {
    await using nsd = await startNsd();
    await using bind = await startBind({ tls: 'tls12' });
    const [first, second] = await Promise.all(
      [nsd, bind].map((server) => dotscout('probe', '--json', ...portsOf(server), server.address)),
    );
    const records = [first, second].map((ended) => JSON.parse(ended?.stdout ?? ''));
    expect([first?.code, second?.code]).toEqual([0, 0]);
    expect(Object.keys(records[0])).toEqual(KEYS);
    expect(records[0]).toMatchObject({ address: '127.0.0.1', verdict: 'good', kind: null, tls: 'TLSv1.3', alpn: null });
    expect(records[1]).toMatchObject({ verdict: 'good', tls: 'TLSv1.2', alpn: 'dot', authorized: false, rcode: 5 });
    expect(records[0].spki).toMatch(/^[\w+/]{43}=$/);
    expect(records[0].connectMs + records[0].handshakeMs + records[0].answerMs).toBeGreaterThan(0);
  });

  it('tells whom the others are, in the order in which they were given, and exits with 3', async () => {
    const faults = ['tls-mute', 'good', 'closed', 'http', 'refused'] as const;
    await using servers = await startAll(faults.map((fault, at) => ({ fault, address: `127.0.78.${at + 1}` })));
    const { code, stdout } = await dotscout(
      'probe',
      ...portsOf(servers),
      ...faults.map((_, at) => `127.0.78.${at + 1}`),
    );
    expect(code).toBe(3);
    expect(stdout.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^bad {6}127\.0\.78\.1 port \d+ {2}answer: silent, TLSv1\.3, ALPN dot, not trusted, [\d.]+ \+ [\d.]+ ms$/,
      ),
      expect.stringMatching(/^good {5}127\.0\.78\.2 .* NOERROR, [\d.]+ \+ [\d.]+ \+ [\d.]+ ms$/),
      expect.stringMatching(/^bad {6}127\.0\.78\.3 .* connect: refused$/),
      expect.stringMatching(/^bad {6}127\.0\.78\.4 .* handshake: not-tls$/),
      expect.stringMatching(/^bad {6}127\.0\.78\.5 .* answer: lame, .*REFUSED/),
    ]);
  });

  it('-v tells the story', async () => {
    await using server = await startFaultServer({ fault: 'refused' });
    const { stdout } = await dotscout('probe', '-v', '--zone', 'example.test', ...portsOf(server), server.address);
    expect(stdout).toMatch(/TCP +up on port/);
    expect(stdout).toMatch(/TLS +TLSv1\.3, TLS_AES/);
    expect(stdout).toMatch(/answer +SOA of example\.test: REFUSED after/);
    expect(stdout).toMatch(/Do53 +NOERROR to the same question/);
    expect(stdout).toMatch(/so +bad: for this zone/);
  });

  it('names lead to their addresses; those without any are told', async () => {
    const zone = '$ORIGIN names.test.\n$TTL 60\n@ SOA ns h 1 7200 3600 1209600 60\n@ NS ns\nns A 127.0.0.1\n';
    await using nsd = await startNsd({ zones: { 'names.test': zone } });
    const resolver = ['--resolver', `127.0.0.1:${nsd.port}`];
    const { code, stdout } = await dotscout(
      'probe',
      '--json',
      ...resolver,
      ...portsOf(nsd),
      'ns.names.test',
      'no.names.test',
    );
    const [found, lost] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(3);
    expect(found).toMatchObject({ address: '127.0.0.1', verdict: 'good', name: 'ns.names.test' });
    expect(lost).toMatchObject({ address: null, verdict: 'unknown', kind: 'unresolved', name: 'no.names.test' });
  });

  it('connects nowhere that the guard forbids', async () => {
    await using server = await startFaultServer();
    const { code, stdout } = await dotscout('probe', '--port', `${server.dotPort}`, server.address);
    expect({ code, stdout }).toEqual({ code: 3, stdout: expect.stringContaining('the guard forbids it') });
    expect(server.counters.connections).toBe(0);
  });
});

describe('dotscout scan', () => {
  const MANY = Array.from({ length: 400 }, (_, at) => `127.80.${at >> 2}.${(at & 3) + 1}`);

  it('tells bad lines by their numbers, scans the others, and exits with 3', async () => {
    await using server = await startFaultServer();
    writeFileSync(inFolder('bad.txt'), '127.0.0.1\n\n# remark\n127.0.0.300\nno good\n');
    const { code, stdout, stderr } = await dotscout('scan', ...portsOf(server), inFolder('bad.txt'));
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ address: '127.0.0.1', verdict: 'good', line: 1 });
    expect(stderr).toContain('bad.txt, line 4: neither an address nor a name: "127.0.0.300"');
    expect(stderr).toContain('line 5');
    expect(stderr).toMatch(/^good +TLSv1\.3 +1 +100\.0 %$/m);
    expect(stderr).not.toContain('\u001b');
  });

  it('writes CSV where the output says so, and reads stdin', async () => {
    await using server = await startFaultServer({ fault: 'closed' });
    const csv = freshIn('out.csv');
    writeFileSync(inFolder('again.txt'), '127.0.0.1\n');
    const child = spawn(process.execPath, [MAIN, 'scan', ...portsOf(server), '-o', csv, '-'], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin?.end('127.0.0.1\n');
    expect(await end(child)).toBe(0);
    const lines = readFileSync(csv, 'utf8').split('\n');
    expect(lines[0]).toMatch(/^address,port,verdict,kind,.*,name,line$/);
    expect(lines[1]).toMatch(/^127\.0\.0\.1,\d+,bad,refused,,.*,connect,true,,,1$/);
    const again = await dotscout('scan', ...portsOf(server), '-o', csv, inFolder('again.txt'));
    expect({ code: again.code, stderr: again.stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining('--resume'),
    });
  });

  it('interrupted by SIGINT and by SIGKILL and resumed, probes no more twice than were in flight', async () => {
    const concurrency = 8;
    // Answers take less than the time after which a slot is given to another.
    await using server = await startFaultServer({ address: '0.0.0.0', delayMs: 50 });
    const targets = MANY;
    writeFileSync(inFolder('many.txt'), `${targets.join('\n')}\n`);
    const out = freshIn('many.jsonl');
    const args = [
      'scan',
      ...portsOf(server),
      '--concurrency',
      `${concurrency}`,
      '--rate',
      '1000',
      '-o',
      out,
      inFolder('many.txt'),
    ];
    const endings: unknown[] = [];
    for (const [signal, lines] of [
      ['SIGINT', 100],
      ['SIGKILL', 220],
    ] as const) {
      const child = spawn(process.execPath, [MAIN, ...args, '--resume'], { stdio: 'ignore' });
      const ended = end(child);
      await expect.poll(() => linesIn(out), { timeout: 60_000, interval: 20 }).toBeGreaterThan(lines);
      child.kill(signal);
      endings.push(await ended);
    }
    const { code, stdout } = await dotscout(...args, '--resume');
    expect([...endings, code]).toEqual([130, 'SIGKILL', 0]);
    const records = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ address }) => address).sort()).toEqual([...targets].sort());
    expect(records.every(({ verdict }) => verdict === 'good')).toBe(true);
    expect(stdout).toMatch(/^all +400 +100\.0 %$/m);
    expect(server.counters.connections).toBeLessThanOrEqual(400 + 2 * concurrency);
  });

  it('ends without a word when its reader has gone', async () => {
    await using server = await startFaultServer({ fault: 'closed', address: '0.0.0.0' });
    const targets = Array.from({ length: 2_000 }, (_, at) => `127.81.${at >> 3}.${(at & 7) + 1}`);
    writeFileSync(inFolder('pipe.txt'), targets.join('\n'));
    const child = spawn(process.execPath, [MAIN, 'scan', ...portsOf(server), inFolder('pipe.txt')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const told: string[] = [];
    child.stderr?.on('data', (text) => told.push(String(text)));
    child.stdout?.once('data', () => child.stdout?.destroy());
    expect({ code: await end(child), told }).toEqual({ code: 141, told: [] });
  });

  it('where this machine lets it open too few files, it says so and exits with 1', async () => {
    await using server = await startFaultServer({ fault: 'tls-mute', address: '0.0.0.0' });
    writeFileSync(inFolder('some.txt'), Array.from({ length: 120 }, (_, at) => `127.82.${at}.1\n`).join(''));
    const scan = [MAIN, 'scan', ...portsOf(server), '--timeout', '1000', '--rate', '1000', inFolder('some.txt')];
    const limited = ['-c', 'ulimit -n 60; exec "$0" "$@"', process.execPath, ...scan];
    expect(await run('sh', limited).catch((error: Ended) => error)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^dotscout: \d+ addresses were not learned of .* limit on open files \(ulimit -n\)$/m,
      ),
    });
  });

  it('a full disk ends it with whole lines, and there is something to go on with', async () => {
    await using server = await startFaultServer({ fault: 'closed', address: '0.0.0.0' });
    const out = freshIn('full.jsonl');
    writeFileSync(inFolder('many.txt'), `${MANY.join('\n')}\n`);
    const command = [MAIN, 'scan', ...portsOf(server), '--rate', '1000', '-o', out, inFolder('many.txt')];
    // A limit on the file's size does what a full disk does: a write falls short, and the next one fails.
    const limited = ['-c', 'ulimit -f 4; exec "$0" "$@"', process.execPath, ...command];
    const full = await run('sh', limited).catch((error: Ended) => error);
    expect(full).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^dotscout: .*full\.jsonl: file too large \(EFBIG\)$/m),
    });
    expect(readFileSync(out, 'utf8')).toMatch(/"line":\d+\}\n$/);
    const { code, stdout } = await dotscout(...command.slice(1), '--resume');
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^all +400 +100\.0 %$/m) });
  });
});

describe('dotscout', () => {
  it('doctor: 853 is blocked, or somebody answers whom nobody trusts', async () => {
    await using server = await startFaultServer({ fault: 'closed' });
    const blocked = await dotscout('doctor', ...portsOf(server), '--via', server.address);
    expect({ code: blocked.code, stdout: blocked.stdout }).toEqual({
      code: 3,
      stdout: expect.stringMatching(/^TROUBLE +port 853 +blocked/),
    });
    await server.setFault('good');
    const other = await dotscout('doctor', ...portsOf(server), '--via', server.address);
    expect(other.stdout).toMatch(/^TROUBLE +port 853 +somebody answers/);
    expect(other.stdout).toMatch(/^\? +clock +20/m);
  });

  it('dump, explain and doctor read what a resolver has stored, while it runs', async () => {
    await using server = await startFaultServer({ fault: 'closed' });
    const path = inFolder('state.jsonl');
    const selector = await TransportSelector.open({
      store: new FileStore({ path }),
      guard: { allow: ['127.0.0.0/8'] },
    });
    const { address, port, dotPort } = server;
    await selector.probe({ address, port, dotPort });
    await selector.flush();
    const [dumped, wide, json, explained, told, unknown, judged, checks] = await Promise.all([
      dotscout('dump', path),
      dotscout('dump', '--endpoints', path),
      dotscout('dump', '--json', path),
      dotscout('explain', path, address),
      dotscout('explain', '--json', path, address),
      dotscout('explain', path, '192.0.2.1'),
      dotscout('doctor', ...portsOf(server), '--via', address, '--state', path),
      dotscout('doctor', '--json', ...portsOf(server), '--via', address, '--state', path),
    ]);
    const whole = selector.dump();
    await selector.close();
    expect([dumped, wide, json, explained, told, unknown, judged, checks].map(({ code }) => code)).toEqual([
      ...[0, 0, 0, 0, 0],
      ...[3, 3, 3],
    ]);
    // What the selector itself dumps, but for the second at which a verdict ends.
    const row = /^(127\.0\.0\.1\t\.\t0\tBad)\t[\dT:-]+$/m;
    expect(dumped.stdout.replace(row, '$1')).toBe(whole.replace(row, '$1'));
    expect(wide.stdout).toMatch(new RegExp(`^127\\.0\\.0\\.1\t\\.\t0\tBad\t[\\dT:-]+\t${dotPort}$`, 'm'));
    expect(JSON.parse(told.stdout)).toMatchObject({ address, status: 'Bad', verdict: 'bad', isOver: false });
    const codes = checks.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).code);
    expect(codes).toEqual(['blocked', 'not-compared', 'none-good']);
    expect(JSON.parse(json.stdout)).toMatchObject({ address, port: dotPort, verdict: 'bad', kind: 'refused' });
    expect(explained.stdout).toMatch(/failed +connect: refused, our own path was up/);
    expect(unknown.stdout).toContain('nothing is stored of it');
    expect(judged.stdout).toMatch(/^TROUBLE +state file +Bad 1 \(connect refused 1\)$/m);
  });

  it('a state file that is damaged is told, and what is sound in it shown', async () => {
    const path = inFolder('damaged.jsonl');
    const whole = readFileSync(inFolder('state.jsonl'), 'utf8');
    writeFileSync(path, `${whole}{"broken":1}\n`);
    const damaged = await dotscout('dump', path);
    expect({ code: damaged.code, stderr: damaged.stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('broken-records'),
    });
    expect(damaged.stdout).toContain('127.0.0.1');
    const explained = await dotscout('explain', path, '127.0.0.1');
    expect({ code: explained.code, stderr: explained.stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('broken-records'),
    });
    expect(explained.stdout).toContain('connect: refused');
    const foreign = await dotscout('explain', 'LICENSE', '127.0.0.1');
    expect({ code: foreign.code, stderr: foreign.stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining('foreign'),
    });
  });

  it('simulate and demo are those of the repository', async () => {
    const small = ['--servers', '30', '--qps', '5', '--hours', '1', '--json'];
    const [simulated, shown, help] = await Promise.all([
      dotscout('simulate', ...small, '--html', inFolder('page.html')),
      dotscout('demo', '--queries', '60', '--json'),
      dotscout('demo', '--help'),
    ]);
    expect(JSON.parse(simulated.stdout)).toMatchObject({ policy: 'default', endpoints: 60 });
    expect(readFileSync(inFolder('page.html'), 'utf8')).toMatch(/^<!doctype html>/);
    expect(JSON.parse(shown.stdout)).toMatchObject({ queries: 60, failedQueries: 0 });
    expect(help.stdout).toMatch(/^Usage: dotscout demo/);
  });

  it('simulate --html without the plots’ packages says so before it begins, and writes nothing', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'dotscout-bare-'));
    onTestFinished(() => rmSync(bare, { recursive: true }));
    cpSync(dirname(MAIN), join(bare, 'dist'), { recursive: true });
    const { dependencies } = JSON.parse(readFileSync('packages/dotscout-cli/package.json', 'utf8'));
    for (const name of Object.keys(dependencies)) {
      const own = resolve('packages/dotscout-cli/node_modules', name);
      const source = existsSync(own) ? own : resolve('node_modules', name);
      mkdirSync(dirname(join(bare, 'node_modules', name)), { recursive: true });
      symlinkSync(source, join(bare, 'node_modules', name));
    }
    // Empty folders, so that nothing further up stands in for them.
    for (const name of ['@observablehq/plot', 'linkedom'])
      mkdirSync(join(bare, 'node_modules', name), { recursive: true });
    writeFileSync(join(bare, 'package.json'), '{"type":"module"}');
    const simulate = (...args: string[]) =>
      run(process.execPath, [join(bare, 'dist', 'main.js'), 'simulate', '--servers', '5', '--hours', '0.1', ...args]);
    const page = join(bare, 'page.html');
    await expect(simulate('--html', page)).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/npm install @observablehq\/plot@[\d.]+ linkedom@[\d.]+/),
    });
    expect(existsSync(page)).toBe(false);
    expect((await simulate()).stdout).toContain('default');
  });

  it.each([
    [[], /Usage: dotscout/],
    [['nonsense'], /unknown command/],
    [['probe'], /missing required argument/],
    [['probe', '192.0.2.300'], /'192\.0\.2\.300' is neither an address nor a name/],
    [['probe', '--port', '0', '192.0.2.1'], /Expected a whole number from 1 to 65535/],
    [['probe', '--port', '53', '192.0.2.1'], /are the same/],
    [['probe', '--allow', 'all', '192.0.2.1'], /INVALID_PREFIX/],
    [['probe', '--zone', 'a..b', ...ALLOW, '127.0.0.1', '127.0.0.2'], /Expected a domain name/],
    [['scan', '--zone', 'a..b', '-o', inFolder('never.csv'), inFolder('bad.txt')], /Expected a domain name/],
    [['probe', '--json', '-v', '192.0.2.1'], /'-v, --verbose' cannot be used with option '--json'/],
    [['probe', '--resolver', 'here', 'ns.example.net'], /Expected an address/],
    [['probe', '--resolver', '127.0.0.1:0', '192.0.2.1'], /Expected an address/],
    [['probe', '--resolver', '[::1]:65536', '192.0.2.1'], /Expected an address/],
    [['probe', '--do53-port', '853', '--port', '8853', '192.0.2.1'], /no clear text goes there/],
    [['probe', '10.0.0.0/8'], /nor a prefix of at most 4096 of them/],
    [['zone', 'a..b'], /Expected a domain name/],
    [['zone', '--zone', 'example.org', 'example.org'], /unknown option/],
    [['query', 'example.org'], /@SERVER is missing/],
    [['query', '@192.0.2.1'], /the name is missing/],
    [['query', 'example.org', 'A', 'MX', '@192.0.2.1'], /'MX' is too much/],
    [['query', 'example.org', '@192.0.2.1', '@192.0.2.2'], /more than one @SERVER/],
    [['query', 'example.org', '@192.0.2.0/24'], /'@192\.0\.2\.0\/24' is neither an address nor a name/],
    [['query', 'example.org', 'NONSENSE', ...ALLOW, '@127.0.0.1'], /INVALID_QUESTION.*a mnemonic/],
    [['query', 'a..b', ...ALLOW, '@127.0.0.1'], /INVALID_QUESTION/],
    [['query', 'example.org', '@192.0.2.1:8853', '--do53-port', '8853'], /are the same/],
    [['doctor', '--resolver', '127.0.0.1'], /unknown option/],
    [['scan', '--rate', '0', 'x'], /Expected a whole number/],
    [['scan', '--resume', 'x'], /--resume goes on with a file/],
    [['scan', '--format', 'xml', 'x'], /Allowed choices are jsonl, csv/],
    [['explain', 'state.jsonl', 'ns.example.net'], /Expected an address/],
    [['demo', '--queries', '0'], /Usage: dotscout demo/],
  ])('refuses %j with exit status 2, and does nothing', async (args, message) => {
    const { code, stdout, stderr } = await dotscout(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^(dotscout( demo)?: |Usage: dotscout )/);
    expect(existsSync(inFolder('never.csv'))).toBe(false);
  });

  it('demo whose reader has gone leaves no process behind', async () => {
    const child = spawn(process.execPath, [MAIN, 'demo', '--queries', '60'], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.destroy();
    child.stderr?.resume();
    // Its servers hold stderr open for as long as they live.
    expect(await end(child)).toBe(141);
  });

  it('a stderr that nobody reads changes neither what it does nor how it ends', async () => {
    await using server = await startFaultServer({ fault: 'closed' });
    writeFileSync(inFolder('one.txt'), '127.0.0.1\nno good\n');
    const scan = ['scan', ...portsOf(server), '-o', freshIn('unheard.csv'), inFolder('one.txt')];
    const codes = [['probe', 'a..b'], ['nonsense'], scan].map((args) => {
      const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
      child.stderr?.destroy();
      return end(child);
    });
    expect(await Promise.all(codes)).toEqual([2, 2, 3]);
    expect(linesIn(inFolder('unheard.csv'))).toBe(2);
  });

  it('output that cannot be written is told in one line', async () => {
    for (const args of [['probe', '192.0.2.1'], ['--help']]) {
      const ended = await run('sh', ['-c', 'exec "$0" "$@" > /dev/full', process.execPath, MAIN, ...args]).catch(
        (error: Ended) => error,
      );
      expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^dotscout: stdout: .*ENOSPC.*\n$/) });
    }
  });

  it('fails with exit status 1 where a file is in the way', async () => {
    const missing = await dotscout('scan', inFolder('missing.txt'));
    const unwritable = await dotscout('scan', '-o', '/nowhere/out', inFolder('bad.txt'));
    expect([missing.code, unwritable.code]).toEqual([1, 1]);
    expect(missing.stderr).toMatch(/^dotscout: .*missing\.txt: no such file or directory \(ENOENT\)$/m);
    expect(unwritable.stderr).toMatch(/^dotscout: \/nowhere\/out: no such file or directory \(ENOENT\)$/m);
  });

  it('every command and every option of its own stands in docs/command.md', async () => {
    const page = readFileSync('docs/command.md', 'utf8');
    const { stdout } = await dotscout('--help');
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help');
    const own = ['probe', 'zone', 'query', 'scan', 'doctor', 'dump', 'explain'];
    expect(commands).toEqual([...own, 'simulate', 'demo']);
    for (const name of commands) expect(page).toContain(`| \`dotscout ${name}`);
    for (const name of own) {
      const help = await dotscout(name, '--help');
      for (const [option] of help.stdout.matchAll(/--(?!help)[a-z0-9-]+/g)) expect(page, name).toContain(option);
    }
  });

  it('--help and --version are no failure, and every exit status is told', async () => {
    const [help, version] = await Promise.all([dotscout('--help'), dotscout('--version')]);
    expect([help.code, version.code]).toEqual([0, 0]);
    for (const status of [0, 1, 2, 3, 141]) expect(help.stdout).toMatch(new RegExp(`^  ${status} `, 'm'));
    expect(version.stdout).toBe(`${JSON.parse(readFileSync('packages/dotscout-cli/package.json', 'utf8')).version}\n`);
  });
});

/** Servers on the same two ports, as in the world. */
async function startAll(
  specs: readonly { fault: NonNullable<Parameters<typeof startFaultServer>[0]>['fault']; address: string }[],
) {
  const servers: FaultServer[] = [];
  for (const spec of specs) {
    const ports = servers[0] === undefined ? {} : { port: servers[0].port, dotPort: servers[0].dotPort };
    servers.push(await startFaultServer({ ...spec, ...ports }));
  }
  const { port = 0, dotPort = 0 } = servers[0] ?? {};
  const close = async () => void (await Promise.all(servers.map((server) => server.close())));
  return { port, dotPort, [Symbol.asyncDispose]: close };
}

function linesIn(path: string): number {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').length - 1 : 0;
}

/** The exit status, or the signal. */
function end(child: ChildProcess): Promise<number | string | null> {
  return new Promise((settle) => child.once('close', (code, signal) => settle(code ?? signal)));
}
