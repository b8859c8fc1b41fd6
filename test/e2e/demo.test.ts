import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { transpile } from '../support/transpiled.js';

let main: string;
const run = promisify(execFile);

/** How the demo ended, and what it wrote. */
async function demo(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [main, ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

const KEYS = [
  ...['servers', 'capable', 'queries', 'failedQueries', 'good', 'bad', 'busy', 'unknown', 'dotShareOfCapable'],
  ...['clearToGood', 'probes', 'maxProbesPerServer', 'p50Ms', 'p99Ms'],
];

describe('npm run demo', () => {
  beforeAll(async () => {
    main = await transpile('demo');
  });

  test.each(['embedded', 'real'])('--servers %s --json prints one object and nothing else', async (servers) => {
    const { code, stdout, stderr } = await demo('--servers', servers, '--queries', '300', '--seed', '7', '--json');
    expect(code, stderr).toBe(0);
    const summary: Record<string, unknown> = JSON.parse(stdout);
    expect(stdout).toBe(`${JSON.stringify(summary)}\n`);
    expect(Object.keys(summary)).toEqual(KEYS);
    expect(summary).toMatchObject({ queries: 300, failedQueries: 0, busy: 0, maxProbesPerServer: 1 });
    expect(Number(summary.servers)).toBeGreaterThanOrEqual(40);
    expect(Number(summary.good)).toBeGreaterThan(5);
    expect(Number(summary.good)).toBeLessThanOrEqual(Number(summary.capable));
    expect(stderr).toContain('/300 queries');
  });

  test('for people it ends with a summary and what it had to show', async () => {
    const { code, stdout } = await demo('--queries', '100');
    expect(code).toBe(0);
    expect(stdout).toContain('unknown → good, probe-success');
    expect(stdout).toMatch(/^queries +100, failed 0$/m);
    expect(stdout).toMatch(/^ {2}met +no query failed$/m);
    expect(stdout).toMatch(/npm run site -- --open, then Playground\n$/);
  });

  test.each([['--queries', '0'], ['--servers', 'imaginary'], ['--seed', '-1'], ['--nonsense'], ['word']])(
    'refuses %s %s with exit status 2',
    async (...args) => {
      const { code, stdout, stderr } = await demo(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('Usage:');
    },
  );

  test('takes its servers with it when it is interrupted', async () => {
    const child = spawn(process.execPath, [main, '--json'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise<number | null>((settle) => child.once('close', settle));
    await new Promise<void>((settle) => {
      let told = '';
      child.stderr.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (told.includes('/5000 queries')) settle();
      });
    });
    child.kill('SIGINT');
    // `close` comes when nobody holds the pipe any more: the servers' process has it too.
    expect(await ended).toBe(130);
  });
});
