import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { LogWriter, readLog } from '../../simulate/log-file.js';
import type { LogLine } from '../../src/testing/simulation/log-writer.js';

const folder = mkdtempSync(join(tmpdir(), 'dotscout-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('reads what it has written, whatever the length', async () => {
  const lines = Array.from({ length: 10_001 }, (_, at): LogLine => {
    return { type: 'queries', at, endpoint: at % 7, count: 1, way: 'do53', why: '“in clear”\n' };
  });
  lines.push({ type: 'queries', at: 1, endpoint: -1, count: 1, way: 'do53', why: 'unknown' });
  lines.push({ type: 'capable', at: 1.5, endpoint: 0, capable: false });
  lines.push({ type: 'verdict', at: 2, endpoint: 0, verdict: 'good' }, { type: 'probe', at: 3, endpoint: 0, ms: 0.25 });
  const path = join(folder, 'log');
  writeFileSync(path, 'what was there before');
  const writer = new LogWriter(path);
  for (const line of lines) writer.write(line);
  writer.close();
  expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(lines.length + 1);
  expect(await linesOf(path)).toEqual(lines);
});

async function linesOf(path: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for await (const line of readLog(path)) lines.push(line);
  return lines;
}

const SOUND = '{"type":"probe","at":1,"endpoint":2,"ms":3}';

it.each([
  ['', ''],
  ['{', '{'],
  ['null', 'null'],
  ['{"type":"probe","at":1,"endpoint":2}', 'no time'],
  ['{"type":"probe","at":-1,"endpoint":2,"ms":3}', 'a time before'],
  ['{"type":"probe","at":1,"endpoint":0.5,"ms":3}', 'half an endpoint'],
  ['{"type":"verdict","at":1,"endpoint":2,"verdict":"Good"}', 'another verdict'],
  ['{"type":"capable","at":1,"endpoint":2,"capable":1}', 'a number'],
  ['{"type":"queries","at":1,"endpoint":2,"count":1,"way":"doq","why":""}', 'another way'],
  ['{"type":"queries","at":1,"endpoint":2,"count":"1","way":"dot","why":""}', 'a text for a number'],
  ['{"type":"what","at":1,"endpoint":2}', 'another type'],
])('names the line that is none of a log’s: %s', async (text) => {
  const path = join(folder, 'broken');
  writeFileSync(path, `${SOUND}\n${text}\n${SOUND}\n`);
  await expect(linesOf(path)).rejects.toThrow(`${path}, line 2 is no line of a log: ${text}`);
});

it('says that there is no file', async () => {
  await expect(linesOf(join(folder, 'none'))).rejects.toThrow('ENOENT');
});
