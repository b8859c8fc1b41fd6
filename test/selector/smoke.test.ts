import { expect, it } from 'vitest';
import { TransportSelector } from '../../src/index.js';
import { startFaultServer } from '../../src/testing/index.js';
import { query } from '../transport/support.js';

it('S1 over real sockets: clear, clear and a probe, then DoT', async () => {
  await using server = await startFaultServer({});
  const selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] } });
  const target = { address: server.address, port: server.port, dotPort: server.dotPort, zone: 'example.test' };
  const seen: string[] = [];
  for (let i = 0; i < 2; i++) seen.push((await selector.query(target, query('a.example.test'))).transport);
  await new Promise<void>((resolve) => selector.on('probe', () => resolve()));
  for (let i = 0; i < 2; i++) seen.push((await selector.query(target, query('a.example.test'))).transport);
  expect(seen).toEqual(['do53', 'do53', 'dot', 'dot']);
  expect(server.counters.connections).toBe(1);
  expect(server.counters.dotQueries).toBe(3);
  console.log(selector.dump(), selector.explain(target), selector.metrics());
  await selector.close();
});
