// Each example by its documented command, as whoever has just cloned the repository gives it.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, '../..');
const document = readFileSync(resolve(ROOT, 'examples/README.md'), 'utf8');
const sessions = [...document.matchAll(/^```console\n\$ (.*)\n([\s\S]*?)^```/gm)];
/** The rest of the output is not written down. */
const AND_SO_ON = '…';

describe('examples/README.md', () => {
  it('shows each example that can be run', () => {
    const source = readFileSync(resolve(ROOT, 'examples/run.ts'), 'utf8');
    const names = [...source.matchAll(/^ {2}'?([\w-]+)'?: \(\) => import/gm)].map(([, name]) => name);
    expect(sessions.map(([, command = '']) => command.split(' ').at(-1)).sort()).toEqual(names.sort());
  });

  it.each(sessions.map(([, command = '', output = '']) => ({ command, output })))(
    '$command',
    async ({ command, output }) => {
      const [program = '', ...args] = command.split(' ');
      const { stdout } = await run(program, args, { cwd: ROOT, timeout: 100_000 });
      const promised = output.trimEnd().split('\n');
      const printed = stdout.trimEnd().split('\n');
      if (promised.at(-1) === AND_SO_ON) {
        promised.pop();
        printed.splice(promised.length);
      }
      expect(printed).toEqual(promised);
    },
  );
});
