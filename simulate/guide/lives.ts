import { readFleet } from '../fleet.js';
import { live } from '../live.js';
import { durationText } from '../numbers.js';
import { Progress, type Terminal } from '../progress.js';
import type { Run } from '../run.js';
import { GUIDE_POLICIES, GUIDE_SIZES, type GuideFleet } from './settings.js';

/**
 * Lets all policies of the guide live in a fleet, one after the other.
 *
 * @param name - the fleet's
 * @param told - is told how far it has come; a file, of each life that is over
 */
export async function liveAll(name: GuideFleet, told: Terminal): Promise<Run[]> {
  const fleet = readFleet(name);
  const runs: Run[] = [];
  for (const policy of GUIDE_POLICIES[name]) {
    const bar = new Progress(told, `${name} ${policy}`);
    const options = { policy, fleet, setting: { ...GUIDE_SIZES[name], fleet: fleet.name }, log: undefined };
    const lived = await live({ ...options, progress: (share) => bar.show(share) }).finally(() => bar.end());
    told.write(`${name} ${policy}: ${durationText(lived.wallSeconds)}\n`);
    runs.push(lived);
  }
  return runs;
}
