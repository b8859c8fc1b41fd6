// The README's first program as it stands there, but for the server's place, with NSD for the server.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'node:util';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startNsd } from '../support/servers.js';

const ZONE = '$ORIGIN example.org.\n$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.1\n';

it('the first program: two queries in clear text, one probe, then encrypted', async () => {
  const server = await startNsd({ zones: { 'example.org': ZONE } });
  onTestFinished(() => server.stop());
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, program = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  const shown = "servers: ['9.9.9.9']";
  expect(program.split(shown)).toHaveLength(2);
  const place = `servers: ['${server.address}:${server.port}'], dotPort: ${server.dotPort}`;
  const file = join(import.meta.dirname, 'first-program.js');
  writeFileSync(file, program.replace(shown, place));
  onTestFinished(() => rmSync(file));

  const printed: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((...args) => void printed.push(format(...args)));
  onTestFinished(() => log.mockRestore());
  await import(file);
  expect(printed).toEqual([...Array(3).fill("[ '192.0.2.1' ]"), '{ do53: 2, dot: 1 }']);
});
