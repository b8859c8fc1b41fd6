import { expect, it } from 'vitest';
import { type Line, numberedLines } from '../../packages/dotscout-cli/src/input/lines.js';
import { MAX_WAITING } from '../../packages/dotscout-cli/src/scan/scan.js';
import type { ScriptedProbe } from '../../src/testing/index.js';
import { pieces, scanOf } from './support.js';

/** Addresses in as many networks. */
const spread = (many: number) => Array.from({ length: many }, (_, at) => `10.${at >> 8}.${at & 255}.1`);
const linesFor = (texts: readonly string[]) => numberedLines(pieces(`${texts.join('\n')}\n`));

it('every address is probed once and told with its line; what is empty or a remark is left out', async () => {
  const { scan, clock, prober, written, bad, done } = scanOf({
    lines: linesFor(['10.0.0.1', '', '# remark', '10.0.0.300', '2001:DB8::1']),
    script: { '10.0.0.1': 'refused' },
  });
  const run = scan.run();
  await clock.advance(1_000);
  await run;
  expect(prober.calls).toHaveLength(2);
  expect(written.map(({ line, records }) => [line, records[0]?.address, records[0]?.verdict])).toEqual([
    [1, '10.0.0.1', 'bad'],
    [5, '2001:db8::1', 'good'],
  ]);
  expect(bad).toEqual([4]);
  expect(done.sort()).toEqual([1, 2, 3, 5]);
});

it('no more at once than asked for, but those that wait for silent servers give their slots to others', async () => {
  const silent = Object.fromEntries(spread(8).map((address) => [address, 'silent' as const]));
  const { scan, clock, prober, written } = scanOf({ lines: linesFor(spread(100)), script: silent, concurrency: 4 });
  const run = scan.run();
  await clock.advance(400);
  expect(scan.inFlight).toBe(4);
  expect(prober.calls).toHaveLength(4);
  await clock.advance(3_000);
  expect(written).toHaveLength(92);
  expect(scan.inFlight).toBe(8);
  await clock.advance(2_000);
  await run;
  expect(written).toHaveLength(100);
});

it('where all are silent, what waits has a bound too', async () => {
  const { scan, clock, abort } = scanOf({ lines: linesFor(spread(1_000)), otherwise: 'never', concurrency: 4 });
  const run = scan.run();
  run.catch(() => {});
  await clock.advance(60_000);
  expect(scan.inFlight).toBe(4 * 17);
  abort.abort();
});

it('an input without an end is read no further than there is room', async () => {
  let read = 0;
  async function* endless(): AsyncGenerator<readonly Line[]> {
    for (;;) {
      const lines = spread(1_000).map((text, at): Line => ({ number: read + at + 1, text, octets: 1 }));
      read += lines.length;
      yield lines;
    }
  }
  const { scan, clock } = scanOf({ lines: endless(), otherwise: 'never', concurrency: 1 });
  scan.run().catch(() => {});
  await clock.advance(10_000);
  expect(read).toBeLessThanOrEqual(MAX_WAITING + 2_000);
});

it('names of many addresses are asked about no further than there is room', async () => {
  let asked = 0;
  const addresses = spread(32);
  const { scan, clock, abort } = scanOf({
    lines: linesFor(Array.from({ length: 3_000 }, (_, at) => `ns${at}.example.net`)),
    addressesOf: () => {
      asked++;
      return addresses;
    },
    otherwise: 'never',
    concurrency: 1,
  });
  scan.run().catch(() => {});
  await clock.advance(5_000);
  expect(asked * 32).toBeGreaterThan(MAX_WAITING);
  expect(asked * 32).toBeLessThanOrEqual(MAX_WAITING + 65 * 32);
  abort.abort();
});

it('a name is written when all its addresses have been seen; one without any is told as such', async () => {
  const { scan, clock, written } = scanOf({
    lines: linesFor(['ns.example.net', 'gone.example.net', '10.0.0.1']),
    addressesOf: (name) => (name === 'ns.example.net' ? ['10.1.0.1', '2001:db8::1'] : []),
    script: { '2001:db8::1': 'silent' },
  });
  const run = scan.run();
  await clock.advance(1_000);
  expect(written.map(({ line }) => line).sort()).toEqual([2, 3]);
  expect(written[0]?.records).toMatchObject([{ address: null, verdict: 'unknown', kind: 'unresolved' }]);
  await clock.advance(4_000);
  await run;
  expect(written[2]?.records.map(({ address, name, verdict }) => [address, name, verdict])).toEqual([
    ['10.1.0.1', 'ns.example.net', 'good'],
    ['2001:db8::1', 'ns.example.net', 'bad'],
  ]);
});

/** As our prober does: given up, it settles and says so. */
const givenUp: ScriptedProbe = (_, { signal }) =>
  new Promise((resolve) => {
    const result = { evidence: { result: 'inconclusive', why: 'aborted' }, times: { total: 0 } } as const;
    signal.addEventListener('abort', () => resolve(result));
  });

