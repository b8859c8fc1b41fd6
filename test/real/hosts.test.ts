// The hosts of examples/ against NSD: what they promise beyond the lines that they print.
import dns2 from 'dns2';
import { TransportSelector } from 'dotscout';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bns } from '../../examples/bns/bns.js';
import { DotscoutResolver } from '../../examples/bns/resolver.js';
import { startWorld, type World } from '../../examples/bns/world.js';
import { DotscoutSocket } from '../../examples/dns-socket/socket.js';
import { startForwarder } from '../../examples/dns2/forwarder.js';
import { freePort } from '../../src/testing/ports.js';
import { type RealServer, startNsd } from '../support/servers.js';

const ZONE = `$ORIGIN shapes.test.
$TTL 3600
@ SOA ns hostmaster 7 7200 3600 1209600 60
@ NS ns
ns A 127.0.0.1
www 60 A 192.0.2.1
www 60 A 192.0.2.2
`;

let server: RealServer;
beforeAll(async () => {
  server = await startNsd({ zones: { 'shapes.test': ZONE } });
});
afterAll(() => server.stop());

/** A selector that may go to loopback, and ends with the test. */
function selector(): TransportSelector {
  const made = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, policy: { onlyAfterAnswer: false } });
  onTestFinished(() => made.close());
  return made;
}

describe('dns-socket', () => {
  const question = (name: string) => ({ questions: [{ type: 'A' as const, name }] });

  it('calls back with an answer, an error when cancelled, an error when destroyed', async () => {
    const socket = new DotscoutSocket({ selector: selector(), dotPort: server.dotPort });
    const { address, port } = server;
    const ask = (name: string): { id: number; told: Promise<string> } => {
      let id = 0;
      const told = new Promise<string>((resolve) => {
        id = socket.query(question(name), port, address, (error, response) =>
          resolve(error?.message ?? `${response?.answers?.length} answers`),
        );
      });
      return { id, told };
    };
    expect(await ask('www.shapes.test').told).toBe('2 answers');
    const cancelled = ask('www.shapes.test');
    socket.cancel(cancelled.id);
    expect(await cancelled.told).toBe('Query cancelled');
    const late = ask('www.shapes.test');
    socket.destroy();
    expect(await late.told).toBe('Socket destroyed');
    expect(socket.inflight).toBe(0);
    expect(await ask('www.shapes.test').told).toBe('Socket destroyed');
  });

  it('takes several hosts, and the next where one does not answer', async () => {
    const socket = new DotscoutSocket({ selector: selector(), timeout: 500 });
    onTestFinished(() => socket.destroy());
    const answers = await new Promise((resolve, reject) => {
      socket.query(question('www.shapes.test'), server.port, ['127.0.0.9', server.address], (error, response) =>
        error === null ? resolve(response?.answers?.length) : reject(error),
      );
    });
    expect(answers).toBe(2);
  });
});

describe('dns2', () => {
  it('forwards over UDP and TCP; SERVFAIL where no upstream answers', async () => {
    const upstreams = [{ address: server.address, port: server.port, dotPort: server.dotPort }];
    const address = '127.0.0.1';
    const start = async (servers: typeof upstreams): Promise<number> => {
      const port = await freePort(address);
      const close = await startForwarder({ selector: selector(), upstreams: servers, address, port });
      onTestFinished(close);
      return port;
    };
    const port = await start(upstreams);
    for (const client of [dns2.UDPClient({ dns: address, port }), dns2.TCPClient({ dns: address, port })]) {
      const { answers } = await client('www.shapes.test');
      expect(answers.map((answer) => answer.address).sort()).toEqual(['192.0.2.1', '192.0.2.2']);
    }
    const nowhere = await start([{ address, port: await freePort(address), dotPort: await freePort(address) }]);
    const { header } = await dns2.UDPClient({ dns: address, port: nowhere })('www.shapes.test');
    expect(header.rcode).toBe(2);
  });
});

describe('bns', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.close());

  it('Q21 a zone’s two servers, one Good: with rank it gets the queries, whichever bns would have taken', async () => {
    const made = selector();
    const over: string[] = [];
    const resolver = new DotscoutResolver({
      ...{ selector: made, ports: world.ports, hints: new bns.Hints().addServer('ns.root.', world.root) },
      onAnswer: ({ decision, transport }) => over.push(`${decision.server.address} ${transport}`),
    });
    await resolver.open();
    onTestFinished(async () => void (await resolver.close()));
    for (const address of ['127.12.0.1', '127.13.0.1']) await made.probe({ address, ...world.ports }).catch(() => {});
    made.setPolicy({ exploreShare: 0 });
    for (let i = 0; i < 10; i++) {
      const { answer } = await resolver.lookup(`w${i}.one.example.`, bns.wire.types.A ?? 1);
      expect(answer[0]?.data.address).toBe('192.0.2.1');
    }
    expect(over.filter((one) => one.startsWith('127.1') && one.endsWith(' dot'))).toContain('127.13.0.1 dot');
    expect(over.filter((one) => one.startsWith('127.12.'))).toEqual([]);
    expect(over.filter((one) => one === '127.13.0.1 dot')).toHaveLength(10);
  });
});
