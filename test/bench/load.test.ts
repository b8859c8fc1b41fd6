import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { addressOf, freshAddresses } from '../../bench/addresses.js';
import { closedLoop, within } from '../../bench/load.js';
import { inTurn, largeQuery, paddedFrames, plainQueries } from '../../bench/queries.js';
import { createGuard } from '../../src/index.js';
import { parseQuery } from '../../src/testing/index.js';

it('keeps as many in flight as it is told, and counts what counts', async () => {
  let open = 0;
  let most = 0;
  let asked = 0;
  const ask = async () => {
    most = Math.max(most, ++open);
    const index = asked++;
    await wait(1);
    open--;
    return index;
  };
  const answers = await closedLoop(4, 50, ask, (index) => index % 2 === 0);
  expect(most).toBe(4);
  expect(open).toBe(0);
  expect(answers).toBe(Math.ceil(asked / 2));
});

it('fails where a query fails, or never ends', async () => {
  await expect(closedLoop(1, 50, () => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  await expect(within(5, new Promise(() => {}))).rejects.toThrow('stalled');
});

it('writes queries of 128 octets, each with its length in front', () => {
  const frames = paddedFrames(1_000);
  expect(new Set(frames.map(({ length }) => length))).toEqual(new Set([130]));
  const query = parseQuery(frames[7]?.subarray(2) ?? Buffer.alloc(0));
  expect([...(query?.edns?.options.keys() ?? [])]).toEqual([11, 12]);
  expect(largeQuery(32_000).length).toBeGreaterThan(32_000);
});

it('takes things in turn', () => {
  const next = inTurn(plainQueries(2));
  const [first, second, third] = [next(), next(), next()];
  expect(first).toBe(third);
  expect(first).not.toEqual(second);
});

it('has a million addresses, all different, all public', () => {
  const guard = createGuard();
  const all = freshAddresses(Uint32Array.from({ length: 10_000 }, (_, index) => 97 * index));
  expect(all[3]).toBe(addressOf(291));
  expect(new Set(Array.from({ length: 1_000_000 }, (_, index) => addressOf(index))).size).toBe(1_000_000);
  expect(all.filter((address) => !guard.admits(address))).toEqual([]);
});
