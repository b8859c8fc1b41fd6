import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Subject } from '../resolvers/adapter.js';
import { ROOT, SERVERS, TLD } from '../world/addresses.js';
import type { Client } from './client.js';

const START_MS = 30_000;
const READY_WITHIN_MS = 5_000;
const READY_POLL_MS = 100;
const NXDOMAIN = 3;
const STOP_MS = 5_000;
/** What is kept of its output, to be told when it does not start. */
const KEPT = 2_000;

/** No line of text, no number, no record of any kind. */
const NOISE = Buffer.from(Array.from({ length: 512 }, (_, index) => (index * 167 + 13) & 0xff));

/** A scenario is about something that a resolver does not have. */
export class NotApplicable extends Error {}

/** A resolver does not start. */
export class NotStarted extends Error {
  /** Whether it had started before, in the same scenario: then that is what has failed. */
  readonly isAgain: boolean;

  constructor(message: string, isAgain: boolean) {
    super(message);
    this.isAgain = isAgain;
  }
}

/** Where a resolver is started. */
export interface ResolverProcessOptions {
  readonly subject: Subject;
  /** The network namespace. */
  readonly namespace: string;
  readonly address: string;
  readonly port: number;
  /** The addresses of the scenario's own servers. */
  readonly forwardTo: readonly string[];
  /** Whether it is to encrypt what it can; default true. */
  readonly encrypts?: boolean | undefined;
}

/** A resolver under test, from its first start to its end, over restarts. */
export class ResolverProcess implements AsyncDisposable {
  readonly #namespace: string;
  readonly #command: readonly string[];
  readonly #directory: string;
  /** The names of the files that it was given. */
  readonly #given: readonly string[];
  #child: ChildProcess | undefined;
  #output = '';
  #starts = 0;

  /** Writes its files. */
  constructor({ subject, namespace, address, port, forwardTo, encrypts = true }: ResolverProcessOptions) {
    this.#namespace = namespace;
    const { outside, inside } = subject.place.newFolder('dot-conformance-');
    this.#directory = outside;
    const { files, command } = subject.plan({
      ...{ address, port, directory: inside, root: ROOT, servers: SERVERS, forwardTo, encrypts },
    });
    this.#given = Object.keys(files);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.#directory, name), text);
    this.#command = command;
  }

  /**
   * Starts it, and waits until it resolves a name of the top-level domain.
   *
   * @throws an error with the end of its output, where it does not
   */
  async start(client: Client): Promise<void> {
    this.#starts += 1;
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
    let isReady = false;
    while (performance.now() < until && !hasEnded(child)) {
      // Nobody says when a query comes before the resolver listens: the next one does not wait for it.
      void client.ask(TLD, 'nxdomain', READY_WITHIN_MS).then(({ rcode }) => {
        isReady ||= rcode === NXDOMAIN;
      });
      await wait(READY_POLL_MS);
      if (isReady) return;
    }
    throw new NotStarted(`the resolver does not start: ${this.#output.trim()}`, this.#starts > 1);
  }

  /** Which process it is; `undefined` while none runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Makes noise of every file that it has left.
   *
   * @throws `NotApplicable` where there is none
   */
  spoil(): void {
    const files = readdirSync(this.#directory, { withFileTypes: true }).filter(
      (one) => one.isFile() && !this.#given.includes(one.name),
    );
    if (files.length === 0) throw new NotApplicable('it keeps no file');
    for (const { name } of files) writeFileSync(join(this.#directory, name), NOISE);
  }

  /** Ends it. */
  async stop(by: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || hasEnded(child)) return;
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

/** By itself, or by a signal: then it has no exit code. */
function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
