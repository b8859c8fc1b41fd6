import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subject } from '../resolvers/adapter.js';
import { ROOT, SERVERS, TLD } from '../world/addresses.js';
import type { Client } from './client.js';

const START_MS = 15_000;
const READY_POLL_MS = 100;
const STOP_MS = 5_000;
/** What is kept of its output, to be told when it does not start. */
const KEPT = 2_000;

/** Where a resolver is started. */
export interface ResolverProcessOptions {
  readonly subject: Subject;
  /** The network namespace. */
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
}

/** A resolver under test, from its first start to its end, over restarts. */
export class ResolverProcess implements AsyncDisposable {
  readonly #namespace: string;
  readonly #command: readonly string[];
  readonly #directory: string;
  #child: ChildProcess | undefined;
  #output = '';

  /** Writes its files. */
  constructor({ subject, namespace, address, port }: ResolverProcessOptions) {
    this.#namespace = namespace;
    this.#directory = mkdtempSync(join(tmpdir(), 'dot-conformance-'));
    const { files, command } = subject.plan({
      ...{ address, port, directory: this.#directory, root: ROOT, servers: SERVERS },
    });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#directory, name), text);
    this.#command = command;
  }

  /**
   * Starts it, and waits until it resolves a name of the top-level domain.
   *
   * @throws an error with the end of its output, where it does not
   */
  async start(client: Client): Promise<void> {
    const args = ['netns', 'exec', this.#namespace, ...this.#command];
    const child = spawn('ip', args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-KEPT);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => keep(Buffer.from(error.message)));
    const until = performance.now() + START_MS;
    while (performance.now() < until && child.exitCode === null) {
      const { rcode } = await client.ask(TLD, 'nxdomain', READY_POLL_MS);
      if (rcode === 3) return;
      await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS / 2));
    }
    throw new Error(`the resolver does not start: ${this.#output.trim()}`);
  }

  /** Ends it. */
  async stop(by: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(by);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
