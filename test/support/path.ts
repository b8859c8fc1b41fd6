import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync } from 'node:fs';
import { findProgram } from './daemon.js';
import { canNamespace, createNamespace, type Namespace } from './namespace.js';

/** Of RFC 5737 section 3: nobody in the world has them. */
const CLIENT_ADDRESS = '192.0.2.1';
const SERVER_ADDRESS = '192.0.2.2';

const TUN = '/dev/net/tun';

/**
 * Carries packets between two TUN interfaces and delivers each after a time. Not a relay of connections: that would acknowledge
 * by itself, and what the two ends do to each other would not be seen. Node cannot open such an interface, hence Python. It ends
 * with its parent, whose end closes its input.
 */
const CARRIER = `
import collections, fcntl, os, select, struct, sys, time
delay, names = float(sys.argv[1]) / 1000, sys.argv[2:]
TUNSETIFF, IFF_TUN_NO_PI = 0x400454CA, 0x1001
def tun(name):
    interface = os.open('${TUN}', os.O_RDWR)
    fcntl.ioctl(interface, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TUN_NO_PI))
    return interface
near, far = map(tun, names)
opposite = {near: far, far: near}
under_way = collections.deque()
print('ready', flush=True)
while True:
    wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
    readable, _, _ = select.select([near, far, sys.stdin], [], [], wait)
    if sys.stdin in readable:
        break
    for interface in readable:
        under_way.append((time.monotonic() + delay, opposite[interface], os.read(interface, 65535)))
    while under_way and under_way[0][0] <= time.monotonic():
        _, interface, packet = under_way.popleft()
        try:
            os.write(interface, packet)
        except OSError:
            pass  # It is not up.
`;

/** Two network namespaces, one for clients and one for servers, and a path between them that takes time. */
export interface Path extends AsyncDisposable {
  readonly client: Namespace;
  readonly server: Namespace;
  /** The servers' address. */
  readonly address: string;
  close(): Promise<void>;
}

/** Why no path can be made here; `undefined` if one can. */
export function canPath(): string | undefined {
  const why = canNamespace();
  if (why !== undefined) return why;
  try {
    accessSync(TUN);
    findProgram('python3', 'python3');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

let made = 0;

/**
 * Makes a path; throws where {@link canPath} gives a reason. It leaves nothing behind when this process ends without closing it.
 *
 * @param oneWayMs - how long a packet is under way, in milliseconds
 */
export async function createPath(oneWayMs: number): Promise<Path> {
  const why = canPath();
  if (why !== undefined) throw new Error(`no path: ${why}`);
  made += 1;
  const names = ['c', 's'].map((side) => `ds${side}${process.pid}-${made}`);
  const carrier = spawn(findProgram('python3', 'python3'), ['-c', CARRIER, String(oneWayMs), ...names], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const namespaces: Namespace[] = [];
  const ended = once(carrier, 'exit');
  const clean = (): void => {
    carrier.kill('SIGKILL');
    for (const { name } of namespaces) execFileSync('ip', ['netns', 'delete', name]);
  };
  process.once('exit', clean);
  const close = async (): Promise<void> => {
    process.off('exit', clean);
    carrier.stdin.end();
    await ended;
    await Promise.all(namespaces.splice(0).map((namespace) => namespace.close()));
  };
  try {
    await untilReady(carrier);
    const [client, server] = [await createNamespace(), await createNamespace()];
    namespaces.push(client, server);
    attach(client, names[0] ?? '', CLIENT_ADDRESS, SERVER_ADDRESS);
    attach(server, names[1] ?? '', SERVER_ADDRESS, CLIENT_ADDRESS);
    return { client, server, address: SERVER_ADDRESS, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

function untilReady(carrier: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    carrier.stdout?.once('data', () => resolve());
    carrier.once('error', reject);
    carrier.once('exit', (code) => reject(new Error(`no path: its carrier ended with ${code}`)));
  });
}

/** Gives a namespace its end of the path. */
function attach({ name }: Namespace, device: string, own: string, peer: string): void {
  execFileSync('ip', ['link', 'set', device, 'netns', name]);
  execFileSync('ip', ['-n', name, 'addr', 'add', own, 'peer', peer, 'dev', device]);
  execFileSync('ip', ['-n', name, 'link', 'set', device, 'up']);
}
