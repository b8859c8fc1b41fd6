import { onTestFinished } from 'vitest';
import type { ServerObject } from '../../src/contact/server.js';
import type { ProbeInfo } from '../../src/observe/events.js';
import type { SelectorOptions } from '../../src/options.js';
import type { QueryResult } from '../../src/query/query.js';
import { TransportSelector } from '../../src/selector.js';
import type { Policy } from '../../src/state/policy.js';
import { type FaultServer, type FaultServerOptions, startFaultServer } from '../../src/testing/index.js';
import { questionEnd, u16 } from '../../src/wire/octets.js';
import { query } from '../transport/support.js';
import { judgesTime } from './stall.js';

/** How long probes and attempts may take where a test waits for their end, in milliseconds. */
export const PATIENCE: number = 400;

/** A policy whose limits pass while a test waits; its numbers of strikes and lives are the default's. */
export const brisk: Partial<Policy> = {
  probeTimeoutMs: PATIENCE,
  attemptMs: PATIENCE,
  comparisonMs: PATIENCE,
  warmHedgeMinMs: 20,
  warmHedgeMaxMs: 20,
  coldHedgeMinMs: 100,
  coldHedgeMaxMs: 100,
};

/** A selector and one fault server on real sockets, which end with the test. */
export class Lab {
  readonly server: FaultServer;
  readonly selector: TransportSelector;
  readonly target: ServerObject;

  constructor(server: FaultServer, options: SelectorOptions) {
    this.server = server;
    this.selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, policy: brisk, ...options });
    const { address, port, dotPort } = server;
    this.target = { address, port, dotPort, zone: 'example.test' };
  }

  /** A query for A through the selector. */
  ask(name = 'a.example.test', timeoutMs?: number, signal?: AbortSignal): Promise<QueryResult> {
    return this.selector.query(this.target, query(name), { timeoutMs, signal });
  }

  /** Two queries, and the probe that they bring about. */
  async discover(): Promise<ProbeInfo> {
    const probed = new Promise<ProbeInfo>((resolve) => this.selector.once('probe', resolve));
    await this.ask();
    await this.ask();
    return probed;
  }

  /** Makes it Good, as a host's report of its own DoT query does: no session is open then. */
  makeGood(): void {
    this.selector.report(this.selector.decide(this.target), { transport: 'dot', ok: true, rcode: 0 });
  }

  /** Shows that this network lets DoT through: a failure is the server's own (S20). */
  proveNetwork(): void {
    this.selector.report(this.selector.decide('127.255.255.1'), { transport: 'dot', ok: true, rcode: 0 });
  }

  /** Makes it Good and opens a session. */
  async warmUp(): Promise<void> {
    this.makeGood();
    await this.ask('warm.example.test');
  }
}

/** A lab for this test. */
export async function lab(server: FaultServerOptions = {}, options: SelectorOptions = {}): Promise<Lab> {
  // A clock of the test's own does not go on while we stand still.
  if (options.clock === undefined) judgesTime();
  const started = await startFaultServer(server);
  const made = new Lab(started, options);
  onTestFinished(async () => {
    await made.selector.close();
    await started.close();
  });
  return made;
}

/** The address that an answer of a fault server carries; `''` for none. */
export function addressIn(answer: Uint8Array): string {
  if (u16(answer, 6) === 0) return '';
  // A pointer, type A, class IN, TTL and length take twelve octets.
  const at = questionEnd(answer) + 12;
  return answer.subarray(at, at + 4).join('.');
}

/** The code of what a promise rejects with, or the thing itself; `'resolved'` where it does not reject. */
export function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'resolved',
    (error) => (error instanceof Error && 'code' in error ? error.code : error),
  );
}
