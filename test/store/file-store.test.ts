import { chmod, lstat, mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FileStore, type FileStoreOptions, readStateFile, type StoredVerdict } from '../../src/store/index.js';
import { badOf, goodOf, Host, place } from '../support/store.js';

const A = goodOf('192.0.2.1');
const B = badOf('192.0.2.2');
const C = goodOf('2001:db8::1');

/** A store that is open, its host, and what it had read. */
async function opened(path: string, options: Partial<FileStoreOptions> = {}) {
  const host = new Host();
  const store = new FileStore({ path, ...options });
  const read = [...(await store.open(host))];
  onTestFinished(() => store.close());
  return { host, store, read };
}

/** Writes verdicts as a process does that ends well. */
async function written(path: string, ...verdicts: StoredVerdict[]): Promise<void> {
  const { host, store } = await opened(path);
  for (const verdict of verdicts) {
    store.append(host.hold(verdict));
    await store.flush();
  }
  await store.close();
}

/** What a file holds, without what is absent. */
async function holds(path: string): Promise<unknown[]> {
  return JSON.parse(JSON.stringify((await readStateFile(path)).verdicts));
}

async function besides(path: string): Promise<string[]> {
  const names = await readdir(dirname(path));
  return names.filter((name) => name !== basename(path) && !name.endsWith('.lock')).sort();
}

describe('a file', () => {
  it('has the latest of each endpoint, and nothing of what is forgotten', async () => {
    const path = await place();
    const later = { ...A, leftMs: 5_000 };
    await written(path, A, B, C, later, { ...B, verdict: 'absent' });
    expect(await holds(path)).toEqual([later, C]);
    expect((await opened(path)).read).toEqual([later, C].map((one) => expect.objectContaining(one)));
  });

  it('is nobody else’s to read, whoever could before', async () => {
    const path = await place();
    await written(path, A);
    await chmod(path, 0o644);
    await written(path, B);
    expect([(await stat(path)).mode & 0o777, await besides(path)]).toEqual([0o600, []]);
  });

  it.each([
    [false, undefined],
    [true, 'example.org.'],
  ])('names of whom it was asked for: %s, %s', async (names, zone) => {
    const path = await place();
    const { host, store } = await opened(path, { names });
    for (const address of ['192.0.2.1', '192.0.2.2']) {
      store.append(host.hold(goodOf(address, { zone: 'example.org.', nameserver: 'ns' })));
      await store.flush();
    }
    await store.compact();
    expect((await readStateFile(path)).verdicts.map((one) => one.zone)).toEqual([zone, zone]);
  });

  it('is on disk within a second of a change, without anybody asking', async () => {
    const path = await place();
    const { host, store } = await opened(path);
    store.append(host.hold(A));
    await host.clock.advance(999);
    await expect.poll(() => holds(path), { timeout: 5_000 }).toEqual([A]);
    store.append(host.hold(B));
    await host.clock.advance(999);
    await expect.poll(() => holds(path), { timeout: 5_000 }).toEqual([A, B]);
  });

  it('is written anew when it has grown, and holds what it held', async () => {
    const path = await place();
    const { host, store } = await opened(path);
    for (let round = 1; round <= 25; round++) {
      for (let last = 1; last <= 100; last++) store.append(host.hold(goodOf(`192.0.2.${last}`, { leftMs: round })));
      await store.flush();
    }
    const { records, verdicts } = await readStateFile(path);
    expect(records).toBeLessThan(1_400);
    expect(verdicts.map((one) => one.verdict === 'good' && one.leftMs)).toEqual(Array(100).fill(25));
    expect(await besides(path)).toEqual([]);
  });

  it('is where a link leads, and the link stays', async () => {
    const [path, target] = [await place(), await place()];
    await symlink(target, path);
    await writeFile(target, '');
    await written(path, A);
    await written(path, A, B);
    expect([(await lstat(path)).isSymbolicLink(), await holds(target), await besides(target)]).toEqual([
      true,
      [A, B],
      [],
    ]);
  });

  it('M3 what a kill has left of one that was being written anew is swept, and what fails leaves nothing', async () => {
    const path = await place();
    await writeFile(`${path}.tmp-0123456789ab`, 'half');
    const { host, store } = await opened(path);
    expect(await besides(path)).toEqual([]);
    await mkdir(`${path}/in-its-way`, { recursive: true });
    store.append(host.hold(A));
    await expect(store.compact()).rejects.toThrow('EISDIR');
    expect(await besides(path)).toEqual([]);
  });

  it.each([[{}], [{ path: '' }], [{ path: 'a\0b' }], [{ path: 'a', names: 1 }], [undefined]])(
    'options %j are refused',
    (options) => {
      expect(() => new FileStore(options as FileStoreOptions)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION' }),
      );
    },
  );
});

