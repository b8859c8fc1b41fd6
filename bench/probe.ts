import { once } from 'node:events';
import { connect, type TLSSocket } from 'node:tls';
import type { TransportSelector } from '../src/index.js';
import { type RealServer, startNsd } from '../test/support/servers.js';
import { type Bench, progress } from './bench.js';
import { inTurn, paddedFrames } from './queries.js';
import { makeSelector, targetOf } from './real.js';
import { alternate } from './rounds.js';
import { compare } from './statistics.js';

const PLANS = { quick: { servers: 250, rounds: 3 }, full: { servers: 400, rounds: 11 } } as const;
const AT_ONCE = 32;
/** Each in a /16 of its own. */
const FIRST_NETWORK = 20;
const PER_NETWORK = 20;

/** Budgets off: what is left is 32 at once. */
const POLICY = {
  threshold: 1,
  onlyAfterAnswer: false,
  probesAtOnce: AT_ONCE,
  reservedShare: 0,
  probesPerSecond: 10_000,
  candidates: 100_000,
  groupShare: 1,
  ipv4AtOnce: 1_024,
  ipv4Burst: 100_000,
  ipv4PerMinute: 1_000_000,
} as const;

/** Discovery of servers never met before, against a bare loop of handshakes with a query each. */
export const probe: Bench = async (effort) => {
  const { servers, rounds } = PLANS[effort];
  const address = Array.from(
    { length: servers },
    (_, index) => `127.${FIRST_NETWORK + Math.floor(index / PER_NETWORK)}.${index % PER_NETWORK}.1`,
  );
  await using nsd = await startNsd({ address });
  const contestants = { ours: () => ourRate(nsd), raw: () => rawRate(nsd) };
  await alternate(contestants, 1);
  progress(`${servers} servers`);
  const { ours, raw } = await alternate(contestants, rounds);
  return [{ name: 'probe.rate', ...compare(ours, raw) }];
};

/** From the first contact to the last probe's end. */
async function ourRate({ addresses, port, dotPort }: RealServer): Promise<number> {
  await using selector = makeSelector({ policy: POLICY });
  const startedAt = performance.now();
  const probed = allProbed(selector, addresses.length);
  for (const address of addresses) selector.decide(targetOf({ address, port, dotPort }));
  await probed;
  return (1_000 * addresses.length) / (performance.now() - startedAt);
}

function allProbed(selector: TransportSelector, count: number): Promise<void> {
  let ended = 0;
  return new Promise((resolve, reject) => {
    selector.on('probe', ({ endpoint, result }) => {
      if (result.rcode !== 0) reject(new Error(`a probe of ${endpoint.address} brought no NOERROR`));
      ended++;
      if (ended === count) resolve();
    });
  });
}

async function rawRate({ addresses, dotPort }: RealServer): Promise<number> {
  const left = [...addresses];
  const nextFrame = inTurn(paddedFrames(addresses.length));
  const startedAt = performance.now();
  const client = async (): Promise<void> => {
    for (let address = left.pop(); address !== undefined; address = left.pop()) {
      const socket = connect({ host: address, port: dotPort, rejectUnauthorized: false, ALPNProtocols: ['dot'] });
      await once(socket, 'secureConnect');
      await answer(socket, nextFrame());
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  return (1_000 * addresses.length) / (performance.now() - startedAt);
}

/** Resolves when as much has come as the answer's own length says. */
function answer(socket: TLSSocket, frame: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let octets = 0;
    let wanted = 2;
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      if (octets === 0) wanted = 2 + chunk.readUInt16BE(0);
      octets += chunk.length;
      if (octets >= wanted) resolve();
    });
    socket.write(frame);
  });
}
