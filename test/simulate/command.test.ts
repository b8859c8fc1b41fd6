import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transpile } from '../support/transpiled.js';

let main: string;
const SMALL = ['--servers', '30', '--qps', '5', '--hours', '2'];
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'dotscout-'));
const inFolder = (name: string) => join(folder, name);

/** How the command ended, and what it wrote. */
async function simulate(...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  try {
    return { code: 0, ...(await run(process.execPath, [main, ...args])) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

describe('npm run simulate', () => {
  beforeAll(async () => {
    main = await transpile('simulate');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('prints a table, and nothing to stderr where that is no terminal', async () => {
    const { code, stdout, stderr } = await simulate(...SMALL);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Fleet 2030: 30 servers, 5 queries a second, 2 hours, seed 1\.$/m);
    expect(stdout).toMatch(/^failed queries +\d/m);
  });

  it('--json prints an object a policy, each on its line; the same seed brings the same', async () => {
    const args = [...SMALL, '--seed', '7', '--policy', 'default,eager', '--json'];
    const [first, second] = await Promise.all([simulate(...args), simulate(...args)]);
    expect(first.code, first.stderr).toBe(0);
    const summaries = first.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(summaries.map(({ policy, seed }) => [policy, seed])).toEqual([...[['default', 7]], ['eager', 7]]);
    const withoutTime = (text: string) => text.replaceAll(/"wallSeconds":[\d.]+/g, '');
    expect(withoutTime(second.stdout)).toBe(withoutTime(first.stdout));
  });

  it('writes CSV, a page and a log, and counts the log again', async () => {
    const files = ['--csv', inFolder('csv'), '--html', inFolder('html'), '--log', inFolder('log')];
    const { code, stdout, stderr } = await simulate(...SMALL, '--json', ...files);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('agrees to the last query');
    const { queries, probes, clearToGood } = JSON.parse(stdout);
    const replayed = await simulate('--replay', inFolder('log'));
    expect(JSON.parse(replayed.stdout)).toMatchObject({ queries, probes, clearToGood });
    expect(readFileSync(inFolder('csv'), 'utf8')).toMatch(/^policy,fleet,hour,/);
    expect(readFileSync(inFolder('html'), 'utf8')).toMatch(/^<!doctype html>/);
  });

  it('takes a fleet from a file', async () => {
    writeFileSync(inFolder('mine.json'), JSON.stringify({ name: 'mine', mix: { good13: 1, refuse: 1 } }));
    const { code, stdout, stderr } = await simulate(...SMALL, '--fleet', inFolder('mine.json'), '--json');
    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ fleet: 'mine', endpoints: 60 });
  });

  it.each([
    [['--qps', 'many'], /--qps is 'many'/],
    [['--fleet', 'imaginary'], /--fleet is 'imaginary', neither 2026, 2030, hostile, crowded nor a file/],
    [['--fleet', 'LICENSE'], /nor a file that holds a fleet: .*JSON/],
    [['--fleet', 'package.json'], /nor a file that holds a fleet: .*one of name, mix/],
  ])('refuses %j with exit status 2', async (args, message) => {
    const { code, stdout, stderr } = await simulate(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toContain('Usage:');
  });

  it.each([
    [['--html', '/nowhere/page.html'], /nowhere/],
    [['--replay', 'LICENSE'], /LICENSE, line 1 is no line of a log/],
  ])('fails with exit status 1, and says why: %j', async (args, message) => {
    const { code, stdout, stderr } = await simulate(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(message);
  });

  it('--help says how it is used', async () => {
    const { code, stdout } = await simulate('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: npm run simulate/);
  });

  it('ends without a word when its reader has gone', async () => {
    const child = spawn(process.execPath, [main, ...SMALL, '--policy', 'default,eager', '--json']);
    child.stdout.destroy();
    const told: string[] = [];
    child.stderr.on('data', (text) => told.push(String(text)));
    const code = await new Promise((done) => child.once('close', done));
    expect({ code, told }).toEqual({ code: 141, told: [] });
  });

  it('ends at once when it is interrupted', async () => {
    const child = spawn(process.execPath, [main, '--hours', '8760', '--log', inFolder('long')]);
    await begun(inFolder('long'));
    child.kill('SIGINT');
    const signal = await new Promise((done) => child.once('close', (_, by) => done(by)));
    expect(signal).toBe('SIGINT');
  });
});

/** Resolves when the simulation is on its way: the log has lines. */
async function begun(log: string): Promise<void> {
  const size = () => {
    try {
      return readFileSync(log).length;
    } catch {
      return 0;
    }
  };
  await expect.poll(size, { timeout: 60_000, interval: 50 }).toBeGreaterThan(0);
}
