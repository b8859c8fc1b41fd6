import { setTimeout as wait } from 'node:timers/promises';
import { createClient } from 'redis';
import type { TransportSelector } from '../src/index.js';
import { type RedisClient, RedisStore } from '../src/store/redis/index.js';
import { launchRedis, type Redis } from '../test/support/redis-server.js';
import type { FleetServer } from '../tools/fleet.js';
import { type Bench, type Measurement, progress } from './bench.js';
import { startBenchFleet } from './fleet.js';
import { openLoop } from './open-loop.js';
import { inTurn, plainQueries } from './queries.js';
import { makeGood, makeSelector } from './real.js';
import { compare, percentile } from './statistics.js';

const PLANS = { quick: { seconds: 4, runs: 1 }, full: { seconds: 10, runs: 5 } } as const;
/** Questions; each is asked on every side. */
const PER_SECOND = 100;
const ASKED = 30;
/** Found out by one member while its engine is gone. */
const FOUND = 20;
const RTT_MS = 5;
const DRAIN_MS = 2_000;
const AGREE_WITHIN_MS = 15_000;
const NAMES = 1_000;

const never = () => new Promise<never>(() => {});
const NEVER: RedisClient = {
  duplicate: () => ({ connect: never, sendCommand: never, subscribe: never, on: () => {}, destroy: () => {} }),
};

/** What a shared engine costs the queries when it hangs, has gone, or its client never settles, beside one that is well. */
export const share: Bench = async (effort) => {
  const { seconds, runs } = PLANS[effort];
  const kind = { name: 'DoT', capable: true, fault: 'good', count: ASKED + FOUND, rttMs: RTT_MS } as const;
  await using fleet = await startBenchFleet([{ ...kind, clearDelayMs: RTT_MS }]);
  const found: Run[] = [];
  for (let each = 1; each <= runs; each++) {
    progress(`run ${each} of ${runs}, ${seconds} s`);
    found.push(await run(fleet.servers, seconds));
  }
  return figures(found);
};

/** The sides, by what is wrong with their engine. */
const TROUBLES = ['hangs', 'killed', 'never'] as const;
type Trouble = (typeof TROUBLES)[number];

/** What one run has brought: milliseconds a query, failures, and seconds until a fleet agrees again. */
interface Run {
  readonly well: Side;
  readonly ill: Readonly<Record<Trouble, Side>>;
  readonly agreeS: Readonly<Record<Exclude<Trouble, 'never'>, number>>;
}

async function run(servers: readonly FleetServer[], seconds: number): Promise<Run> {
  const engines = [await launchRedis(), await launchRedis(), await launchRedis()] as const;
  const [calm, hanging, dying] = engines;
  const stores = { well: clientOf(calm), hangs: clientOf(hanging), killed: clientOf(dying), never: NEVER };
  const [well, hangs, killed, silent] = await Promise.all(Object.values(stores).map(openSide));
  const others = await Promise.all([openSide(stores.hangs), openSide(stores.killed)]);
  const sides = [well, hangs, killed, silent] as [Side, Side, Side, Side];
  const [asked, unknown] = [servers.slice(0, ASKED), servers.slice(ASKED)];
  for (const { selector } of sides) for (const server of asked) makeGood(selector, server);
  await load(sides, asked, 1);
  for (const side of sides) side.ms.length = 0;
  hanging.hang();
  await dying.kill();
  await load(sides, asked, seconds);
  for (const { selector } of sides.slice(1, 3)) for (const server of unknown) makeGood(selector, server);
  const starts = [async () => hanging.resume(), () => dying.start()];
  const agreed = await Promise.all(
    others.map(async ({ selector }, index) => {
      await starts[index]?.();
      return secondsUntilKnown(selector, unknown);
    }),
  );
  await Promise.all([...sides, ...others].map(({ selector }) => selector.close()));
  await Promise.all(engines.map((engine) => engine.remove()));
  const [ofHangs = Number.NaN, ofKilled = Number.NaN] = agreed;
  return {
    well: sides[0],
    ill: { hangs: sides[1], killed: sides[2], never: sides[3] },
    agreeS: { hangs: ofHangs, killed: ofKilled },
  };
}

/** One selector, and what became of its queries. */
interface Side {
  readonly selector: TransportSelector;
  readonly ms: number[];
  failed: number;
}

async function openSide(client: RedisClient): Promise<Side> {
  const selector = makeSelector({ store: new RedisStore({ client, vantage: 'bench' }) });
  while (selector.peek('127.0.0.1').reason === 'loading') await wait(20);
  return { selector, ms: [], failed: 0 };
}

function clientOf({ port }: Redis): RedisClient {
  return createClient({ url: `redis://127.0.0.1:${port}` });
}

async function load(sides: readonly Side[], servers: readonly FleetServer[], seconds: number): Promise<void> {
  const [nextServer, nextQuery] = [inTurn(servers), inTurn(plainQueries(NAMES))];
  let open = 0;
  const stop = openLoop(PER_SECOND, (index) => {
    const { address, port, dotPort, zone } = nextServer();
    const message = nextQuery();
    // Nobody always comes after the same other.
    for (let turn = 0; turn < sides.length; turn++) {
      const side = sides[(index + turn) % sides.length];
      if (side === undefined) continue;
      const askedAt = performance.now();
      open++;
      side.selector
        .query({ address, port, dotPort, zone }, message)
        .then(
          () => side.ms.push(performance.now() - askedAt),
          () => side.failed++,
        )
        .finally(() => open--);
    }
  });
  await wait(1_000 * seconds);
  stop();
  for (const until = performance.now() + DRAIN_MS; open > 0 && performance.now() < until; ) await wait(20);
  for (const side of sides) side.failed += open / sides.length;
}

async function secondsUntilKnown(selector: TransportSelector, servers: readonly FleetServer[]): Promise<number> {
  const startedAt = performance.now();
  const isKnown = () => servers.every((server) => selector.peek(server).reason === 'good');
  while (!isKnown() && performance.now() - startedAt < AGREE_WITHIN_MS) await wait(20);
  return (performance.now() - startedAt) / 1_000;
}

function figures(runs: readonly Run[]): Measurement[] {
  const p50 = ({ ms }: Side) => percentile(ms, 0.5);
  const failed = ({ well, ill }: Run) => [well, ...Object.values(ill)].reduce((sum, side) => sum + side.failed, 0);
  const base = runs.map(({ well }) => p50(well));
  return [
    ...TROUBLES.map((trouble) => ({
      name: `share.${trouble}.p50`,
      ...compare(
        runs.map(({ ill }) => p50(ill[trouble])),
        base,
      ),
    })),
    { name: 'share.failed', value: runs.reduce((sum, one) => sum + failed(one), 0) },
    { name: 'share.hangs.agree', value: Math.max(...runs.map(({ agreeS }) => agreeS.hangs)) },
    { name: 'share.killed.agree', value: Math.max(...runs.map(({ agreeS }) => agreeS.killed)) },
  ];
}
