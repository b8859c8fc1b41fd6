import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { testCertificates } from './certificate.js';

/** The number of tickets after the handshake. */
const TICKETS = 2000;
const POLL_MS = 5;
const NEEDS_OPENSSL = 'the fault ticket-flood needs the command openssl';
const READY_WITHIN_MS = 5000;

/** One connection's TLS server in a process of its own. */
export interface FloodingPeer {
  /** The encrypted side, to be joined to the client's socket. */
  readonly encrypted: Socket;
  /** What the client says, decrypted; what is written is encrypted to it. */
  readonly decrypted: Duplex;
  /** Ends the process. */
  kill(): void;
}

/** Connects to a Unix socket as soon as a server listens there. */
async function connectWhenReady(path: string, ended: () => string | undefined): Promise<Socket> {
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  for (;;) {
    const socket = connect(path);
    const failure = await new Promise<Error | undefined>((resolve) => {
      socket.once('connect', () => resolve(undefined));
      socket.once('error', resolve);
    });
    if (failure === undefined) return socket;
    const why = ended() ?? (performance.now() > giveUpAt ? failure.message : undefined);
    if (why !== undefined) throw new Error(`${NEEDS_OPENSSL}: ${why}`);
    await wait(POLL_MS);
  }
}

/** Whether a process has ended, or could not be started, and why. */
function watch(child: ChildProcessWithoutNullStreams): () => string | undefined {
  let why: string | undefined;
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('latin1')).slice(-500);
  });
  child.on('error', (error) => {
    why = error.message;
  });
  child.on('exit', (code) => {
    why ??= `s_server ended with ${code}: ${said}`;
  });
  // A process that was killed may still be written to.
  child.stdin.on('error', () => child.kill());
  return () => why;
}

/**
 * Whether the command `openssl` can be run.
 *
 * @throws an error that says so if it cannot
 */
export async function requireOpenssl(): Promise<void> {
  const child = spawn('openssl', ['version'], { stdio: 'ignore' });
  await once(child, 'close').catch((error: Error) => {
    throw new Error(`${NEEDS_OPENSSL}: ${error.message}`, { cause: error });
  });
}

/**
 * Starts a TLS 1.3 server that sends 2,000 tickets after the handshake, for one connection.
 *
 * @returns its two sides
 */
export async function startFloodingPeer(): Promise<FloodingPeer> {
  const directory = await mkdtemp(join(tmpdir(), 'dotscout-'));
  try {
    const pem = join(directory, 'server.pem');
    const path = join(directory, 'socket');
    await writeFile(pem, testCertificates.good.key + testCertificates.good.cert, { mode: 0o600 });
    const files = ['-unix', path, '-naccept', '1', '-key', pem, '-cert', pem];
    const child = spawn('openssl', [
      's_server',
      ...files,
      '-alpn',
      'dot',
      '-tls1_3',
      '-num_tickets',
      String(TICKETS),
      '-quiet',
    ]);
    try {
      const encrypted = await connectWhenReady(path, watch(child));
      const decrypted = Duplex.from({ readable: child.stdout, writable: child.stdin });
      // The process may be killed before anybody listens to its output, which then ends too early: no fault of the test's.
      decrypted.on('error', () => child.kill());
      return { encrypted, decrypted, kill: () => child.kill('SIGKILL') };
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}
