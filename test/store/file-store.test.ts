import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import {
  chmod,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, relative } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TransportSelector } from '../../src/index.js';
import { rewriteInPlace } from '../../src/store/file/rewrite-in-place.js';
import {
  FileStore,
  type FileStoreOptions,
  readStateFile,
  type Store,
  type StoredVerdict,
} from '../../src/store/index.js';
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

  it('keeps the endpoints of one address apart, the later record of each', async () => {
    const path = await place();
    const ports = [A, { ...A, port: 8_853 }, { ...A, transport: 'doq' }, { ...A, localAddress: '192.0.2.200' }];
    await written(path, ...ports, ...ports.map((one) => ({ ...one, leftMs: 5_000 })), { ...A, verdict: 'absent' });
    expect(await holds(path)).toEqual(ports.slice(1).map((one) => ({ ...one, leftMs: 5_000 })));
  });

  it('M3 what a host’s own store makes of its verdicts is read again: what is none is left out', async () => {
    const path = await place();
    await written(path, A, C);
    const file = new FileStore({ path });
    const store: Store = {
      open: async (host) => {
        const read = (await file.open(host)) as StoredVerdict[];
        return read.map((verdict, at) => (at === 0 ? ({ ...verdict, address: 'x' } as StoredVerdict) : verdict));
      },
      append: (verdict) => file.append(verdict),
      compact: () => file.compact(),
      flush: () => file.flush(),
      close: () => file.close(),
    };
    const selector = await TransportSelector.open({ store });
    onTestFinished(() => selector.close());
    expect(selector.metrics().hostErrors).toEqual({ store: 1 });
  });

  it('is nobody else’s to read, whoever could before', async () => {
    const path = await place();
    await written(path, A);
    await chmod(path, 0o644);
    await written(path, B);
    expect([(await stat(path)).mode & 0o777, await besides(path)]).toEqual([0o600, []]);
  });

  it('M3 octets beyond ASCII are read as they were written, wherever a piece of the file ends', async () => {
    const path = await place();
    const { host, store } = await opened(path, { names: true });
    // Of lengths of their own, so that the pieces end within characters as well.
    const all = Array.from({ length: 4_000 }, (_, at) =>
      goodOf(`192.0.${at >> 8}.${at & 255}`, { zone: `${'ü€'.repeat(1 + (at % 97))}.` }),
    );
    for (const one of all) store.append(host.hold(one));
    await store.flush();
    expect(await readStateFile(path)).toMatchObject({ records: 4_000, problems: [] });
    expect(await holds(path)).toEqual(all);
  });

  it('the latest of each address, however great its first octet is and of either family', async () => {
    const path = await place();
    const all = ['1.2.3.4', '127.255.255.255', '128.0.0.0', '255.1.2.3', '2001:db8::1', 'fe80::1%eth0'].map((one) =>
      goodOf(one),
    );
    await written(path, ...all, ...all.map((one) => ({ ...one, leftMs: 5_000 })));
    expect(await holds(path)).toEqual(all.map((one) => ({ ...one, leftMs: 5_000 })));
    await written(path, ...all.map((one): StoredVerdict => ({ ...one, verdict: 'absent' })));
    expect(await holds(path)).toEqual([]);
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
    await expect(store.compact()).rejects.toThrow('neither read');
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
    await expect.poll(() => host.told).toEqual(['unwritable', 'recovered']);
  });
});

