import { setTimeout as wait } from 'node:timers/promises';
import { type Bench, type Measurement, progress } from './bench.js';
import { startBenchFleet } from './fleet.js';
import { freshSessions, reloads, restart } from './lost-nsd.js';
import { silence } from './lost-silence.js';
import { openLoop } from './open-loop.js';
import { Questions } from './questions.js';
import { makeGood, makeSelector, targetOf } from './real.js';

const PLANS = {
  quick: { reloadQueries: 2_000, oneShots: 10, silences: 1, addresses: 20 },
  full: { reloadQueries: 10_000, oneShots: 60, silences: 3, addresses: 100 },
} as const;

/** How a server that closes after each answer is asked: at a steady rate, or so many at once. */
const PER_SECOND = 6;
const AT_ONCE = 20;
const BETWEEN_BURSTS_MS = 1_000;

/** What lost sessions cost: where servers reload, restart, close after each answer, or fall silent all together. */
export const lost: Bench = async (effort) => {
  const { reloadQueries, oneShots, silences, addresses } = PLANS[effort];
  progress(`${reloadQueries} queries, and NSD reloads`);
  const found = [...(await reloads(reloadQueries))];
  progress('NSD restarts');
  found.push(...(await restart()));
  progress('closed after each answer');
  found.push(...(await closedAfterEach(oneShots)));
  progress('1,000 servers fall silent');
  found.push(...(await silence(silences)));
  progress(`fresh sessions to ${addresses} addresses`);
  found.push(...(await freshSessions(addresses)));
  return found;
};

/** One server at a steady rate for a while, and each second a burst to one that was never asked before. */
export async function closedAfterEach(count: number): Promise<Measurement[]> {
  const kind = { name: 'closes after each answer', capable: true, fault: 'one-shot', count: count + 1 } as const;
  await using fleet = await startBenchFleet([kind]);
  await using selector = makeSelector();
  const all = fleet.servers.map(targetOf).map((target) => {
    makeGood(selector, target);
    return new Questions(selector, [target]);
  });
  const [first, ...bursts] = all;
  const steady = all.slice(0, 1);
  const stop = openLoop(PER_SECOND, () => void first?.ask());
  for (const burst of bursts) {
    for (let query = 0; query < AT_ONCE; query++) void burst.ask();
    await wait(BETWEEN_BURSTS_MS);
  }
  stop();
  await Promise.all(all.map((one) => one.settled()));
  const sum = (of: readonly Questions[], what: 'asked' | 'encrypted' | 'failed') =>
    of.reduce((total, one) => total + one[what], 0);
  return [
    { name: 'lost.one-shot.steady', value: sum(steady, 'encrypted') / sum(steady, 'asked') },
    { name: 'lost.one-shot.burst', value: sum(bursts, 'encrypted') / sum(bursts, 'asked') },
    { name: 'lost.one-shot.failed', value: sum(all, 'failed'), baseline: sum(all, 'asked') },
  ];
}
