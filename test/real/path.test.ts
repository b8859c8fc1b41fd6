import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BuiltCopy, buildCopy } from '../support/built.js';
import { canPath, createPath } from '../support/path.js';
import { startBind, startNsd } from '../support/servers.js';

const ONE_WAY_MS = 10;
const PAIRS = 40;

/** Two queries, one 3 ms after the other, and a pause: how long each took, and what sessions there are. */
const PROGRAM = `
import { setTimeout as wait } from 'node:timers/promises';
import { DotExchange, endpointKey } from '@/index.js';
const { address, port, pairs } = JSON.parse(process.argv[1]);
const endpoint = { key: endpointKey({ address, port, transport: 'dot' }), address, port, transport: 'dot' };
const query = Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 7, ...Buffer.from('example'), 4, ...Buffer.from('test'), 0, 0, 1, 0, 1);
const exchange = new DotExchange({ guard: { admits: () => true } });
const { signal } = new AbortController();
const ask = async () => {
  const askedAt = performance.now();
  await exchange.exchange(endpoint, query, { signal });
  return performance.now() - askedAt;
};
const first = [], second = [], opened = [];
for (let pair = 0; pair < pairs; pair++) {
  const before = ask();
  await wait(3);
  const after = ask();
  first.push(await before);
  second.push(await after);
  await wait(50);
  opened.push(exchange.sessions.opened);
}
console.log(JSON.stringify({ first, second, opened, sessions: exchange.sessions }));
await exchange.close();
`;

interface Told {
  readonly first: readonly number[];
  readonly second: readonly number[];
  /** How many sessions had been opened after each pair. */
  readonly opened: readonly number[];
  readonly sessions: unknown;
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

let copy: BuiltCopy;
beforeAll(async () => {
  copy = await buildCopy();
});
afterAll(() => copy.remove());

const whyNot = canPath();

// Where no path can be made the last test says so; spread.test.ts has one without a kernel.
if (whyNot === undefined) {
  describe('over a path with a round trip', () => {
    test.each([
      ['NSD', startNsd],
      ['BIND', startBind],
    ])('Q22 %s holds answers for our acknowledgement: a second session, and none is held', async (_, start) => {
      await using path = await createPath(ONE_WAY_MS);
      await using server = await start({
        address: path.address,
        namespace: path.server,
        do53Port: 53,
        dotPort: 853,
      });
      const input = { address: path.address, port: server.dotPort, pairs: PAIRS };
      const { code, lines, stderr } = await copy.run(PROGRAM, { input, namespace: path.client });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const told = lines[0] as Told;
      expect(told.sessions, JSON.stringify(told)).toEqual({ opened: 2, open: 2, resumed: 1 });
      const { address, port } = input;
      expect(path.connections, 'each begins with a packet').toEqual([
        { address, port, at: expect.any(Number) },
        { address, port, at: expect.any(Number) },
      ]);
      const learntAt = told.opened.indexOf(2) + 1;
      // In round trips: nearly two, and then one.
      const before = median(told.second.slice(0, learntAt)) / median(told.first);
      const after = median(told.second.slice(learntAt)) / median(told.first);
      expect(before, JSON.stringify(told)).toBeGreaterThan(1.5);
      expect(after, JSON.stringify(told)).toBeLessThan(1.25);
    });
  });
}

test('Q22 a path is at hand, or the test says why not', async () => {
  // Whoever runs this where it must not be missing sets DOTSCOUT_NAMESPACE=required.
  if (process.env.DOTSCOUT_NAMESPACE === 'required') expect(whyNot).toBeUndefined();
  if (whyNot !== undefined) await expect(createPath(ONE_WAY_MS)).rejects.toThrow(`no path: ${whyNot}`);
  else expect(canPath()).toBeUndefined();
});
