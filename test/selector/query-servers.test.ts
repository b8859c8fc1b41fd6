import { describe, expect, it } from 'vitest';
import type { QueryError } from '../../src/contact/query-error.js';
import { queryServers } from '../../src/query-servers.js';
import { codeOf } from '../support/lab.js';
import { message, SECOND, world } from '../support/world.js';

const [A, B, C] = ['192.0.2.1', '198.51.100.1', '203.0.113.1'];
const QUESTION = message('example.org');

describe('queryServers', () => {
  it('Q21 asks the encrypted one of a zone’s servers first', async () => {
    const w = world({ policy: { exploreShare: 0 } });
    w.makeGood(B);
    const result = queryServers(w.selector, [A, B], QUESTION, { context: { zone: 'example.org' } });
    await w.clock.advance(SECOND);
    expect(await result).toMatchObject({ transport: 'dot', decision: { ref: B } });
  });

  it('asks the next one where one does not answer, or answers with what will not do', async () => {
    const w = world({ policy: { exploreShare: 0 } });
    w.do53.set(A, { phase: 'connect', kind: 'refused' });
    w.do53.set(B, 'REFUSED');
    const result = queryServers(w.selector, [A, B, C], QUESTION);
    await w.clock.advance(SECOND);
    expect(await result).toMatchObject({ decision: { ref: C } });
  });

  it('if none will do, the first that came; if none came, the last one’s error', async () => {
    const w = world({ policy: { exploreShare: 0 } });
    for (const server of [A, B]) w.do53.set(server, 'REFUSED');
    const unusable = queryServers(w.selector, [A, B], QUESTION);
    await w.clock.advance(SECOND);
    const { decision, message: answer } = await unusable;
    expect([decision.ref, (answer[3] ?? 0) & 15]).toEqual([A, 5]);
    for (const server of [A, B]) w.do53.set(server, { phase: 'connect', kind: 'refused' });
    const none = queryServers(w.selector, [A, B], QUESTION).catch((error: unknown) => error);
    await w.clock.advance(SECOND);
    expect(await none).toMatchObject({ code: 'NO_ANSWER', message: expect.stringContaining(B) });
  });

  it('a decision that has grown old meanwhile is made again', async () => {
    const w = world({ policy: { exploreShare: 0 } });
    for (const server of [A, B]) w.do53.set(server, 'never');
    const result = queryServers(w.selector, [A, B, C], QUESTION, { timeoutMs: 6 * SECOND });
    await w.clock.advance(13 * SECOND);
    expect(await result).toMatchObject({ decision: { ref: C } });
  });

  it('the caller’s abort and the selector’s end are no reason to ask the next', async () => {
    const w = world({ policy: { exploreShare: 0 } });
    for (const server of [A, B]) w.do53.set(server, 'never');
    const controller = new AbortController();
    const aborted = queryServers(w.selector, [A, B], QUESTION, { signal: controller.signal }).catch((e: unknown) => e);
    controller.abort('enough');
    expect(await aborted).toBe('enough');
    const closed = queryServers(w.selector, [A, B], QUESTION).catch((error: unknown) => error);
    await w.end();
    expect(await closed).toMatchObject({ code: 'CLOSED' });
    expect(w.do53.calls).toHaveLength(2);
  });

  it('no server, a malformed server, a malformed message: told by their codes', async () => {
    const { selector } = world();
    const codes = [
      await codeOf(queryServers(selector, [], QUESTION)),
      await codeOf(queryServers(selector, ['nowhere'], QUESTION)),
      await codeOf(queryServers(selector, [A], QUESTION.subarray(0, 5))),
    ];
    expect(codes).toEqual(['INVALID_SERVER', 'INVALID_ADDRESS', 'INVALID_MESSAGE']);
  });

  describe('Q40 a demand, and decisions that grow stale on the way', () => {
    const demanding = { context: { demand: 'require' } } as const;
    const mute = { phase: 'connect', kind: 'refused' } as const;

    it('Q40 another network meanwhile: the next server is asked over DoT all the same', async () => {
      const w = world({ policy: { exploreShare: 0 } });
      w.dot.set(A, 'never');
      const result = queryServers(w.selector, [A, B], QUESTION, { ...demanding, timeoutMs: SECOND });
      await w.clock.advance(SECOND / 2);
      w.selector.networkChanged();
      await w.clock.advance(SECOND);
      expect(await result).toMatchObject({ transport: 'dot', decision: { ref: B, reason: 'demand' } });
      expect(w.do53.calls).toEqual([]);
    });

    it('Q40 ten seconds later: the same', async () => {
      const w = world({ policy: { exploreShare: 0 } });
      for (const server of [A, B]) w.dot.set(server, 'never');
      const result = queryServers(w.selector, [A, B, C], QUESTION, { ...demanding, timeoutMs: 6 * SECOND });
      await w.clock.advance(13 * SECOND);
      expect(await result).toMatchObject({ transport: 'dot', decision: { ref: C } });
      expect(w.do53.calls).toEqual([]);
    });

    it('Q40 the message is the caller’s as it was at the call', async () => {
      const w = world({ policy: { exploreShare: 0 } });
      w.do53.set(A, 'never');
      const message = QUESTION.slice();
      const result = queryServers(w.selector, [A, B], message, { timeoutMs: SECOND });
      message.fill(0);
      await w.clock.advance(2 * SECOND);
      await result;
      expect(w.do53.calls.map(({ asked }) => [...asked.message])).toEqual([[...QUESTION], [...QUESTION]]);
    });

    it('Q40 BADVERS is no usable answer', async () => {
      const w = world({ policy: { exploreShare: 0 } });
      // NOERROR in the header, and 1 in the OPT's extension (RFC 6891 section 6.1.3).
      const opt = [0, 0, 41, 4, 208, 1, 0, 0, 0, 0, 0];
      w.do53.set(A, (asked) => {
        const answer = Uint8Array.from([...asked, ...opt]);
        answer[2] = 0x80;
        answer[11] = 1;
        return answer;
      });
      const result = queryServers(w.selector, [A, B], QUESTION);
      await w.clock.advance(SECOND);
      expect(await result).toMatchObject({ decision: { ref: B } });
    });

    it('Q40 the error names what each server has met', async () => {
      const w = world({ policy: { exploreShare: 0 } });
      w.dot.set(A, mute);
      w.dot.set(B, 'never');
      const all = queryServers(w.selector, [A, B], QUESTION, { ...demanding, timeoutMs: SECOND });
      const error = all.catch((reason: QueryError) => reason) as Promise<QueryError>;
      await w.clock.advance(2 * SECOND);
      const { code, message, failures, tried, errors, cause } = await error;
      expect(code).toBe('TIMEOUT');
      expect(message).toContain(`${A}: NO_ANSWER`);
      expect(message).toContain(`${B}: TIMEOUT`);
      expect(message).toContain(`dot to ${B}:853 not answered yet`);
      expect(failures).toEqual([{ ...mute, transport: 'dot', endpoint: expect.objectContaining({ address: A }) }]);
      expect(tried.map(({ address, transport }) => [address, transport])).toEqual([
        [A, 'dot'],
        [B, 'dot'],
      ]);
      expect(errors.map((one) => [one.code, one.decision?.ref])).toEqual([
        ['NO_ANSWER', A],
        ['TIMEOUT', B],
      ]);
      expect((cause as AggregateError).errors).toHaveLength(2);
    });
  });
});
