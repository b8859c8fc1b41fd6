import { onTestFinished } from 'vitest';
import type { ServerObject } from '../../src/contact/server.js';
import type { SelectorOptions } from '../../src/options.js';
import type { QueryResult } from '../../src/query/query.js';
import { TransportSelector } from '../../src/selector.js';
import { type FaultServer, type FleetOptions, type FleetSpec, startFleet } from '../../src/testing/index.js';
import { query } from '../transport/support.js';
import { judgesTime } from './stall.js';

/** One server of a crowd. */
export interface Member {
  readonly server: FaultServer;
  readonly target: ServerObject;
}

/** A selector and many fault servers, which end with the test. */
export interface Crowd {
  readonly selector: TransportSelector;
  readonly members: readonly Member[];
  /** Makes servers Good, as a host's report of its own DoT query does: no session is open then. */
  makeGood(members: readonly Member[]): void;
  /** A query for A. */
  ask(member: Member, name?: string): Promise<QueryResult>;
}

/**
 * Starts a crowd.
 *
 * @param specs - which servers
 * @param network - the first two octets of their addresses, which no other test may use
 * @param options - the selector's
 */
export async function crowd(
  specs: readonly FleetSpec[],
  network: FleetOptions['network'],
  options: SelectorOptions = {},
): Promise<Crowd> {
  // A clock of the test's own does not go on while we stand still.
  if (options.clock === undefined) judgesTime();
  const fleet = await startFleet(specs, { network });
  const selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, ...options });
  onTestFinished(async () => {
    await selector.close();
    await fleet.close();
  });
  const members = fleet.servers.map((server) => {
    const { address, port, dotPort } = server;
    return { server, target: { address, port, dotPort, zone: 'example.test' } };
  });
  return {
    selector,
    members,
    makeGood(chosen) {
      for (const { target } of chosen)
        selector.report(selector.decide(target), { transport: 'dot', ok: true, rcode: 0 });
    },
    ask: ({ target }, name = 'a.example.test') => selector.query(target, query(name)),
  };
}

/** Goes through a list with so many at once. */
export async function eachOf<T>(items: readonly T[], atOnce: number, run: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await run(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** A list in another order, the same at every run. */
export function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const list = [...items];
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j] as T, list[i] as T];
  }
  return list;
}
