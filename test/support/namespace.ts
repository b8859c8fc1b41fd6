import { execFile, execFileSync, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What a namespace's firewall does with a connection. */
export type FirewallAction = 'drop' | 'reset' | 'net-unreachable' | 'host-unreachable' | 'admin-prohibited';

const STATEMENTS: Record<FirewallAction, string> = {
  drop: 'drop',
  reset: 'reject with tcp reset',
  'net-unreachable': 'reject with icmp type net-unreachable',
  'host-unreachable': 'reject with icmp type host-unreachable',
  'admin-prohibited': 'reject with icmp type admin-prohibited',
};

/** A network namespace of its own, with a loopback interface, and a firewall. */
export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** Runs a program inside to its end. */
  exec(program: string, ...args: string[]): Promise<{ stdout: string; stderr: string; code: number }>;
  /** Gives the loopback interface more addresses, which BIND needs. */
  addAddress(...addresses: string[]): Promise<void>;
  /** From now on this happens to TCP segments to an address, or several, and a port, of open connections too. */
  filter(address: string | readonly string[], port: number, action: FirewallAction): Promise<void>;
  /** Takes every filter back. */
  unfilter(): Promise<void>;
  close(): Promise<void>;
}

/** One process for all of them. */
const ADD_ADDRESSES = 'for address in "$@"; do echo "addr add $address/32 dev lo"; done | ip -batch -';

let reason: string | undefined | null = null;

/** Why no namespace with a firewall can be made here; `undefined` if it can. Tries once. */
export function canNamespace(): string | undefined {
  if (reason === null) reason = tryOnce();
  return reason;
}

function tryOnce(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  const script = 'ip link set lo up && nft add table inet t && nft list tables | grep -q t';
  try {
    execFileSync('unshare', ['-n', 'sh', '-c', script], { stdio: 'pipe' });
    const name = `dotscout-try-${process.pid}`;
    execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' });
    execFileSync('ip', ['netns', 'delete', name], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as Error).message.trim();
  }
}

let made = 0;

/** Makes a namespace; throws where {@link canNamespace} gives a reason. */
export async function createNamespace(): Promise<Namespace> {
  const why = canNamespace();
  if (why !== undefined) throw new Error(`no network namespace: ${why}`);
  made += 1;
  const name = `dotscout-${process.pid}-${made}`;
  await run('ip', ['netns', 'add', name]);
  const inside = (program: string, ...args: string[]) => run('ip', ['netns', 'exec', name, program, ...args]);
  const close = async (): Promise<void> => {
    await run('ip', ['netns', 'delete', name]);
  };
  try {
    await inside('ip', 'link', 'set', 'lo', 'up');
    await inside('nft', 'add table inet t; add chain inet t i { type filter hook input priority 0; }');
  } catch (error) {
    await close();
    throw error;
  }
  return {
    name,
    exec: (program, ...args) => execute('ip', ['netns', 'exec', name, program, ...args]),
    async addAddress(...addresses) {
      await inside('sh', '-c', ADD_ADDRESSES, 'sh', ...addresses);
    },
    async filter(address, port, action) {
      const addresses = [address].flat().join(', ');
      await inside('nft', `add rule inet t i ip daddr { ${addresses} } tcp dport ${port} ${STATEMENTS[action]}`);
    },
    async unfilter() {
      await inside('nft', 'flush chain inet t i');
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function execute(program: string, args: string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ stdout, stderr, code: code ?? -1 }));
  });
}