it('an interruption ends what is in flight and writes nothing of it', async () => {
  const { scan, clock, written, abort } = scanOf({
    lines: linesFor(['10.0.0.1', '10.0.1.1', 'ns.example.net']),
    addressesOf: () => ['10.1.0.1', '10.2.0.1'],
    script: { '10.0.1.1': givenUp, '10.1.0.1': 'silent' },
  });
  const run = scan.run();
  await clock.advance(30);
  abort.abort();
  await clock.advance(30);
  await run;
  expect(written.map(({ line }) => line)).toEqual([1]);
});

it('lines that an earlier run was through with are not probed again', async () => {
  const { scan, clock, prober } = scanOf({ lines: linesFor(spread(5)), skips: ({ number }) => number !== 3 });
  const run = scan.run();
  await clock.advance(1_000);
  await run;
  expect(prober.calls.map(({ address }) => address)).toEqual(['10.0.2.1']);
});

it('a file that cannot be written ends it', async () => {
  const full = new Error('no space left');
  const { scan, clock, prober } = scanOf({
    lines: linesFor(spread(100)),
    sink: {
      write: () => {
        throw full;
      },
    },
  });
  const run = expect(scan.run()).rejects.toBe(full);
  await clock.advance(1_000);
  await run;
  expect(prober.calls.length).toBeLessThan(10);
});

it('an input that breaks off ends it', async () => {
  async function* broken(): AsyncGenerator<readonly Line[]> {
    yield [{ number: 1, text: '10.0.0.1', octets: 9 }];
    throw new Error('read failed');
  }
  const { scan, clock } = scanOf({ lines: broken() });
  const run = expect(scan.run()).rejects.toThrow('read failed');
  await clock.advance(1_000);
  await run;
});

it('a reader that lags makes probes wait, not memory grow', async () => {
  const { scan, clock, prober } = scanOf({
    lines: linesFor(spread(1_000)),
    sink: { write: () => new Promise<void>(() => {}) },
    concurrency: 4,
  });
  scan.run().catch(() => {});
  await clock.advance(300);
  expect(prober.calls).toHaveLength(4);
});

it('a prefix is probed address by address, and its line is done when all are', async () => {
  const asked: string[] = [];
  const { scan, clock, written, done } = scanOf({
    lines: linesFor(['10.0.0.0/30 # four', '10.0.1.1:8853']),
    otherwise: ({ endpoint: { address, port } }) => {
      asked.push(`${address}:${port}`);
      return { evidence: { result: 'success' }, times: { total: 1 } };
    },
  });
  const run = scan.run();
  await clock.advance(1_000);
  await run;
  expect(asked.sort()).toEqual(['10.0.0.0:853', '10.0.0.1:853', '10.0.0.2:853', '10.0.0.3:853', '10.0.1.1:8853']);
  expect(written.map(({ line, records }) => [line, records.length]).sort()).toEqual([
    [1, 4],
    [2, 1],
  ]);
  expect(done.sort()).toEqual([1, 2]);
});

it('a few octets that stand for a million addresses take no more room than others', async () => {
  const lines = linesFor(Array.from({ length: 250 }, (_, at) => `10.${at}.0.0/20`));
  const { scan, clock, abort } = scanOf({ lines, otherwise: 'never', concurrency: 1 });
  const run = scan.run();
  const before = process.memoryUsage().heapUsed;
  await clock.advance(1_000);
  // 250 prefixes are a million addresses, of 300 octets each at the very least; 24,000 of them may wait.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(150_000_000);
  expect(scan.brakes.current).toBe('--concurrency');
  abort.abort();
  run.catch(() => {});
});

it('a zone’s name servers are asked for that zone, a host for the options’', async () => {
  const zones: string[] = [];
  const { scan, clock } = scanOf({
    lines: linesFor(['1,example.org', 'ns.example.net']),
    addressesOf: () => ['10.0.0.1'],
    zones: ['example.org'],
    otherwise: ({ zone }) => {
      zones.push(zone);
      return { evidence: { result: 'success' }, times: { total: 1 } };
    },
  });
  const run = scan.run();
  await clock.advance(1_000);
  await run;
  expect(zones).toEqual(['example.org', '.']);
});

it.each([
  ['--rate', { rate: 1 }, {}],
  ['--prefix-rate', { rate: 10_000, prefixRate: 1 }, {}],
  ['--concurrency', { concurrency: 1 }, { otherwise: 'never' }],
] as const)('while it waits for %s, it says so', async (brake, options, script) => {
  const { scan, clock, abort } = scanOf({
    lines: linesFor(Array.from({ length: 200 }, (_, at) => `10.0.0.${at}`)),
    ...options,
    ...script,
  });
  const run = scan.run();
  await clock.advance(300);
  expect(scan.brakes.current).toBe(brake);
  abort.abort();
  await clock.advance(30);
  run.catch(() => {});
});
