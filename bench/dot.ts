import { DotExchange, type QueryResult } from '../src/index.js';
import { type RealServer, startBind, startNsd } from '../test/support/servers.js';
import { type Bench, type Measurement, progress } from './bench.js';
import { dnsperf } from './dnsperf.js';
import { dohdec } from './dohdec.js';
import { closedLoop, type Load, measured } from './load.js';
import { inTurn, plainQueries } from './queries.js';
import { RawDot } from './raw-dot.js';
import { dotEndpoint, makeGood, makeSelector, targetOf } from './real.js';
import { alternate } from './rounds.js';
import { type Comparison, compare } from './statistics.js';

/** How many names are asked for in turn. */
const NAMES = 1_000;
/** Many short rounds rather than few long ones: what disturbs the machine then disturbs all. */
const PLANS = {
  quick: { ms: 150, rounds: 11, bindRounds: 7, narrowMs: 80, narrowRounds: 4, outsideMs: 1_000, outsideRounds: 5 },
  full: { ms: 400, rounds: 51, bindRounds: 31, narrowMs: 250, narrowRounds: 25, outsideMs: 1_000, outsideRounds: 9 },
} as const;
type Plan = (typeof PLANS)['quick' | 'full'];
const NARROW = [1, 10] as const;
const WIDE = 100;
/** The compiler learns what the first seconds teach it. */
const WARM_MS = 1_000;
/** What is compiled needs a session, and no more. */
const OPEN_MS = 50;

/** DoT on one session: ours against a raw loop, dnsperf and dohdec. */
export const dot: Bench = async (effort) => {
  const plan = PLANS[effort];
  const found: Measurement[] = [];
  {
    await using nsd = await startNsd();
    await using clients = await openClients(nsd);
    await alternate(loads(clients, WIDE, WARM_MS), 1);
    for (const window of NARROW) found.push(...(await narrow(clients, window, plan)));
    found.push(...(await wide(clients, plan)), ...(await outside(nsd, clients, plan)));
  }
  await using bind = await startBind();
  await using clients = await openClients(bind);
  await alternate(loads(clients, WIDE, OPEN_MS), 1);
  progress(`BIND, window ${WIDE}`);
  const { signal, ...others } = loads(clients, WIDE, plan.ms);
  const { raw, exchange, selector } = await alternate(others, plan.bindRounds);
  found.push(
    named('dot.bind.exchange.100', compare(exchange.map(rateOf), raw.map(rateOf))),
    named('dot.bind.selector.100', compare(selector.map(rateOf), raw.map(rateOf))),
  );
  return found;
};

/** Everything of ours and the raw loop, each with a session of its own that is open. */
interface Clients extends AsyncDisposable {
  readonly raw: (window: number, ms: number) => Promise<number>;
  readonly exchange: () => Promise<Uint8Array>;
  readonly selector: () => Promise<QueryResult>;
  readonly signal: () => Promise<QueryResult>;
}

async function openClients(server: RealServer): Promise<Clients> {
  const endpoint = dotEndpoint(server);
  const target = targetOf(server);
  const options = { signal: new AbortController().signal };
  const exchange = new DotExchange({ guard: { admits: () => true } });
  const selector = makeSelector();
  makeGood(selector, target);
  const next = inTurn(plainQueries(NAMES));
  const raw = await RawDot.open(server);
  return {
    raw: (window, ms) => raw.load(window, ms),
    exchange: () => exchange.exchange(endpoint, next(), options),
    selector: () => selector.query(target, next()),
    signal: () => selector.query(target, next(), { signal: new AbortController().signal }),
    async [Symbol.asyncDispose]() {
      raw.close();
      await Promise.all([exchange.close(), selector.close()]);
    },
  };
}

function loads({ raw, exchange, selector, signal }: Clients, window: number, ms: number) {
  // On a busy machine a hedge may win, once in a while: no answer over DoT, so none that counts.
  const ofSelector = (ask: () => Promise<QueryResult>) => () =>
    measured(() => closedLoop(window, ms, ask, ({ encrypted }) => encrypted));
  return {
    raw: () => measured(() => raw(window, ms)),
    exchange: () => measured(() => closedLoop(window, ms, exchange)),
    selector: ofSelector(selector),
    signal: ofSelector(signal),
  };
}

async function narrow(clients: Clients, window: number, plan: Plan): Promise<Measurement[]> {
  progress(`NSD, window ${window}`);
  const { raw, ...ours } = await alternate(loads(clients, window, plan.narrowMs), plan.narrowRounds);
  return Object.entries(ours).map(([name, rounds]) =>
    named(`dot.nsd.${name}.${window}`, compare(rounds.map(rateOf), raw.map(rateOf))),
  );
}

async function wide(clients: Clients, plan: Plan): Promise<Measurement[]> {
  progress(`NSD, window ${WIDE}`);
  const { raw, ...ours } = await alternate(loads(clients, WIDE, plan.ms), plan.rounds);
  return [
    ...Object.entries(ours).map(([name, rounds]) =>
      named(`dot.nsd.${name}.${WIDE}`, compare(rounds.map(rateOf), raw.map(rateOf))),
    ),
    named('dot.nsd.cpu.100', compare(ours.exchange.map(cpuOf), raw.map(cpuOf))),
    named('dot.nsd.selector-cpu.100', compare(ours.selector.map(cpuOf), raw.map(cpuOf))),
  ];
}

/** Against clients of other people. */
async function outside(nsd: RealServer, clients: Clients, plan: Plan): Promise<Measurement[]> {
  progress('NSD, dnsperf and dohdec');
  const { exchange } = loads(clients, WIDE, plan.outsideMs);
  const rounds = await alternate(
    {
      exchange: async () => (await exchange()).rate,
      dnsperf: () => dnsperf(nsd, WIDE),
      dohdec: () => dohdec(true, nsd, WIDE, plan.outsideMs),
      bytes: () => dohdec(false, nsd, WIDE, plan.outsideMs),
    },
    plan.outsideRounds,
  );
  return [
    named('dot.nsd.dnsperf.100', compare(rounds.exchange, rounds.dnsperf)),
    named('dot.nsd.dohdec.100', compare(rounds.exchange, rounds.dohdec)),
    named('dot.nsd.dohdec-bytes.100', compare(rounds.exchange, rounds.bytes)),
  ];
}

function named(name: string, comparison: Comparison): Measurement {
  return { name, ...comparison };
}

function rateOf({ rate }: Load): number {
  return rate;
}

function cpuOf({ cpuMicros }: Load): number {
  return cpuMicros;
}