describe('the file under a running writer', () => {
  type Change = (path: string) => Promise<unknown>;
  const changes: readonly [string, Change][] = [
    ['removed', (path) => rm(path)],
    ['moved away', (path) => rename(path, `${path}.1`)],
    ['emptied', (path) => truncate(path, 0)],
    ['cut short', (path) => truncate(path, 100)],
    [
      'replaced by an older copy',
      async (path) => {
        await rm(path);
        await copyFile(`${path}.old`, path);
      },
    ],
    ['overwritten with an older copy', (path) => copyFile(`${path}.old`, path)],
    ['replaced by a letter', (path) => writeFile(path, 'a letter to my aunt\n')],
  ];

  /** A store that has written A, then A and B, whose file then meets with something. */
  async function changed(change: Change) {
    const path = await place();
    const { host, store } = await opened(path);
    store.append(host.hold(A));
    await store.flush();
    await copyFile(path, `${path}.old`);
    store.append(host.hold(B));
    await store.flush();
    await change(path);
    return { path, host, store };
  }

  it.each(changes)('M8 %s: flush means what it says, and tells', async (_, change) => {
    const { path, host, store } = await changed(change);
    await store.flush();
    expect([await holds(path), host.told.includes('replaced')]).toEqual([[A, B], true]);
    store.append(host.hold(C));
    await store.flush();
    expect([await holds(path), host.told.filter((code) => code === 'replaced')]).toEqual([[A, B, C], ['replaced']]);
  });

  it.each(changes)('M8 %s: noticed within 5 s, though nothing changes', async (_, change) => {
    const { path, host } = await changed(change);
    await host.clock.advance(5_000);
    await expect.poll(() => holds(path), { timeout: 5_000 }).toEqual([A, B]);
    expect(host.told).toContain('replaced');
  });

  it('M8 what a restored file holds beyond is hearsay; nothing that was put there is lost', async () => {
    const [path, other] = [await place(), await place()];
    await written(other, C);
    const { host, store } = await opened(path);
    store.append(host.hold(A));
    await store.flush();
    await rename(other, path);
    await store.flush();
    expect([host.hints.map(({ address }) => address), await holds(path)]).toEqual([[C.address], [A]]);
    await writeFile(path, 'a letter to my aunt\n');
    await store.flush();
    const [aside = ''] = await besides(path);
    expect([host.told, await readFile(`${dirname(path)}/${aside}`, 'utf8')]).toEqual([
      ['replaced', 'replaced', 'foreign'],
      'a letter to my aunt\n',
    ]);
  });

  it('M8 the lock removed with the file: written anew, and still ours', async () => {
    const { path, host, store } = await changed(async (path) => {
      await rm(path);
      await rm(`${path}.lock`);
    });
    await host.clock.advance(5_000);
    await expect.poll(() => holds(path), { timeout: 5_000 }).toEqual([A, B]);
    await store.flush();
    expect([host.told, (await opened(path)).host.told]).toEqual([['replaced'], ['locked']]);
  });

  it('M9 a link to a file that is not there yet: made where the link points', async () => {
    const [path, target] = [await place(), await place()];
    await symlink(relative(dirname(path), target), path);
    await written(path, A);
    expect([(await lstat(path)).isSymbolicLink(), await holds(target)]).toEqual([true, [A]]);
    await writeFile(target, 'a letter to my aunt\n');
    await written(path, B);
    expect([(await lstat(path)).isSymbolicLink(), await holds(target)]).toEqual([true, [B]]);
    expect((await besides(target)).length).toBe(1);
  });

  it.each([
    ['a pipe', (path: string) => promisify(execFile)('mkfifo', [path])],
    ['a directory', (path: string) => mkdir(path)],
  ])('%s in its place: refused with a code, waits for nobody, and is left once it is gone', async (_, make) => {
    const path = await place();
    await make(path);
    const { host, store, read } = await opened(path);
    store.append(host.hold(A));
    await expect(store.flush()).rejects.toThrow('neither read');
    expect([read, host.told]).toEqual([[], ['unreadable']]);
    expect((await readStateFile(path)).problems).toMatchObject([{ code: 'unreadable' }]);
    await rm(path, { recursive: true });
    await store.flush();
    expect([await holds(path), host.told]).toEqual([[A], ['unreadable', 'recovered']]);
  });
});

