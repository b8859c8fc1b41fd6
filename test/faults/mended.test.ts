import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { TransportError } from '../../src/common/errors.js';
import { DotExchange } from '../../src/transport/dot/exchange.js';
import { classifyError } from '../../src/transport/failure.js';
import { dotAt, never, openGuard, query } from '../transport/support.js';

test.each([
  ['2001:db8::53', 'unreachable'],
  ['192.0.2.53', 'local'],
])('P7 EACCES at connecting to %s: %s', (address, kind) => {
  const error = Object.assign(new Error('connect EACCES'), { code: 'EACCES', syscall: 'connect', address, port: 853 });
  expect(classifyError(error, 'connect')).toMatchObject({ phase: 'connect', kind });
});

test('P7 a host’s stream that is over and has its error still to tell: local, and the process lives', async () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note);
  const over = (): Duplex => new Duplex().destroy(new Error('too late'));
  await using exchange = new DotExchange({ guard: openGuard, connect: over });
  const asked = exchange.exchange(dotAt(853), query('a.example.test'), { signal: never });
  await expect(asked).rejects.toThrow(TransportError);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('uncaughtException', note);
  expect(uncaught).toEqual([]);
});