describe('what is wrong with a file', () => {
  it('M3 empty: it begins, and says nothing', async () => {
    const path = await place();
    await writeFile(path, '');
    await written(path, A);
    expect([await holds(path), await besides(path)]).toEqual([[A], []]);
  });

  it('M3 cut short: the last record is dropped alone, and the next is whole', async () => {
    const path = await place();
    await written(path, A, B, C);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, -20));
    const { host, store, read } = await opened(path);
    expect([read.length, host.told]).toEqual([2, ['cut-short']]);
    for (const one of [A, B]) host.hold(one);
    store.append(host.hold(goodOf('192.0.2.9')));
    await store.flush();
    expect(await readStateFile(path)).toMatchObject({ records: 3, problems: [{ code: 'broken-records' }] });
    expect((await readStateFile(path)).verdicts.map(({ address }) => address)).toEqual([
      A.address,
      B.address,
      '192.0.2.9',
    ]);
  });

  it.each([
    ['foreign', 'a letter to my aunt\nand more\n'],
    ['foreign', '{"dotscout":"verd'],
    ['foreign', `${'x'.repeat(600_000)}`],
    ['newer', '{"dotscout":"verdicts","version":2}\n{"future":true}\n'],
  ])('M3 %s: it is set aside whole, and we begin anew', async (code, text) => {
    const path = await place();
    await writeFile(path, text);
    const { host, store, read } = await opened(path);
    expect([read, host.told]).toEqual([[], [code]]);
    store.append(host.hold(A));
    await store.flush();
    const [aside = ''] = await besides(path);
    expect([await holds(path), await readFile(`${dirname(path)}/${aside}`, 'utf8')]).toEqual([[A], text]);
  });

  it.each([
    ['another octet', (line: string) => line.replace('good', 'goof')],
    ['no JSON', () => '{nonsense}'],
    ['no checksum', (line: string) => `${line.slice(0, line.indexOf(',"crc"'))}}`],
    ['a line without end', () => 'z'.repeat(700_000)],
  ])('M3 one broken line, %s: the others are kept, and the file is set aside', async (_, breaking) => {
    const path = await place();
    await written(path, A, B, C);
    const lines = (await readFile(path, 'utf8')).split('\n');
    lines[1] = breaking(lines[1] ?? '');
    await writeFile(path, lines.join('\n'));
    const { host, store, read } = await opened(path);
    expect([read, host.told]).toEqual([[B, C].map((one) => expect.objectContaining(one)), ['broken-records']]);
    for (const one of [B, C]) host.hold(one);
    await store.compact();
    const [aside = ''] = await besides(path);
    expect(await readFile(`${dirname(path)}/${aside}`, 'utf8')).toBe(lines.join('\n'));
    expect(await readStateFile(path)).toMatchObject({ records: 2, problems: [] });
  });

  it('M3 broken again and again: four such files are kept, the newest', async () => {
    const path = await place();
    for (let time = 0; time < 6; time++) {
      await writeFile(path, `foreign ${time}\n`);
      const host = new Host();
      await host.clock.advance(time * 1_000);
      const store = new FileStore({ path });
      await store.open(host);
      await store.close();
    }
    const texts = (await besides(path)).map((name) => readFile(`${dirname(path)}/${name}`, 'utf8'));
    expect(await Promise.all(texts)).toEqual([2, 3, 4, 5].map((time) => `foreign ${time}\n`));
  });

  it('M3 a directory in its place: it begins, and touches nothing', async () => {
    const path = await place();
    await mkdir(path);
    const { host, store, read } = await opened(path);
    store.append(host.hold(A));
    await expect(store.flush()).rejects.toThrow('neither read');
    expect([read, host.told, (await stat(path)).isDirectory()]).toEqual([[], ['unreadable'], true]);
  });

  it('M3 no such directory: it begins, says so once, and writes once there is one', async () => {
    const path = `${await place()}/deeper/verdicts`;
    const { host, store } = await opened(path);
    store.append(host.hold(A));
    await expect(store.flush()).rejects.toThrow();
    await mkdir(dirname(path), { recursive: true });
    await host.clock.advance(6_000);
    await expect.poll(() => holds(path), { timeout: 5_000 }).toEqual([A]);
    expect(host.told).toEqual(['unwritable', 'recovered']);
  });
});

