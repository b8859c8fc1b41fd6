import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';

/*
 * Below the range from which Linux gives ports to outgoing connections, so that a port that is closed for a while is
 * not taken by another program's connection meanwhile.
 */
const FIRST = 20_000;
const LAST = 32_000;
const TRIES = 50;
/**
 * Between the moment in which a port is found free and the one in which a server listens there, another process may find
 * it: workers of a test runner, which numbers them, look in quarters of their own.
 */
const QUARTER = (LAST - FIRST) / 4;
const WORKER = Number(process.env.VITEST_POOL_ID ?? process.env.JEST_WORKER_ID) || 0;
const OURS = FIRST + (WORKER % 4) * QUARTER;
/** Ports that were given out lately, with their addresses: the caller may not listen there yet. */
const given = new Set<string>();
const MAX_GIVEN = 1_000;

async function isFree(address: string, port: number): Promise<boolean> {
  const tcp = createServer();
  const udp = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    tcp.listen(port, address);
    await once(tcp, 'listening');
    udp.bind(port, address);
    await once(udp, 'listening');
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return false;
    throw error;
  } finally {
    tcp.close();
    udp.close();
  }
}

/**
 * Finds a port that is free for TCP and UDP, outside the range that outgoing connections use.
 *
 * @param address - the address
 */
export async function freePort(address: string): Promise<number> {
  for (let i = 0; i < TRIES; i += 1) {
    // Not by Math.random: a host's tests may have put their own in its place, which begins anew in each.
    const port = OURS + randomInt(QUARTER);
    const place = `${address} ${port}`;
    if (given.has(place)) continue;
    if (given.size >= MAX_GIVEN) given.clear();
    given.add(place);
    if (await isFree(address, port)) return port;
  }
  throw new Error(`no free port found at ${address} in ${TRIES} tries`);
}