describe('written in place', () => {
  const HEADER = '{"dotscout":"verdicts","version":1}\n';
  const lines = (count: number, letter: string) =>
    Array.from({ length: count }, (_, index) => `${letter}${index} ${letter.repeat(300)}\n`);
  async function* inSlices(all: readonly string[]): AsyncIterableIterator<string> {
    for (let from = 0; from < all.length; from += 100) yield all.slice(from, from + 100).join('');
  }

  it.each([
    ['longer than', 300, 3_000],
    ['much longer than', 0, 5_000],
    ['shorter than', 3_000, 300],
    ['as long as', 1_000, 1_000],
    ['nothing in place of', 1_000, 0],
  ])(
    'M9 %s what was there: every new record stands whole at any moment, and nothing else in the end',
    async (_, before, after) => {
      const path = await place();
      const [old, fresh] = [lines(before, 'o'), lines(after, 'n')];
      await writeFile(path, HEADER + old.join(''));
      const { ino } = await stat(path);
      // What a kill would leave: the file after each write.
      const opened = await open(path, 'r');
      await opened.close();
      const handles = Object.getPrototypeOf(opened);
      const moments: string[] = [];
      let isSafe = false;
      for (const method of ['write', 'datasync', 'truncate'] as const) {
        const real = handles[method];
        vi.spyOn(handles, method).mockImplementation(async function (this: unknown, ...args: unknown[]) {
          const done = await real.apply(this, args);
          if (method === 'datasync') isSafe = true;
          moments.push(`${isSafe ? 'new' : 'old'} ${readFileSync(path, 'utf8')}`);
          return done;
        });
      }
      onTestFinished(() => void vi.restoreAllMocks());
      await rewriteInPlace(path, HEADER, inSlices(fresh));
      vi.restoreAllMocks();
      for (const moment of moments) {
        const there = new Set(moment.slice(4).split('\n'));
        expect(moment.slice(4).startsWith(HEADER)).toBe(true);
        const kept = moment.startsWith('new') ? fresh : old;
        expect(kept.filter((line) => !there.has(line.slice(0, -1)))).toEqual([]);
      }
      expect(moments.length).toBeGreaterThan(3);
      expect([await readFile(path, 'utf8'), (await stat(path)).ino]).toEqual([HEADER + fresh.join(''), ino]);
    },
  );

  it('M9 what is not ours is thrown away, and what fails leaves the old', async () => {
    const path = await place();
    await writeFile(path, 'a letter\n');
    await rewriteInPlace(path, HEADER, inSlices(lines(2, 'n')));
    expect(await readFile(path, 'utf8')).toBe(HEADER + lines(2, 'n').join(''));
    async function* failing(): AsyncIterableIterator<string> {
      yield* lines(1_000, 'x');
      throw new Error('no room');
    }
    await expect(rewriteInPlace(path, HEADER, failing())).rejects.toThrow('no room');
    expect(await readFile(path, 'utf8')).toBe(HEADER + lines(2, 'n').join(''));
  });
});

describe('one writer', () => {
  it('M10 a living writer in another pid namespace, with the same host’s name: the second is told', async () => {
    const first = await place();
    await opened(first);
    const lock = JSON.parse(await readFile(`${first}.lock`, 'utf8'));
    // What is number 1 there is another here, or nobody.
    for (const pid of [1, process.pid, 2 ** 22 + 1]) {
      const path = await place();
      const text = JSON.stringify({ ...lock, pids: 'pid:[1]', pid, began: '7' });
      await writeFile(`${path}.lock`, text);
      const { host } = await opened(path);
      expect([host.told, await readFile(`${path}.lock`, 'utf8')]).toEqual([['locked'], text]);
      await utimes(`${path}.lock`, 0, 0);
      await host.clock.advance(5_000);
      await expect.poll(() => host.told, { timeout: 5_000 }).toEqual(['locked', 'recovered']);
    }
  });

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

describe('trouble with the lock', () => {
  it('M7 our own lock that could not be read for a moment: said so, and ours again at the next beat', async () => {
    const path = await place();
    const { host, store } = await opened(path);
    const [lock, away] = [`${path}.lock`, `${path}.away`];
    await rename(lock, away);
    // What cannot be read: as where the disk fails, or no more files may be opened.
    await mkdir(lock);
    await host.clock.advance(5_000);
    await expect.poll(() => host.told, { timeout: 5_000 }).toEqual(['unwritable']);
    store.append(host.hold(A));
    await expect(store.flush()).rejects.toThrow('cannot be written');
    await rm(lock, { recursive: true });
    await rename(away, lock);
    await host.clock.advance(5_000);
    await expect.poll(() => host.told, { timeout: 5_000 }).toEqual(['unwritable', 'recovered']);
    await store.flush();
    expect(await holds(path)).toEqual([A]);
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
