import { describe, expect, test, vi } from 'vitest';
import type { Transport } from '../../src/state/model.js';
import type { Policy } from '../../src/state/policy.js';
import { ask, becomeGood, names, REAL_SERVERS, selectorFor, tally, targetOf } from '../support/rig.js';

const QUERIES = 2_000;
const AT_ONCE = 50;
const RESTARTS = 5;
/** Answers before the first restart. */
const BEFORE = 200;

describe.each(REAL_SERVERS)('%s', (_software, start) => {
  test.each<[string, Partial<Policy>]>([
    ['demoted and found again', { demotedRetryMs: 1_000 }],
    ['never demoted', { strikes: 100, silentStrikes: 100 }],
  ])('Q8 2,000 queries, 50 at once, through restarts of 853, %s: each its own answer', async (_how, policy) => {
    // 53 stays up: it is another process of the same zones.
    await using clear = await start();
    await using encrypted = await start();
    const target = { ...targetOf(clear), dotPort: encrypted.dotPort };
    const selector = selectorFor({ policy });
    await becomeGood(selector, target);
    const asked = names(20);
    const brought: Transport[] = [];
    let sent = 0;
    let restarts = 0;
    let begin: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const work = async (): Promise<void> => {
      // Queries go on while there are restarts for them to meet, and until they are encrypted again.
      while (sent < QUERIES || restarts < RESTARTS || selector.peek(target).action !== 'encrypt') {
        const name = asked[sent % asked.length] ?? '';
        sent += 1;
        brought.push((await ask(selector, target, name)).transport);
        if (brought.length >= BEFORE) begin();
      }
    };
    const restart = async (): Promise<void> => {
      await begun;
      for (; restarts < RESTARTS; restarts++) await encrypted.setTls('any');
    };
    await Promise.all([restart(), ...Array.from({ length: AT_ONCE }, work)]);
    expect(brought).toHaveLength(sent);
    expect(sent).toBeGreaterThanOrEqual(QUERIES);
    const counts = tally(brought);
    const { queries, transitions } = selector.metrics();
    expect([queries.dot, queries.do53, queries.failed]).toEqual([counts.dot, (counts.do53 ?? 0) + 2, undefined]);
    expect(counts.dot).toBeGreaterThanOrEqual(BEFORE);
    expect('good-bad' in transitions).toBe(policy.strikes === undefined);
    // So many restarts may have used up what sessions an endpoint is given; two a second come again.
    const encryptedAgain = async () => expect((await ask(selector, target)).transport).toBe('dot');
    await vi.waitFor(encryptedAgain, { timeout: 20_000, interval: 100 });
  });
});
