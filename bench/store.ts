import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../src/common/clock.js';
import { TransportSelector } from '../src/selector.js';
import { FileStore, type StoredVerdict } from '../src/store/index.js';
import { addressOf } from './addresses.js';
import { type Bench, type Measurement, progress } from './bench.js';
import { alternate } from './rounds.js';
import { compare } from './statistics.js';

const RECORDS = 100_000;
const ROUNDS = { quick: 5, full: 15 } as const;
const WARM_ROUNDS = 2;
const DAY = 86_400_000;

/** Loading 100,000 records: into a selector that can be asked, and out of the file alone, against `JSON.parse` of its lines. */
export const store: Bench = async (effort) => {
  progress(`${RECORDS} records`);
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-bench-'));
  try {
    const path = join(directory, 'verdicts');
    await write(path);
    const contestants = {
      selector: () => timed(() => openSelector(path)),
      file: () => timed(() => openFile(path)),
      parse: () => timed(() => parseLines(path)),
    };
    await alternate(contestants, WARM_ROUNDS);
    const { selector, file, parse } = await alternate(contestants, ROUNDS[effort]);
    const found: Measurement[] = [{ name: 'store.file', ...compare(file, parse) }];
    return [...found, { name: 'store.selector', ...compare(selector, parse) }];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

function verdictAt(index: number): StoredVerdict {
  const place = { address: addressOf(index), port: 853, transport: 'dot', savedAt: Date.now() };
  if (index % 100 === 0) {
    return { ...place, verdict: 'good', leftMs: 3 * DAY, refreshMs: 2 * DAY, heldMs: index, level: 0 };
  }
  const failed = { phase: 'connect', kind: 'silent', controlled: true, formerlyGood: false } as const;
  return { ...place, verdict: 'bad', leftMs: DAY, heldMs: index, ...failed, level: 0 };
}

function* verdicts(): IterableIterator<StoredVerdict> {
  for (let index = 0; index < RECORDS; index++) yield verdictAt(index);
}

const HOST = {
  clock: systemClock,
  verdicts,
  hint: () => undefined,
  tell: () => undefined,
  verdict: (): StoredVerdict => verdictAt(0),
};

async function write(path: string): Promise<void> {
  const written = new FileStore({ path });
  await written.open(HOST);
  await written.compact();
  await written.close();
}

async function openFile(path: string): Promise<() => Promise<void>> {
  const opened = new FileStore({ path });
  let count = 0;
  for (const _ of await opened.open(HOST)) count++;
  expectAll(count);
  return () => opened.close();
}

async function openSelector(path: string): Promise<() => Promise<void>> {
  const policy = { capacity: 2 * RECORDS, prefixShare: 1 };
  const guard = { admits: () => true };
  const selector = await TransportSelector.open({ store: new FileStore({ path }), policy, guard });
  const { good, bad } = selector.metrics().endpoints;
  expectAll(good + bad);
  return () => selector.close();
}

async function parseLines(path: string): Promise<() => Promise<void>> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  let count = -1;
  for (const line of lines) if (line !== '' && typeof JSON.parse(line) === 'object') count++;
  expectAll(count);
  return async () => undefined;
}

function expectAll(count: number): void {
  if (count !== RECORDS) throw new Error(`${count} records were read, of ${RECORDS}`);
}

/** In milliseconds, without what ends it. */
async function timed(open: () => Promise<() => Promise<void>>): Promise<number> {
  const startedAt = performance.now();
  const close = await open();
  const ms = performance.now() - startedAt;
  await close();
  return ms;
}
