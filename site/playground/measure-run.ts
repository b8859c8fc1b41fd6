import { FleetLife } from './fleet-life.js';
import { ServerLife } from './server-life.js';
import { DEFAULT_SETUP, type Setup } from './setup.js';

const DAY = 86_400_000;
const TRIES = 7;
const OUTAGE: Setup = {
  ...DEFAULT_SETUP,
  changes: [
    { at: 600_000, kind: 'refuse' },
    { at: 605_000, kind: 'good13' },
  ],
};

/** How long a day takes under one policy, in milliseconds: the median of some tries, after one that counts for nothing. */
export async function run(what: 'server' | 'fleet'): Promise<number> {
  const once = what === 'server' ? dayOfServer : dayOfFleet;
  await once();
  const times: number[] = [];
  for (let tries = what === 'server' ? TRIES : 1; tries > 0; tries--) {
    const began = performance.now();
    await once();
    times.push(performance.now() - began);
  }
  return Math.round(10 * (times.sort((a, b) => a - b)[times.length >> 1] ?? Number.NaN)) / 10;
}

async function dayOfServer(): Promise<void> {
  await new ServerLife(OUTAGE, OUTAGE.policies[0]).liveTo(DAY, () => true);
}

async function dayOfFleet(): Promise<void> {
  const life = new FleetLife(OUTAGE, OUTAGE.policies[0]);
  while (life.livedTo < DAY) await life.goOn();
}
