import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TransportError } from '../../src/common/errors.js';
import type { ServerRef } from '../../src/contact/server.js';
import { Reports } from '../../src/query/reports.js';
import type { RunAttempt, RunFunction } from '../../src/query/run.js';
import { message, SECOND, type World, world } from '../support/world.js';

const A = '192.0.2.1';
const PIN = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=';
const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });

/** A host's client that notes its attempts. */
function client(over: Partial<Record<string, (attempt: RunAttempt) => unknown>>) {
  const attempts: RunAttempt[] = [];
  const attempt = async (one: RunAttempt): Promise<unknown> => {
    attempts.push(one);
    return over[one.transport]?.(one);
  };
  return { attempts, attempt };
}

describe('run', () => {
  it('Q1 asks as it was decided, gives what the client gave, and reports it', async () => {
    const w = world();
    const { attempt, attempts } = client({ do53: () => ({ parsed: 1 }) });
    expect(await w.selector.run(A, attempt)).toEqual({ parsed: 1 });
    expect(attempts).toMatchObject([{ transport: 'do53', endpoint: { address: A, port: 53 }, timeoutMs: 5_000 }]);
    expect(w.selector.metrics().queries).toEqual({ do53: 1 });
  });

  it('Q2 falls back where DoT fails, and two such failures demote the server', async () => {
    const w = world();
    w.makeGood(A);
    const failing = client({ dot: () => Promise.reject(refused), do53: () => 'clear' });
    for (let i = 0; i < 2; i++) expect(await w.selector.run(A, failing.attempt)).toBe('clear');
    expect(failing.attempts.map(({ transport }) => transport)).toEqual(['dot', 'do53', 'dot', 'do53']);
    expect(w.status(A)).toBe('Bad');
    expect(w.selector.metrics().queries).toMatchObject({ do53: 2, fellBack: 2 });
    expect(w.selector.metrics().clearToGood).toEqual({ fallback: 2 });
  });

  it('Q13 sends nothing in clear text where encryption is demanded; the error has the client’s own', async () => {
    const w = world();
    const { attempt, attempts } = client({ dot: () => Promise.reject(refused), do53: () => 'clear' });
    const error = await w.selector.run(A, attempt, { demand: 'require' }).catch((reason: unknown) => reason as Error);
    expect(error).toMatchObject({ code: 'NO_ANSWER', failures: [{ transport: 'dot', kind: 'refused' }] });
    expect((error as Error).cause).toBe(refused);
    expect(attempts.map(({ transport }) => transport)).toEqual(['dot']);
  });

  it('Q39 sends nothing in clear text where rules forbid it meanwhile', async () => {
    const w = world();
    w.makeGood(A);
    const { attempt, attempts } = client({
      dot: () => {
        w.selector.setRules(`require address ${A}`);
        throw new TransportError({ phase: 'handshake', kind: 'closed' });
      },
    });
    await expect(w.selector.run(A, attempt)).rejects.toMatchObject({ code: 'NO_ANSWER' });
    expect(attempts).toHaveLength(1);
  });

  it.each([
    ['heeds its signal: the server was silent', true, 'silent'],
    ['does not: nothing is said of the server', false, 'local'],
  ])('Q12 a client whose time is over and that %s', async (_, heeds, kind) => {
    const w = world();
    const { attempt } = client({
      do53: ({ signal }) =>
        new Promise((_resolve, reject) => {
          if (heeds) signal.addEventListener('abort', () => reject(signal.reason));
        }),
    });
    const asked = w.selector.run(A, attempt).catch((reason) => reason);
    await w.clock.advance(6 * SECOND);
    expect(await asked).toMatchObject({ code: 'NO_ANSWER', failures: [{ kind }] });
    expect(w.selector.metrics().hostErrors).toEqual(heeds ? {} : { do53: 1 });
  });

  it('Q12 a client whose time our own loop has used up: no server is blamed', async () => {
    const w = world({ probes: { otherwise: 'local' } });
    w.makeGood(A);
    const { attempt } = client({
      dot: ({ signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
      do53: () => 'clear',
    });
    for (let i = 0; i < 4; i++) {
      const asked = w.selector.run(A, attempt);
      await w.clock.advance(1);
      await w.clock.stall(4 * SECOND);
      expect(await asked).toBe('clear');
    }
    expect([w.status(A), w.selector.metrics().hostErrors]).toEqual(['Good', {}]);
  });

  it.each([
    ['our own loop stands still for all of it', 5_000, (w: World) => w.clock.stall(6 * SECOND), [2_500, 1_000]],
    ['the client does not settle over DoT', 150, (w: World) => w.clock.advance(175), [75, 75]],
  ])('Q1 Do53 has its time though %s', async (_, timeoutMs, pass, limits) => {
    const w = world({ timeoutMs });
    w.makeGood(A);
    const { attempt, attempts } = client({
      dot: () => new Promise(() => {}),
      do53: () => new Promise((resolve) => w.clock.after(20, () => resolve('clear'))),
    });
    const asked = w.selector.run(A, attempt).catch((reason) => reason.code);
    await w.clock.advance(0);
    await pass(w);
    await w.clock.advance(200);
    expect(await asked).toBe('clear');
    expect(attempts.map((one) => one.timeoutMs)).toEqual(limits);
  });

  it('P7 a bug of the client’s demotes nobody, is told once, and is the error’s cause', async () => {
    const w = world();
    w.makeGood(A);
    const bug = new TypeError('mine');
    const told: unknown[] = [];
    w.selector.on('hostError', (info) => told.push(info));
    for (let i = 0; i < 5; i++)
      await expect(w.selector.run(A, () => Promise.reject(bug))).rejects.toMatchObject({ cause: bug });
    expect(w.status(A)).toBe('Good');
    expect(told).toEqual([
      { part: 'dot', error: bug },
      { part: 'do53', error: bug },
    ]);
  });

  it('when the selector is closed, it rejects at once, and the client’s signal aborts', async () => {
    const w = world();
    const { attempt, attempts } = client({ do53: () => new Promise(() => {}) });
    const asked = w.selector.run(A, attempt).catch((reason) => reason.code);
    await w.clock.advance(0);
    w.selector.close();
    expect(await asked).toBe('CLOSED');
    expect(attempts[0]?.signal.aborted).toBe(true);
    await expect(w.selector.run(A, attempt)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('Q13 tells how the server has to prove who it is', async () => {
    const w = world({ authenticates: true, rules: `require-and-authenticate address ${A} by pin ${PIN}` });
    const { attempt, attempts } = client({ dot: () => 'proven' });
    expect(await w.selector.run(A, attempt)).toBe('proven');
    expect(attempts).toMatchObject([{ transport: 'dot', authentication: { pins: [PIN] }, timeoutMs: 5_000 }]);
  });

  it('S16 learns nothing on another network than the one it was decided on', async () => {
    const w = world();
    const { attempt } = client({ do53: () => w.selector.networkChanged('other') });
    await w.selector.run(A, attempt);
    expect(w.selector.metrics().ignored).toEqual({ epoch: 1 });
  });

  it('reports the response code where the answer is a message', async () => {
    const w = world();
    const report = vi.spyOn(Reports.prototype, 'report');
    onTestFinished(() => report.mockRestore());
    const servfail = message('example.org').map((octet, at) => (at === 3 ? 2 : octet));
    for (const answer of [servfail, 'parsed']) await w.selector.run(A, () => answer);
    expect(report.mock.calls.map(([, outcome]) => outcome)).toEqual([
      { transport: 'do53', ok: true, rcode: 2 },
      { transport: 'do53', ok: true, rcode: 0 },
    ]);
  });

  it('Q6 counts what goes out in clear text for a zone that is lame over DoT', async () => {
    const w = world();
    w.makeGood(A);
    const decision = w.selector.decide({ address: A, zone: 'example.org' });
    w.selector.report(decision, { transport: 'dot', ok: true, rcode: 2 });
    w.selector.report(decision, { transport: 'do53', ok: true, rcode: 0 });
    await w.selector.run(A, () => 'answer', { zone: 'example.org' });
    expect(w.selector.metrics().clearToGood).toEqual({ 'lame-zone': 1 });
  });

  describe('Q6 an answer over DoT that is not sound', () => {
    const answers = (rcode: number) => () => message('example.org').map((octet, at) => (at === 3 ? rcode : octet));
    const REFUSED = answers(5);
    const NOERROR = answers(0);
    const ask = async (w: ReturnType<typeof world>, over: Parameters<typeof client>[0], server = {}) => {
      const { attempt, attempts } = client(over);
      const answer = await w.selector.run({ address: A, zone: 'example.org', ...server }, attempt);
      return [(answer as Uint8Array)[3], attempts.map(({ transport }) => transport).join()];
    };

    it('Q6 is compared with Do53’s, and the better one is given; the zone goes over Do53 then', async () => {
      const w = world();
      w.makeGood(A);
      expect(await ask(w, { dot: REFUSED, do53: NOERROR })).toEqual([0, 'dot,do53']);
      expect(await ask(w, { dot: REFUSED, do53: NOERROR })).toEqual([0, 'do53']);
      expect(w.status(A)).toBe('Good');
      expect(w.selector.metrics().clearToGood).toEqual({ compare: 1, 'lame-zone': 1 });
      expect(w.selector.metrics().queries).toEqual({ do53: 2, fellBack: 1 });
    });

    it('Q6 is given where Do53 has nothing better, and not compared again so soon', async () => {
      const w = world();
      w.makeGood(A);
      expect(await ask(w, { dot: REFUSED, do53: REFUSED })).toEqual([5, 'dot,do53']);
      expect(await ask(w, { dot: REFUSED, do53: REFUSED })).toEqual([5, 'dot']);
      expect(w.selector.metrics().queries).toEqual({ dot: 2 });
    });

    it('Q6 is given where Do53 fails', async () => {
      const w = world();
      w.makeGood(A);
      expect(await ask(w, { dot: REFUSED, do53: () => Promise.reject(refused) })).toEqual([5, 'dot,do53']);
      expect(w.selector.metrics().queries).toEqual({ dot: 1 });
    });

    it('Q13 is given where clear text is forbidden', async () => {
      const w = world({ rules: `require address ${A}` });
      w.makeGood(A);
      expect(await ask(w, { dot: REFUSED, do53: NOERROR })).toEqual([5, 'dot']);
    });

    it('Q5 costs a server no more clear queries than comparisons are allowed', async () => {
      const w = world();
      w.makeGood(A);
      let clear = 0;
      for (let i = 0; i < 100; i++) {
        const [, asked] = await ask(w, { dot: REFUSED, do53: REFUSED }, { zone: `z${i}.example` });
        if (asked !== 'dot') clear++;
      }
      expect(clear).toBeGreaterThan(0);
      expect(clear).toBeLessThan(20);
    });
  });

  it.each<[string, ServerRef, RunFunction<unknown>, string]>([
    ['no function', A, 'no function' as unknown as () => undefined, 'INVALID_OPTION'],
    ['no server', 'example.org', () => undefined, 'INVALID_ADDRESS'],
    ['a server that the guard forbids', { address: '127.0.0.1', port: 853 }, () => undefined, 'REFUSED_BY_GUARD'],
  ])('rejects for %s, and calls nothing', async (_, server, attempt, code) => {
    await expect(world().selector.run(server, attempt)).rejects.toMatchObject({ code });
  });
});
