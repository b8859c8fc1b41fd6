import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TransportSelector } from '../../src/selector.js';
import { FileStore, readStateFile } from '../../src/store/index.js';
import { type BuiltCopy, buildCopy } from '../support/built.js';
import { figure } from '../support/figures.js';
import { ask, discover, REAL_SERVERS, rig } from '../support/rig.js';
import { openGuard } from '../transport/support.js';

const run = promisify(execFile);

let copy: BuiltCopy;
beforeAll(async () => {
  copy = await buildCopy();
});
afterAll(() => copy.remove());

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'dotscout-memory-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** Learns ten endpoints at a time, forgets one of them, and says so once all of it is stored. */
const LEARNING = `
import { TransportSelector } from '@/index.js';
import { FileStore } from '@/store/index.js';
const { path, from, compacts } = JSON.parse(process.argv[1]);
const store = new FileStore({ path });
const selector = await TransportSelector.open({ store, guard: { allow: ['10.0.0.0/8'] } });
const told = [];
selector.on('store', ({ code }) => told.push(code));
const address = (index) => '10.' + (index >> 16 & 255) + '.' + (index >> 8 & 255) + '.' + (index & 255);
console.log(JSON.stringify({ known: [...selector.entries()].length, told }));
for (let batch = from; ; batch++) {
  for (let index = batch * 10; index < batch * 10 + 10; index++)
    selector.report(selector.decide(address(index)), { transport: 'dot', ok: true, rcode: 0 });
  selector.forget(address(batch * 10 + 7));
  await selector.flush();
  if (compacts) await store.compact();
  console.log(JSON.stringify({ batch }));
}
`;

const FILES = 4;

function address(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
}

/** Each file a mount of its own, as one that is mounted into a container. */
async function mountSingly(path: string): Promise<void> {
  expect(process.getuid?.(), 'a mount takes root').toBe(0);
  const inside = `${path}.outside`;
  await writeFile(inside, '');
  await writeFile(path, '');
  await run('mount', ['--bind', inside, path]);
  onTestFinished(async () => {
    await run('umount', [path]);
  });
}

// Writing anew in place takes a few syncs more: a kill comes later, so that it meets all of its steps.
test.each([
  ['M1 in a directory', 200, { mounted: false, withinMs: 60 }],
  ['M9 mounted singly', Number(process.env.MOUNTED_KILLS ?? 40), { mounted: true, withinMs: 300 }],
] as const)(
  '%s, killed %i times at any moment: what was acknowledged is there',
  async (kind, kills, { mounted, withinMs }) => {
    const home = await directory();
    let [acknowledged, cut, lost] = [0, 0, 0];
    const life = async (file: number): Promise<void> => {
      const path = join(home, `verdicts-${file}`);
      if (mounted) await mountSingly(path);
      const batches = new Set<number>();
      let from = 0;
      for (let kill = 0; kill < kills / FILES; kill++) {
        const { lines, signal, stderr } = await copy.run(LEARNING, {
          input: { path, from, compacts: mounted },
          killAfterMs: Math.random() * withinMs,
        });
        expect({ signal, stderr }).toEqual({ signal: 'SIGKILL', stderr: '' });
        for (const { batch } of lines.slice(1) as { batch: number }[]) batches.add(batch);
        // One that was written and not acknowledged may be there or not.
        from = Math.max(from, ...batches) + 2;
        const { verdicts, problems } = await readStateFile(path);
        const held = new Map(verdicts.map((one) => [one.address, one.verdict]));
        for (const batch of batches) {
          acknowledged++;
          for (let index = batch * 10; index < batch * 10 + 10; index++) {
            const isThere = held.get(address(index)) === 'good';
            if (isThere === (index % 10 === 7)) lost++;
          }
        }
        cut += problems.filter(({ code }) => code === 'cut-short').length;
        const harmless = ['cut-short', 'absent', ...(mounted ? ['empty'] : [])];
        const broken = problems.filter(({ code }) => !harmless.includes(code));
        // A torn record is followed by a whole one at the next start, and stays a broken line until all is written anew.
        expect(broken.filter(({ code }) => code !== 'broken-records')).toEqual([]);
      }
    };
    await Promise.all(Array.from({ length: FILES }, (_, file) => life(file)));
    figure(kind, `${kills} kills, ${acknowledged} acknowledgements looked at, ${cut} records cut short, ${lost} lost`);
    expect(acknowledged).toBeGreaterThan(kills);
    expect(lost).toBe(0);
    // Nothing is left lying about by those who were killed in the midst of writing anew, but what the last one was at.
    const left = (await readdir(home)).filter((name) => name.includes('.tmp-'));
    expect(left.length).toBeLessThanOrEqual(FILES);
  },
  300_000,
);

