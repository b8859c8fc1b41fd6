import { setTimeout as wait } from 'node:timers/promises';
import type { TransitionInfo, TransportSelector } from '../src/index.js';
import type { FleetServer } from '../tools/fleet.js';
import { workload } from '../tools/workload.js';
import { countStatuses, type StatusCounts } from './summary.js';
import type { QueryCounts, Tally } from './tally.js';

/** How a run stands. */
export interface Progress {
  readonly seconds: number;
  readonly planned: number;
  readonly queries: QueryCounts;
  readonly statuses: StatusCounts;
  readonly hedges: number;
}

/** Shows a run while it goes on. */
export interface Screen {
  /** A server has become Good or Bad. */
  transition(server: FleetServer, info: TransitionInfo): void;
  /** Called several times a second. */
  progress(progress: Progress): void;
  /** Called once, at the end. */
  end(progress: Progress): void;
}

/** What a run needs. */
export interface RunOptions {
  readonly selector: TransportSelector;
  readonly servers: readonly FleetServer[];
  readonly queries: number;
  readonly seed: number;
  readonly tally: Tally;
  readonly screen: Screen;
}

/** Clients that ask, each one query at a time with a pause after it: together about 250 queries a second. */
const CLIENTS = 16;
const PAUSE_MS = 60;
const SHOW_MS = 200;
/** A black hole takes four seconds to be known; on a busy machine more. */
const SETTLE_MS = 20_000;
const POLL_MS = 50;

/** Runs the workload, and waits until the last probe has ended. */
export async function run(options: RunOptions): Promise<void> {
  const { selector, servers, queries, seed, tally, screen } = options;
  const startedAt = performance.now();
  const progress = (): Progress => ({
    seconds: (performance.now() - startedAt) / 1_000,
    planned: queries,
    queries: tally.queries,
    statuses: countStatuses(selector, servers),
    hedges: selector.metrics().clearToGood.hedge ?? 0,
  });
  const byEndpoint = new Map(servers.map((server) => [`${server.address} ${server.dotPort}`, server]));
  selector.on('probe', ({ endpoint }) => tally.probe(endpoint));
  selector.on('transition', (info) => {
    const server = byEndpoint.get(`${info.endpoint.address} ${info.endpoint.port}`);
    if (server !== undefined) screen.transition(server, info);
  });
  const shown = setInterval(() => screen.progress(progress()), SHOW_MS);
  try {
    const questions = workload(servers, queries, seed);
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(options, questions, index)));
    await settled(selector);
  } finally {
    clearInterval(shown);
  }
  screen.end(progress());
}

async function client({ selector, tally }: RunOptions, questions: ReturnType<typeof workload>, index: number) {
  // They do not all ask at once.
  await wait((index * PAUSE_MS) / CLIENTS);
  // A generator's own loop would end it for the other clients as well.
  for (let next = questions.next(); next.done !== true; next = questions.next()) {
    const { server, message } = next.value;
    const { address, port, dotPort, zone } = server;
    const askedAt = performance.now();
    const result = await selector.query({ address, port, dotPort, zone }, message).catch(() => undefined);
    tally.query(server, result, performance.now() - askedAt);
    await wait(PAUSE_MS);
  }
}

/** Waits until no probe is wanted or in flight, within bounds. */
async function settled(selector: TransportSelector): Promise<void> {
  const giveUpAt = performance.now() + SETTLE_MS;
  const isBusy = () => selector.metrics().inFlight + selector.metrics().candidates > 0;
  while (isBusy() && performance.now() < giveUpAt) await wait(POLL_MS);
}
