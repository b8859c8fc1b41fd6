import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readArguments } from '../../packages/dot-conformance/src/arguments.js';
import { assignmentOf, isAtBar } from '../../packages/dot-conformance/src/program.js';
import type { Sheet } from '../../packages/dot-conformance/src/report/result.js';
import { anyCommand } from '../../packages/dot-conformance/src/resolvers/command.js';
import { CATALOGUE } from '../../packages/dot-conformance/src/sheet/catalogue.js';
import type { Verdict } from '../../packages/dot-conformance/src/sheet/verdict.js';
import { ArgumentError } from '../../tools/arguments.js';
import { NotInstalled } from '../../tools/place.js';

function sheetOf(...verdicts: readonly Verdict[]): Sheet {
  const results = verdicts.map((verdict, index) => ({ id: `Q${index}`, verdict, measured: [], tries: 1 }));
  return { resolver: 'ours', title: 'Ours', seconds: 1, results };
}

describe('the command dot-conformance', () => {
  it('reads its arguments', () => {
    expect(readArguments([])).toMatchObject({ resolvers: ['dotscout', 'powerdns'], rttMs: 20, quick: false });
    expect(readArguments(['--command', 'x', '--bar', 'command=3'])).toMatchObject({ resolvers: [], command: 'x' });
    expect(readArguments(['--bar', 'ours=3']).bars).toEqual(new Map([['ours', 3]]));
    const incomplete = ['--quick', '--only=Q1', '--rtt=50'].map((part) => ['--write', 'docs', part]);
    for (const wrong of [['--bar', 'ours'], ['--config', 'x'], ['--rtt', '-1'], ['--fast'], ...incomplete]) {
      expect(() => readArguments(wrong)).toThrow(ArgumentError);
    }
  });

  it('finds the scenarios and resolvers that are meant, and refuses what there is not', () => {
    const quick = assignmentOf(readArguments(['--quick'])).scenarios;
    expect(quick.length).toBeGreaterThan(10);
    expect(quick.length).toBeLessThan(CATALOGUE.length);
    const only = assignmentOf(readArguments(['--only', 'Q2,S1', '--only', 'M4']));
    expect(new Set(only.scenarios.map(({ id }) => id.replace(/[a-z]$/, '')))).toContain('M4');
    expect(only.scenarios.map(({ id }) => id)).toContain('S1');
    expect(only.scenarios.every(({ id }) => /^(Q2|S1|M4)/.test(id))).toBe(true);
    for (const wrong of [
      ['--only', 'Z1'],
      ['--resolver', 'x'],
      ['--bar', 'x=1'],
      ['--command', 'x', '--config', '/none'],
    ]) {
      expect(() => assignmentOf(readArguments(wrong))).toThrow(ArgumentError);
    }
  });

  it('takes resolvers from the tree of another system, where one is named', async () => {
    const next = { resolvers: ['dotscout', 'powerdns', 'powerdns-next', 'dnsdist'], root: '/' };
    expect(readArguments(['--root', '/'])).toMatchObject(next);
    expect(() => assignmentOf(readArguments(['--root', '/nowhere']))).toThrow(/no system/);
    const [unnamed] = assignmentOf(readArguments(['--resolver', 'powerdns-next'])).adapters;
    await expect(unnamed?.find()).rejects.toThrow(NotInstalled);
    const root = mkdtempSync(join(tmpdir(), 'conformance-'));
    onTestFinished(() => rmSync(root, { recursive: true }));
    mkdirSync(join(root, 'usr'));
    for (const adapter of assignmentOf(readArguments(['--root', root])).adapters.slice(2)) {
      await expect(adapter.find()).rejects.toThrow('not installed there');
    }
  });

  it('without a bar no scenario may fail; with one, that resolver may not leave more than so many unpassed', () => {
    expect(isAtBar(sheetOf('pass', 'not run', 'not applicable'), new Map())).toBe(true);
    expect(isAtBar(sheetOf('pass', 'fail'), new Map())).toBe(false);
    expect(isAtBar(sheetOf('pass', 'fail', 'not run'), new Map([['ours', 2]]))).toBe(true);
    expect(isAtBar(sheetOf('pass', 'fail', 'not run'), new Map([['ours', 1]]))).toBe(false);
    expect(isAtBar(sheetOf('fail'), new Map([['theirs', 0]]))).toBe(true);
  });

  it('fills a command’s templates', async () => {
    const configuration = 'listen {address}:{port}\nhints {hints}\nother {braces} {encryption}\n';
    const adapter = anyCommand({ name: 'mine', command: 'resolver -c {config}', configuration });
    const { plan, alwaysEncrypts } = await adapter.find();
    expect(alwaysEncrypts).toBe(false);
    const site = {
      address: '10.98.0.1',
      port: 53,
      directory: '/tmp/x',
      root: '10.53.0.1',
      servers: '10.53.0.0/16',
      forwardTo: [],
      encrypts: false,
    };
    const { command, files } = plan(site);
    expect(command).toEqual(['resolver', '-c', '/tmp/x/resolver.conf']);
    expect(files['resolver.conf']).toBe('listen 10.98.0.1:53\nhints /tmp/x/root.hints\nother {braces} off\n');
    expect(files['root.hints']).toContain('10.53.0.1');
  });
});
