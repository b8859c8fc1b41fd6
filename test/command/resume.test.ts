import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ProbeRecord, unprobed } from '../../packages/dotscout-cli/src/look/record.js';
import { FileSink } from '../../packages/dotscout-cli/src/scan/file-sink.js';
import { type Format, parseLine } from '../../packages/dotscout-cli/src/scan/format.js';
import { readDone } from '../../packages/dotscout-cli/src/scan/resume.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dotscout-'));
  path = join(folder, 'results');
});
afterEach(() => rmSync(folder, { recursive: true }));

const GOOD: ProbeRecord = {
  ...unprobed({ address: '192.0.2.1', port: 853, name: null }, 'guard'),
  ...{
    verdict: 'good',
    kind: null,
    tls: 'TLSv1.3',
    alpn: 'dot',
    authorized: true,
    spki: 'ab+/=',
    connectMs: 1.5,
    rcode: 0,
  },
};
const recordOf = (address: string, name: string | null = null): ProbeRecord => ({ ...GOOD, address, name });
const line = (number: number, text: string) => ({ number, text, octets: text.length + 1 });

function write(format: Format, lines: readonly (readonly [number, ...ProbeRecord[]])[]): void {
  const sink = new FileSink(path, format, false);
  for (const [number, ...records] of lines) sink.write(records, number);
  sink.close();
}

/** What is done, and how many records were found. */
async function done(format: Format) {
  const found: string[] = [];
  const lines = await readDone(path, format, ({ address }) => found.push(address ?? ''));
  return { has: (number: number, text: string) => lines.has(line(number, text)), found };
}

describe.each(['jsonl', 'csv'] as const)('%s', (format) => {
  it('what is written is read again, whatever the order', async () => {
    write(format, [
      [9, recordOf('192.0.2.9')],
      [2, recordOf('2001:db8::1', 'ns.example.net'), recordOf('192.0.2.2', 'ns.example.net')],
    ]);
    const { has, found } = await done(format);
    expect([has(9, '192.0.2.9'), has(2, 'ns.example.net'), has(3, '192.0.2.3')]).toEqual([true, true, false]);
    expect(found).toEqual(['192.0.2.9', '2001:db8::1', '192.0.2.2']);
  });

  it('half a line at the end goes, and the line before it, which may lack records, is probed again', async () => {
    write(format, [
      [1, recordOf('192.0.2.1')],
      [2, recordOf('192.0.2.2')],
      [3, recordOf('192.0.2.3')],
    ]);
    const whole = readFileSync(path).length;
    truncateSync(path, whole - 5);
    const { has } = await done(format);
    expect([has(1, '192.0.2.1'), has(2, '192.0.2.2'), has(3, '192.0.2.3')]).toEqual([true, false, false]);
    const sink = new FileSink(path, format, true);
    sink.write([recordOf('192.0.2.2')], 2);
    sink.close();
    const again = await done(format);
    expect(again.found).toEqual(['192.0.2.1', '192.0.2.2']);
  });

  it('a last line without its end is half a line', async () => {
    write(format, [
      [1, recordOf('192.0.2.1')],
      [2, recordOf('192.0.2.2')],
    ]);
    truncateSync(path, readFileSync(path).length - 1);
    expect((await done(format)).has(2, '192.0.2.2')).toBe(false);
  });

  it('cut anywhere at all, what stays is whole lines and the rest is probed again', async () => {
    write(format, [
      [1, recordOf('192.0.2.1')],
      [2, recordOf('192.0.2.2', 'a.test'), recordOf('192.0.2.3', 'a.test')],
    ]);
    const octets = readFileSync(path);
    for (let length = 0; length <= octets.length; length++) {
      writeFileSync(path, octets.subarray(0, length));
      const { found, has } = await done(format);
      expect(has(2, 'a.test'), `${length}`).toBe(found.length > 1);
      for (const text of readFileSync(path, 'utf8')
        .split('\n')
        .slice(format === 'csv' ? 1 : 0, -1))
        expect(parseLine(format, text)).toBeDefined();
    }
  });

  it('results of another input are refused', async () => {
    write(format, [[1, recordOf('192.0.2.1')]]);
    const { has } = await done(format);
    expect(() => has(1, '192.0.2.77')).toThrow('of another input: line 1 was 192.0.2.1, now 192.0.2.77');
  });

  it.each(['what is this\nmore\n', '{"line":1}\n{}\n', '\u0000\u0001\n\n'])(
    'a file that is not ours is refused: %j',
    async (text) => {
      writeFileSync(path, text);
      await expect(done(format)).rejects.toThrow(/line 1 is no result of a scan/);
      expect(readFileSync(path, 'latin1')).toBe(text);
    },
  );

  it('no file is an empty one', async () => {
    expect((await done(format)).found).toEqual([]);
  });
});

it('a number of a line that nobody can have is not remembered', async () => {
  write('jsonl', [
    [4_000_000_000, recordOf('192.0.2.1')],
    [1, recordOf('192.0.2.1')],
  ]);
  await expect(done('jsonl')).rejects.toThrow(/line 1 is no result/);
});

it('a folder cannot be gone on with', async () => {
  await expect(readDone(folder, 'jsonl', () => {})).rejects.toThrow(/is no file/);
});

it('results that are there are not written over', () => {
  writeFileSync(path, 'precious');
  expect(() => new FileSink(path, 'jsonl', false)).toThrow(/--resume goes on with it/);
  expect(readFileSync(path, 'utf8')).toBe('precious');
});
