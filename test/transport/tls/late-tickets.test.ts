import { TLSSocket } from 'node:tls';
import { afterEach, expect, test, vi } from 'vitest';
import { type FaultServer, startFaultServer } from '../../../src/testing/index.js';
import { nameOf, never, openGuard, query } from '../support.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** As on Deno: the event `session` comes too late for anybody to hear it. */
function withoutSessionEvents(): void {
  const emit = TLSSocket.prototype.emit;
  vi.spyOn(TLSSocket.prototype, 'emit').mockImplementation(function (this: TLSSocket, ...told: unknown[]) {
    return told[0] === 'session' ? false : (emit as (...given: unknown[]) => boolean).apply(this, told);
  });
}

/** Two queries, each on a session of its own, of code that is loaded now; how many sessions were resumed. */
async function resumedAfter(server: FaultServer): Promise<number> {
  const { DotExchange } = await import('../../../src/transport/dot/exchange.js');
  await using exchange = new DotExchange({ guard: openGuard });
  for (const name of ['a.example.test', 'b.example.test']) {
    expect(nameOf(await exchange.exchange(server.dot, query(name), { signal: never }))).toBe(name);
    await server.setFault('tls-close');
    await server.until(({ open }) => open === 0);
    await server.setFault('tls12');
  }
  return server.counters.resumed;
}

// Of TLS 1.2, for there Node gives a session that resumes as early as Deno does of TLS 1.3.
test.each([
  ['on Deno, what getSession gives resumes', true, 1],
  ['elsewhere, without the event nothing is shown', false, 0],
] as const)('tickets whose events come late: %s', async (_, isDeno, resumed) => {
  await using server = await startFaultServer({ fault: 'tls12' });
  withoutSessionEvents();
  if (isDeno) vi.stubGlobal('Deno', {});
  vi.resetModules();
  expect(await resumedAfter(server)).toBe(resumed);
});

test('tickets whose events come late: on Deno, a session that gives nothing to resume with is borne', async () => {
  await using server = await startFaultServer({ fault: 'tls12' });
  withoutSessionEvents();
  vi.spyOn(TLSSocket.prototype, 'getSession').mockReturnValue(undefined);
  vi.stubGlobal('Deno', {});
  vi.resetModules();
  expect(await resumedAfter(server)).toBe(0);
});
