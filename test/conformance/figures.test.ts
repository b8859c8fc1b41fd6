import { describe, expect, it } from 'vitest';
import { disturbanceOf, type FigureName, measure } from '../../packages/dot-conformance/src/sheet/figures.js';
import type { Observation } from '../../packages/dot-conformance/src/sheet/observation.js';
import { asked, connection, observed, seen } from './support.js';

function figure(observation: Observation, name: FigureName, server?: string): number | undefined {
  return measure(observation, 'then', name, server);
}

describe('figures of dot-conformance', () => {
  it('a client query has failed that got no answer, another code, or an answer of another kind', () => {
    const clients = [
      asked('a.'),
      asked('b.', { rcode: -1, records: 0, ms: 5_000 }),
      asked('c.', { rcode: 2, records: 0 }),
      asked('d.', { records: 0, address: undefined }),
      asked('e.', { kind: 'nxdomain', rcode: 3, records: 0 }),
      asked('f.', { kind: 'nxdomain' }),
      asked('g.', { kind: 'nodata', records: 0 }),
      asked('h.', { kind: 'nodata' }),
      asked('i.', { kind: 'alias', records: 2 }),
    ];
    clients.push(asked('j.', { address: '192.0.2.66' }));
    expect(figure(observed(clients), 'failed client queries')).toBe(6);

    expect(figure(observed(clients), 'slowest client query')).toBe(5_000);
  });

  it('what the control waits for longer than at its quickest does not count in the slowest query, up to 1,000 ms', () => {
    const slowest = (ms: number, ...control: readonly { at: number; ms: number }[]): number | undefined => {
      const phase = { name: 'then', from: 0, to: 9_000, asked: [asked('a.', { at: 1_000, ms })], control };
      return measure({ phases: [phase], queries: [], connections: [] }, 'then', 'slowest client query');
    };
    const quick = { at: 0, ms: 22 };
    expect(slowest(700)).toBe(700);
    expect(slowest(700, quick, { at: 990, ms: 122 })).toBe(600);
    expect(slowest(3_000, quick, { at: 1_500, ms: 1_900 })).toBe(2_000);
    expect(slowest(700, quick, { at: 1_800, ms: 122 }, { at: 500, ms: 122 })).toBe(700);
  });

  it('the machine stood still for as long as the control was late at its latest, in whatever phase', () => {
    const phase = (...ms: readonly number[]) => ({
      ...{ name: 'then', from: 0, to: 100, asked: [] },
      control: ms.map((one) => ({ at: 0, ms: one })),
    });
    expect(disturbanceOf({ phases: [phase(22, 30), phase(450)], queries: [], connections: [] })).toBe(428);
    expect(disturbanceOf({ phases: [phase()], queries: [], connections: [] })).toBe(0);
  });

  it('a client query is encrypted that no server has seen in clear text, whenever that was', () => {
    const clients = ['a.', 'b.', 'c.', 'd.'].map((name) => asked(name));
    const queries = [
      seen('a.'),
      seen('b.'),
      seen('b.', { transport: 'udp', at: 900 }),
      seen('c.', { transport: 'tcp' }),
    ];
    const observation = observed(clients, queries);
    expect(figure(observation, 'encrypted client queries')).toBe(1);

    expect(figure(observation, 'share encrypted')).toBe(25);
    expect(figure(observed([]), 'share encrypted')).toBe(0);
  });

  it('what servers saw is counted to the phase of its time, and to the server that is meant', () => {
    const queries = [seen('a.'), seen('z.'), seen('a.', { server: 'b', transport: 'udp' }), seen('a.', { at: 100 })];
    const observation = observed([asked('a.')], queries);
    expect(figure(observation, 'queries over DoT')).toBe(2);
    expect(figure(observation, 'queries over Do53')).toBe(1);
    expect(figure(observation, 'queries over Do53', 'a')).toBe(0);
    expect(figure(observation, 'encrypted client queries', 'a')).toBe(1);
  });

  it('tells padding, RD and what a ClientHello says', () => {
    const queries = [
      seen('a.'),
      seen('b.', { octets: 130 }),
      seen('c.', { isPadded: false }),
      seen('d.', { transport: 'udp', isPadded: false, octets: 40, recursionDesired: true }),
    ];
    const connections = [
      connection(),
      connection({ isResumed: true }),
      connection({ hello: { serverName: 'ns.lab', alpn: [] } }),
      connection({ isSecure: false, hello: undefined }),
    ];
    const observation = observed([], queries, connections);
    expect(figure(observation, 'queries over DoT without padding')).toBe(2);
    expect(figure(observation, 'queries with RD')).toBe(1);
    expect(figure(observation, 'connections to port 853')).toBe(4);
    expect(figure(observation, 'full handshakes')).toBe(2);
    expect(figure(observation, 'ClientHellos with a server name')).toBe(1);
    expect(figure(observation, 'ClientHellos without ALPN dot')).toBe(1);
  });
});
