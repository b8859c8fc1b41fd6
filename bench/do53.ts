import { Do53Exchange } from '../src/index.js';
import { startNsd } from '../test/support/servers.js';
import { type Bench, progress } from './bench.js';
import { closedLoop, measured } from './load.js';
import { inTurn, plainQueries } from './queries.js';
import { rawDo53 } from './raw-do53.js';
import { clearEndpoint, makeSelector, targetOf } from './real.js';
import { alternate } from './rounds.js';
import { compare } from './statistics.js';

const PLANS = { quick: { ms: 150, rounds: 11 }, full: { ms: 400, rounds: 51 } } as const;
const WARM_MS = 1_000;
const WINDOW = 100;
const NAMES = 1_000;

/** Plain DNS: `Do53Exchange` against one raw socket, and a selector that decides for clear text against the exchange. */
export const do53: Bench = async (effort) => {
  const { ms, rounds } = PLANS[effort];
  // Its DoT port is closed, so that it is Bad, as most servers of the world are.
  await using nsd = await startNsd({ tls: 'none' });
  await using selector = makeSelector();
  await using exchange = new Do53Exchange();
  const endpoint = clearEndpoint(nsd);
  const target = targetOf(nsd);
  await selector.probe(target);
  const next = inTurn(plainQueries(NAMES));
  const options = { signal: new AbortController().signal };
  const loads = (forMs: number) => ({
    raw: async () => (await measured(() => rawDo53(endpoint, WINDOW, forMs))).rate,
    exchange: async () =>
      (await measured(() => closedLoop(WINDOW, forMs, () => exchange.exchange(endpoint, next(), options)))).rate,
    selector: async () => (await measured(() => closedLoop(WINDOW, forMs, () => selector.query(target, next())))).rate,
  });
  await alternate(loads(WARM_MS), 1);
  progress(`window ${WINDOW}`);
  const rates = await alternate(loads(ms), rounds);
  return [
    { name: 'do53.exchange', ...compare(rates.exchange, rates.raw) },
    { name: 'do53.selector', ...compare(rates.selector, rates.exchange) },
  ];
};
