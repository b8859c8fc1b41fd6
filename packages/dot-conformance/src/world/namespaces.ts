import { existsSync } from 'node:fs';
import { SPECIAL_ADDRESSES } from '../sheet/scenario.js';
import { RESOLVERS, SERVERS, WIRE } from './addresses.js';
import { run } from './programs.js';

/** The beginning of all names of ours: what begins so and whose process has gone is swept away. */
const PREFIX = 'dc-';
const NAME = /^dc-(\d+)-(?:servers|resolvers)$/;
const SIGKILL_WAIT_MS = 50;

/** The names of the two network namespaces of a run: in one are the servers and the clients, in the other the resolvers. */
export interface Namespaces {
  readonly servers: string;
  readonly resolvers: string;
}

/** The namespaces of the process with this number. */
export function namesOf(pid: number): Namespaces {
  return { servers: `${PREFIX}${pid}-servers`, resolvers: `${PREFIX}${pid}-resolvers` };
}

/**
 * Makes both namespaces, and a wire between them.
 *
 * @throws an error where this process may not, or the programs `ip` and `nft` are missing
 */
export async function makeNamespaces(names: Namespaces): Promise<void> {
  const { servers, resolvers } = names;
  try {
    for (const name of [servers, resolvers]) {
      await run('ip', 'netns', 'add', name);
      await run('ip', '-n', name, 'link', 'set', 'lo', 'up');
    }
    await run(
      'ip',
      'link',
      'add',
      'wire',
      'netns',
      servers,
      'type',
      'veth',
      'peer',
      'name',
      'wire',
      'netns',
      resolvers,
    );
    await connect(servers, WIRE.servers, WIRE.resolvers, SERVERS, RESOLVERS);
    await connect(resolvers, WIRE.resolvers, WIRE.servers, RESOLVERS, SERVERS);
    for (const address of SPECIAL_ADDRESSES) {
      await run('ip', '-n', servers, 'address', 'add', `${address}/32`, 'dev', 'lo');
      await run('ip', '-n', resolvers, 'route', 'add', `${address}/32`, 'via', WIRE.servers, 'dev', 'wire');
    }
  } catch (error) {
    await removeNamespaces(names);
    throw error;
  }
}

/** Gives a namespace its end of the wire, and every address of its network: with a prefix on lo, Linux takes them all. */
async function connect(name: string, own: string, other: string, network: string, beyond: string): Promise<void> {
  await run('ip', '-n', name, 'address', 'add', `${own}/30`, 'dev', 'wire');
  await run('ip', '-n', name, 'link', 'set', 'wire', 'up');
  await run('ip', '-n', name, 'address', 'add', network, 'dev', 'lo');
  await run('ip', '-n', name, 'route', 'add', beyond, 'via', other, 'dev', 'wire');
}

/** Ends whatever runs in them, and removes them. What is not there is no error. */
export async function removeNamespaces({ servers, resolvers }: Namespaces): Promise<void> {
  const there = await list();
  for (const name of [resolvers, servers].filter((one) => there.includes(one))) await remove(name);
}

/** Removes what runs of before have left whose process ended without doing so. */
export async function sweepNamespaces(): Promise<void> {
  for (const name of await list()) {
    const pid = NAME.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await remove(name);
  }
}

async function remove(name: string): Promise<void> {
  for (let pids = await pidsOf(name); pids.length > 0; pids = await pidsOf(name)) {
    for (const pid of pids) kill(pid);
    await new Promise((resolve) => setTimeout(resolve, SIGKILL_WAIT_MS));
  }
  await run('ip', 'netns', 'delete', name);
}

async function pidsOf(name: string): Promise<number[]> {
  const text = await run('ip', 'netns', 'pids', name);
  return text.split('\n').filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}

async function list(): Promise<string[]> {
  const text = await run('ip', 'netns', 'list');
  return text.split('\n').map((line) => line.split(' ', 1)[0] ?? '');
}