describe('one writer', () => {
  it('M7 the second is told, reads, and writes nothing until the first has gone', async () => {
    const path = await place();
    const first = await opened(path);
    first.store.append(first.host.hold(A));
    await first.store.flush();
    const second = await opened(path);
    expect([second.read.length, second.host.told]).toEqual([1, ['locked']]);
    second.host.hold(A);
    second.store.append(second.host.hold(B));
    await expect(second.store.flush()).rejects.toThrow('another process');
    first.store.append(first.host.hold(C));
    await first.store.close();
    expect(await holds(path)).toEqual([A, C]);
    await second.host.clock.advance(6_000);
    await expect.poll(() => second.host.told, { timeout: 5_000 }).toEqual(['locked', 'recovered']);
    expect([second.host.hints.map(({ address }) => address), await holds(path)]).toEqual([
      [A, C].map(({ address }) => address),
      [A, B],
    ]);
  });

  it('M7 a lock of a process that is no more is nobody’s, nor one without a sign of life', async () => {
    const path = await place();
    const { host } = await opened(path);
    const lock = JSON.parse(await readFile(`${path}.lock`, 'utf8'));
    for (const [text, old] of [
      [JSON.stringify({ ...lock, pid: 2 ** 22 + 1 }), false],
      [JSON.stringify({ ...lock, began: 'long ago' }), false],
      [JSON.stringify({ ...lock, host: 'elsewhere' }), true],
      ['', true],
    ] as const) {
      const other = await place();
      await writeFile(`${other}.lock`, text);
      if (old) await utimes(`${other}.lock`, 0, 0);
      expect((await opened(other)).host.told).toEqual([]);
    }
    const busy = await place();
    await writeFile(`${busy}.lock`, JSON.stringify({ ...lock, host: 'elsewhere' }));
    expect((await opened(busy)).host.told).toEqual(['locked']);
    expect(host.told).toEqual([]);
  });

  it('M7 who was stopped for so long that another writes now, writes no more', async () => {
    const path = await place();
    const { host, store } = await opened(path);
    await rm(`${path}.lock`);
    await writeFile(`${path}.lock`, JSON.stringify({ host: 'elsewhere' }));
    await host.clock.advance(6_000);
    await expect.poll(() => host.told, { timeout: 5_000 }).toEqual(['locked']);
    store.append(host.hold(A));
    await expect(store.flush()).rejects.toThrow('another process');
    await store.close();
    expect(await readFile(`${path}.lock`, 'utf8')).toContain('elsewhere');
  });
});

describe('a tool that looks on', () => {
  it('reads while it is written, and says what is wrong', async () => {
    const path = await place();
    expect(await readStateFile(path)).toMatchObject({ verdicts: [], problems: [{ code: 'absent' }] });
    const { host, store } = await opened(path);
    store.append(host.hold(A));
    await store.flush();
    expect(await readStateFile(path)).toMatchObject({ verdicts: [A], records: 1, problems: [] });
  });
});
