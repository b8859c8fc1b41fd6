import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServerObject } from '../../src/contact/server.js';
import { startFaultServer } from '../../src/testing/index.js';
import { type BuiltCopy, buildCopy } from '../support/built.js';
import { REAL_SERVERS, targetOf } from '../support/rig.js';

/** A host that asks 100 queries, lets them be written, and then computes something for a while. */
const PROGRAM = `
import { TransportSelector } from '@/index.js';
const { target, ms } = JSON.parse(process.argv[1]);
const selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] } });
function question(id) {
  const labels = ('n' + id + '.example.test').split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Uint8Array.of(id >> 8, id & 255, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1);
}
selector.report(selector.decide(target), { transport: 'dot', ok: true, rcode: 0 });
const warm = await selector.query(target, question(1000));
const asked = Array.from({ length: 100 }, (_, id) => selector.query(target, question(id)));
for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
const results = await Promise.allSettled(asked);
const { queries, clearToGood } = selector.metrics();
const { status, probe } = selector.explain(target);
console.log(JSON.stringify({
  failures: [...new Set(results.flatMap(({ reason }) => (reason === undefined ? [] : [String(reason)])))],
  own: results.filter(({ value }, id) => value?.message[0] === id >> 8 && value.message[1] === (id & 255)).length,
  warm: warm.transport, queries, clearToGood, status, probe: probe.phase,
}));
await selector.close();`;

let copy: BuiltCopy;
beforeAll(async () => {
  copy = await buildCopy();
});
afterAll(() => copy.remove());

async function blockedFor(ms: number, target: ServerObject): Promise<unknown> {
  const { code, lines, stderr } = await copy.run(PROGRAM, { input: { target, ms } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return lines[0];
}

const undisturbed = {
  failures: [],
  own: 100,
  warm: 'dot',
  queries: { dot: 101 },
  clearToGood: {},
  status: 'Good',
  probe: 'idle',
};

test.each([400, 5_000])(
  'Q23 blocked for %i ms while a server that needs 100 ms answers: no hedge, no strike',
  async (ms) => {
    await using server = await startFaultServer({ delayMs: 100 });
    const { address, port, dotPort } = server;
    expect(await blockedFor(ms, { address, port, dotPort, zone: 'example.test' })).toEqual(undisturbed);
    expect(server.counters).toMatchObject({ connections: 1, udpQueries: 0 });
  },
);

test.each(REAL_SERVERS.flatMap(([name, start]) => [400, 5_000].map((ms) => [name, ms, start] as const)))(
  'Q23 %s, and the host is blocked for %i ms: no hedge, no strike',
  async (_, ms, start) => {
    await using server = await start();
    expect(await blockedFor(ms, targetOf(server))).toEqual(undisturbed);
  },
);
