import { createPath } from '../test/support/path.js';
import { type RealServer, startBind, startNsd } from '../test/support/servers.js';
import { type Bench, type Measurement, progress } from './bench.js';
import { startChild } from './child.js';
import type { PathAnswer, PathOrder, PathReport } from './path-client.js';
import { compare, median } from './statistics.js';

const PLANS = { quick: { rounds: 1, seconds: 6 }, full: { rounds: 5, seconds: 20 } } as const;
const ONE_WAY_MS = 10;
const WARM_MS = 5_000;
/** How often a busy server is asked, in the mean, and one that is not. */
const BUSY_PER_SECOND = 50;
const SELDOM_PER_SECOND = 5;
const SERVERS = { nsd: startNsd, bind: startBind } as const;
const PORTS = { do53Port: 53, dotPort: 853 } as const;

/** How far a question is from the one before, in milliseconds: nearer than half a round trip, than one, or much farther. */
const DISTANCES = {
  near: (ms: number) => ms < 10,
  middle: (ms: number) => ms >= 10 && ms < 20,
  far: (ms: number) => ms > 30,
} as const;

/**
 * Answers of real servers over a path that takes time: how long they take by how soon a question follows the one before,
 * since a server that leaves Nagle's algorithm on holds an answer until we have acknowledged the one before.
 */
export const path: Bench = async (effort) => {
  const { rounds, seconds } = PLANS[effort];
  const found: Measurement[] = [];
  await using way = await createPath(ONE_WAY_MS);
  for (const [name, start] of Object.entries(SERVERS)) {
    await using server = await start({ address: way.address, namespace: way.server, ...PORTS });
    await using client = startChild('path-client', way.client);
    const ask = (perSecond: number, warmMs: number) =>
      client.ask<PathReport>({
        server: placeOf(server),
        perSecond,
        warmMs,
        forMs: 1_000 * seconds,
      } satisfies PathOrder);
    const busy: PathReport[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`${name}, round ${round} of ${rounds}`);
      busy.push(await ask(BUSY_PER_SECOND, WARM_MS));
    }
    const seldom = await ask(SELDOM_PER_SECOND, 0);
    const answers = busy.map((report) => report.answers);
    for (const [distance, holds] of Object.entries(DISTANCES))
      found.push({ name: `path.${name}.${distance}`, ...timesOf(answers, holds) });
    found.push({ name: `path.${name}.sessions`, value: Math.max(...busy.map(({ open }) => open)) });
    found.push({ name: `path.${name}.seldom-sessions`, value: seldom.opened });
  }
  return found;
};

function placeOf({ address, port, dotPort }: RealServer): PathOrder['server'] {
  return { address, port, dotPort };
}

/** The rounds' medians over DoT beside those over Do53, which is one round trip. */
function timesOf(rounds: readonly (readonly PathAnswer[])[], holds: (distanceMs: number) => boolean) {
  const those = rounds.map((answers) => answers.filter(({ distanceMs }) => holds(distanceMs)));
  return compare(
    those.map((answers) => median(answers.map(({ dotMs }) => dotMs))),
    those.map((answers) => median(answers.map(({ clearMs }) => clearMs))),
  );
}