describe('a disk', () => {
  test('M3 that is full: it goes on without, loses nothing that was stored, and stores all once there is room', async () => {
    expect(process.getuid?.(), 'a small disk of its own takes root').toBe(0);
    const mount = await directory();
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', mount]);
    onTestFinished(async () => {
      await run('umount', [mount]);
    });
    const path = join(mount, 'verdicts');
    const selector = await TransportSelector.open({ store: new FileStore({ path }), guard: { allow: ['10.0.0.0/8'] } });
    onTestFinished(() => selector.close());
    const told: string[] = [];
    selector.on('store', ({ code }) => told.push(code));
    const learn = (index: number) =>
      selector.report(selector.decide(address(index)), { transport: 'dot', ok: true, rcode: 0 });
    learn(1);
    await selector.flush();
    await writeFile(join(mount, 'filler'), Buffer.alloc(52_000));
    for (let index = 2; index < 200; index++) learn(index);
    await expect(selector.flush()).rejects.toMatchObject({ code: 'STORE' });
    expect([told, selector.peek(address(199)).action]).toEqual([['full'], 'encrypt']);
    expect((await readStateFile(path)).verdicts.some((one) => one.address === address(1))).toBe(true);
    await rm(join(mount, 'filler'));
    await selector.flush();
    const { verdicts } = await readStateFile(path);
    expect([told, verdicts.length]).toEqual([['full', 'recovered'], 199]);
  });

  test('M3 whose file or directory is not ours to read or write: it begins, says so, and overwrites nothing', async () => {
    expect(process.getuid?.(), 'another user takes root').toBe(0);
    const home = await directory();
    await chmod(home, 0o755);
    const locked = join(home, 'locked');
    await mkdir(locked);
    await writeFile(join(locked, 'verdicts'), '{"dotscout":"verdicts","version":1}\n', { mode: 0o644 });
    const open = join(home, 'open');
    await mkdir(open);
    await chown(open, 65_534, 65_534);
    await writeFile(join(open, 'verdicts'), 'secret\n', { mode: 0o600 });
    const program = `
      import { TransportSelector } from '@/index.js';
      import { FileStore } from '@/store/index.js';
      process.setgid(65534);
      process.setuid(65534);
      for (const path of JSON.parse(process.argv[1]).paths) {
        const selector = new TransportSelector({ store: new FileStore({ path }), guard: { allow: ['10.0.0.0/8'] } });
        const told = [];
        selector.on('store', ({ code }) => told.push(code));
        while (selector.peek('10.0.0.1').reason === 'loading') await new Promise((done) => setTimeout(done, 5));
        selector.report(selector.decide('10.0.0.1'), { transport: 'dot', ok: true, rcode: 0 });
        const flushed = await selector.flush().then(() => 'stored', ({ code }) => code);
        console.log(JSON.stringify({ told, flushed, action: selector.peek('10.0.0.1').action }));
        await selector.close();
      }`;
    const paths = [join(locked, 'verdicts'), join(open, 'verdicts')];
    const { lines, stderr } = await copy.run(program, { input: { paths } });
    expect({ lines, stderr }).toEqual({
      lines: [
        { told: ['unwritable'], flushed: 'STORE', action: 'encrypt' },
        { told: ['unreadable'], flushed: 'STORE', action: 'encrypt' },
      ],
      stderr: '',
    });
    expect(await readFile(join(open, 'verdicts'), 'utf8')).toBe('secret\n');
  });
});

describe.each(REAL_SERVERS)('%s', (_software, start) => {
  test('M4 after a restart a Good server is asked over DoT at once, and nothing goes to 53', async () => {
    const { target, clear, dot } = await rig(start);
    const path = join(await directory(), 'verdicts');
    const first = await TransportSelector.open({ store: new FileStore({ path }), guard: openGuard });
    await discover(first, target);
    await first.close();
    const before = clear();
    const second = await TransportSelector.open({ store: new FileStore({ path }), guard: openGuard });
    onTestFinished(() => second.close());
    expect((await ask(second, target)).transport).toBe('dot');
    expect([clear(), dot.connections]).toEqual([before, 2]);
  });

  test('M4 after a restart a Bad server is left alone, and nothing goes to 853', async () => {
    const { target, dot, server } = await rig(start);
    await server.setTls('none');
    const path = join(await directory(), 'verdicts');
    const first = await TransportSelector.open({ store: new FileStore({ path }), guard: openGuard });
    await first.probe(target);
    expect(first.explain(target).status).toBe('Bad');
    await first.close();
    const before = dot.connections;
    const second = await TransportSelector.open({ store: new FileStore({ path }), guard: openGuard });
    onTestFinished(() => second.close());
    for (let time = 0; time < 3; time++) expect((await ask(second, target)).transport).toBe('do53');
    expect([second.explain(target).status, dot.connections]).toEqual(['Bad', before]);
  });
});
