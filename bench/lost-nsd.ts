import { setTimeout as wait } from 'node:timers/promises';
import { DotExchange, type TransportSelector } from '../src/index.js';
import { startNsd } from '../test/support/servers.js';
import type { Measurement } from './bench.js';
import { openLoop } from './open-loop.js';
import { Questions } from './questions.js';
import { makeGood, makeSelector, targetOf } from './real.js';
import { firstAnswerMs } from './stalls.js';
import { shareOf } from './statistics.js';

const PER_SECOND = 150;
const RELOAD_EACH_MS = 3_000;
const WARM_MS = 1_000;
const AWAY_MS = 2_000;
const BACK_WITHIN_MS = 15_000;
const AFTER_MS = 2_000;
const POLL_MS = 10;
/** An ACK that the kernel delays comes 40 ms late. */
const HELD_MS = 15;
const SESSIONS = 6;
const ENDED_WITHIN_MS = 10_000;

/** Queries to a Good endpoint that went out in clear text, for whatever reason, those whose answer came too late among them. */
function clearQueries(selector: TransportSelector): number {
  return Object.values(selector.metrics().clearToGood).reduce<number>((sum, count) => sum + (count ?? 0), 0);
}

/**
 * NSD reads its zones again every 3 s, and thereby ends all sessions, while queries go on.
 *
 * @param queries - how many
 */
export async function reloads(queries: number): Promise<Measurement[]> {
  await using nsd = await startNsd();
  await using selector = makeSelector();
  const target = targetOf(nsd);
  makeGood(selector, target);
  const questions = new Questions(selector, [target]);
  const reloading = setInterval(() => nsd.reload(), RELOAD_EACH_MS);
  const over = new Promise<void>((resolve) => {
    const stop = openLoop(PER_SECOND, () => {
      if (questions.asked < queries) void questions.ask();
      else {
        stop();
        resolve();
      }
    });
  });
  await over;
  clearInterval(reloading);
  await questions.settled();
  return [
    { name: 'lost.reload.clear', value: clearQueries(selector), baseline: queries },
    { name: 'lost.reload.failed', value: questions.failed, baseline: queries },
  ];
}

/** NSD is away for 2 s, Do53 as well, while queries go on: how long after its return one is encrypted. */
export async function restart(): Promise<Measurement[]> {
  await using nsd = await startNsd();
  await using selector = makeSelector();
  let downgrades = 0;
  selector.on('downgrade', () => downgrades++);
  const target = targetOf(nsd);
  makeGood(selector, target);
  const questions = new Questions(selector, [target]);
  const stop = openLoop(PER_SECOND, () => void questions.ask());
  await wait(WARM_MS);
  await nsd.halt();
  await wait(AWAY_MS);
  const { encrypted } = questions;
  const clear = clearQueries(selector);
  let encryptedAt: number | undefined;
  const watch = setInterval(() => {
    if (questions.encrypted > encrypted) encryptedAt ??= questions.encryptedAt;
  }, POLL_MS);
  await nsd.setTls('any');
  const backAt = performance.now();
  while (encryptedAt === undefined && performance.now() - backAt < BACK_WITHIN_MS) await wait(POLL_MS);
  clearInterval(watch);
  await wait(AFTER_MS);
  stop();
  await questions.settled();
  const recoveryMs = encryptedAt === undefined ? BACK_WITHIN_MS : Math.max(0, encryptedAt - backAt);
  return [
    { name: 'lost.restart.recovery', value: recoveryMs / 1_000 },
    { name: 'lost.restart.downgrades', value: downgrades },
    { name: 'lost.restart.clear', value: clearQueries(selector) - clear },
  ];
}

/**
 * How many first answers come at once on a fresh session, the first there and the sixth: NSD has ended those in between.
 *
 * @param count - to how many addresses
 */
export async function freshSessions(count: number): Promise<Measurement[]> {
  const addresses = Array.from({ length: count }, (_, index) => `127.0.93.${index + 1}`);
  await using nsd = await startNsd({ address: addresses });
  await using exchange = new DotExchange({ guard: { admits: () => true } });
  const shares: number[] = [];
  for (let session = 0; session < SESSIONS; session++) {
    const times: number[] = [];
    for (const address of addresses) times.push(await firstAnswerMs(exchange, { address, dotPort: nsd.dotPort }));
    shares.push(shareOf(times, (ms) => ms < HELD_MS));
    nsd.reload();
    const giveUpAt = performance.now() + ENDED_WITHIN_MS;
    while (exchange.sessions.open > 0) {
      if (performance.now() > giveUpAt) throw new Error('NSD has reloaded, and its sessions stay open');
      await wait(POLL_MS);
    }
  }
  return [
    { name: 'lost.fresh.first', value: shares[0] ?? Number.NaN },
    { name: 'lost.fresh.sixth', value: shares.at(-1) ?? Number.NaN },
  ];
}
