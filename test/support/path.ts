import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { findProgram } from './daemon.js';
import { canNamespace, createNamespace, type Namespace } from './namespace.js';

/** Of RFC 5737 section 3: nobody in the world has them. */
const CLIENT_ADDRESS = '192.0.2.1';
const SERVER_ADDRESS = '192.0.2.2';

const TUN = '/dev/net/tun';

/**
 * Carries packets between two TUN interfaces and delivers each after a time. Not a relay of connections: that would acknowledge
 * by itself, and what the two ends do to each other would not be seen. It tells of each first packet of a TCP connection from
 * the clients. Node cannot open such an interface, hence Python. It ends with its parent, whose end closes its input.
 */
const CARRIER = `
import collections, fcntl, os, select, socket, struct, sys, time
delay, names = float(sys.argv[1]) / 1000, sys.argv[2:]
TUNSETIFF, IFF_TUN_NO_PI = 0x400454CA, 0x1001
def tun(name):
    interface = os.open('${TUN}', os.O_RDWR)
    fcntl.ioctl(interface, TUNSETIFF, struct.pack('16sH22x', name.encode(), IFF_TUN_NO_PI))
    return interface
def tell(packet):
    tcp = 4 * (packet[0] & 15)
    if packet[0] >> 4 == 4 and packet[9] == 6 and packet[tcp + 13] & 0x12 == 0x02:
        port = struct.unpack_from('!H', packet, tcp + 2)[0]
        print(socket.inet_ntoa(packet[16:20]), port, time.monotonic() * 1000, flush=True)
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
        packet = os.read(interface, 65535)
        under_way.append((time.monotonic() + delay, opposite[interface], packet))
        if interface is near:
            tell(packet)
    while under_way and under_way[0][0] <= time.monotonic():
        _, interface, packet = under_way.popleft()
        try:
            os.write(interface, packet)
        except OSError:
            pass  # It is not up.
`;

/** A TCP connection that a client has begun: its first packet, or that packet once more. */
export interface BegunConnection {
  readonly address: string;
  readonly port: number;
  /** On the system's monotonic clock, which `process.hrtime` shows in every process, in milliseconds. */
  readonly at: number;
}

/** Two network namespaces, one for clients and one for servers, and a path between them that takes time. */
export interface Path extends AsyncDisposable {
  readonly client: Namespace;
  readonly server: Namespace;
  /** The servers' address. */
  readonly address: string;
  /** What clients have begun so far. */
  readonly connections: readonly BegunConnection[];
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
 * @param prefix - of more addresses at the servers' end, which drops what is for none of its own; default none
 */
export async function createPath(oneWayMs: number, prefix?: string): Promise<Path> {
  const why = canPath();
  if (why !== undefined) throw new Error(`no path: ${why}`);
  made += 1;
  const names = ['c', 's'].map((side) => `ds${side}${process.pid}-${made}`);
  const carrier = spawn(findProgram('python3', 'python3'), ['-c', CARRIER, String(oneWayMs), ...names], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const namespaces: Namespace[] = [];
  const connections: BegunConnection[] = [];
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
    await untilReady(carrier, (connection) => connections.push(connection));
    const [client, server] = [await createNamespace(), await createNamespace()];
    namespaces.push(client, server);
    attach(client, names[0] ?? '', CLIENT_ADDRESS, SERVER_ADDRESS);
    attach(server, names[1] ?? '', SERVER_ADDRESS, CLIENT_ADDRESS);
    if (prefix !== undefined) {
      execFileSync('ip', ['-n', client.name, 'route', 'add', prefix, 'dev', names[0] ?? '']);
      execFileSync('ip', ['-n', server.name, 'route', 'add', 'blackhole', prefix]);
    }
    return { client, server, address: SERVER_ADDRESS, connections, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Its first line says that it carries, each one after it a connection. */
function untilReady(
  carrier: ChildProcessByStdio<Writable, Readable, null>,
  begun: (one: BegunConnection) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const lines = createInterface(carrier.stdout);
    lines.once('line', () => {
      resolve();
      lines.on('line', (line) => {
        const [address = '', port, at] = line.split(' ');
        begun({ address, port: Number(port), at: Number(at) });
      });
    });
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
