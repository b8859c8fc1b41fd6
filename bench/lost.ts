import { setTimeout as wait } from 'node:timers/promises';
import { type Bench, type Measurement, progress } from './bench.js';
import { startBenchFleet } from './fleet.js';
import { freshSessions, reloads, restart } from './lost-nsd.js';
import { silence } from './lost-silence.js';
import { openLoop } from './open-loop.js';
import { Questions } from './questions.js';
import { makeGood, makeSelector, targetOf } from './real.js';

const PLANS = {
  quick: { reloadQueries: 2_000, oneShotSeconds: 12, silences: 1, addresses: 20 },
  full: { reloadQueries: 10_000, oneShotSeconds: 60, silences: 3, addresses: 100 },
} as const;

/** How often a server that closes after each answer is asked: at a steady rate, and many at once now and then. */
const PER_SECOND = 6;
const AT_ONCE = 20;
const BETWEEN_BURSTS_MS = 3_000;

/** What lost sessions cost: where servers reload, restart, close after each answer, or fall silent all together. */
export const lost: Bench = async (effort) => {
  const { reloadQueries, oneShotSeconds, silences, addresses } = PLANS[effort];
  progress(`${reloadQueries} queries, and NSD reloads`);
  const found = [...(await reloads(reloadQueries))];
  progress('NSD restarts');
  found.push(...(await restart()));
  progress('closed after each answer');
  found.push(...(await oneShot(oneShotSeconds)));
  progress('1,000 servers fall silent');
  found.push(...(await silence(silences)));
  progress(`fresh sessions to ${addresses} addresses`);
  found.push(...(await freshSessions(addresses)));
  return found;
};

async function oneShot(seconds: number): Promise<Measurement[]> {
  const kind = { name: 'closes after each answer', capable: true, fault: 'one-shot', count: 2 } as const;
  await using fleet = await startBenchFleet([kind]);
  await using selector = makeSelector();
  const [steady, bursts] = fleet.servers.map(targetOf).map((target) => {
    makeGood(selector, target);
    return new Questions(selector, [target]);
  });
  if (steady === undefined || bursts === undefined) throw new Error('the fleet has too few servers');
  const stop = openLoop(PER_SECOND, () => void steady.ask());
  for (let left = 1_000 * seconds; left > 0; left -= BETWEEN_BURSTS_MS) {
    for (let count = 0; count < AT_ONCE; count++) void bursts.ask();
    await wait(BETWEEN_BURSTS_MS);
  }
  stop();
  await Promise.all([steady.settled(), bursts.settled()]);
  return [
    { name: 'lost.one-shot.steady', value: steady.encrypted / steady.asked },
    { name: 'lost.one-shot.burst', value: bursts.encrypted / bursts.asked },
    { name: 'lost.one-shot.failed', value: steady.failed + bursts.failed, baseline: steady.asked + bursts.asked },
  ];
}
