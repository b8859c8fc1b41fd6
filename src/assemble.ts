import { DeadlineQueue } from './common/deadline-queue.js';
import { KeepAlive } from './common/keep-alive.js';
import { SlotList } from './common/slot-list.js';
import { within } from './common/within.js';
import { refusalCause } from './contact/guard.js';
import { closedError, refusal } from './contact/query-error.js';
import { Decider } from './decide/decider.js';
import { Discovery, lastVerdictOf } from './discovery/discovery.js';
import { Sessions } from './discovery/sessions.js';
import type { Events } from './observe/events.js';
import { KeysSeen } from './observe/keys-seen.js';
import { newCounters, type SelectorCounters } from './observe/metrics.js';
import type { Parts } from './options.js';
import { Comparisons } from './query/comparisons.js';
import { HedgeWins, type Leak } from './query/hedge-wins.js';
import type { Query, QueryDeps } from './query/query.js';
import type { WakeReason } from './query/race-deps.js';
import { Reports } from './query/reports.js';
import type { RunDeps } from './query/run.js';
import { Holdoffs } from './rules/holdoffs.js';
import { ReturnProbes } from './rules/return-probes.js';
import { forbids } from './rules/terms.js';
import { BoundedProber } from './sources/bounded-prober.js';
import { Claims } from './sources/claims.js';
import type { Endpoint, HostPart } from './state/model.js';
import { EndpointTable } from './state/table/table.js';
import { Question } from './wire/names.js';

/** What a selector is made of. */
export interface Assembly {
  readonly parts: Parts;
  readonly events: Events;
  readonly counters: SelectorCounters;
  readonly keys: KeysSeen;
  readonly holdoffs: Holdoffs;
  readonly sessions: Sessions;
  /** What sources say; only where there are any. */
  readonly claims: Claims | undefined;
  readonly discovery: Discovery;
  readonly decider: Decider;
  readonly reports: Reports;
  readonly keepAlive: KeepAlive;
  /** Those whose callers wait. */
  readonly queries: SlotList<Query>;
  readonly queryDeps: QueryDeps;
  readonly runDeps: RunDeps;
  /** Tells all parts that the host is on another network. */
  networkChanged(id: string | undefined): void;
  /** Ends all parts, and waits a second at most for those of the host's own. */
  close(): Promise<void>;
}

/** How long `close` waits for parts of the host's own, in milliseconds. */
const CLOSE_MS = 1_000;

/**
 * Makes the parts of a selector and connects them, each from those before it; then starts what acts by itself: the store is
 * read, sources begin, the sessions are listened to.
 *
 * @param parts - the host's, with every default in place
 */
export function assemble(parts: Parts): Assembly {
  const { clock, events, policy, rules, guard, prober, random, dot, do53, store, sources } = parts;
  const { hostErrors } = events;
  const counters = newCounters(parts.dryRun);
  const keys = new KeysSeen(clock, events);
  const holdoffs = new Holdoffs();
  const sessions = new Sessions({ dot, do53, hostErrors });
  const table = new EndpointTable(policy, (endpoint) => sessions.isOpen(endpoint));
  const isAllowed = (address: string) => guard.admits(address) && !forbids(rules.lookup, address);
  const claimsDeps = {
    random,
    authenticates: dot.authenticates === true,
    admits: isAllowed,
    verdictOf: (endpoint: Endpoint) => lastVerdictOf(table, endpoint),
    standing: (key: string, now: number) => holdoffs.standing(key, now),
    failed: (error: unknown) => {
      counters.ignored.add('source');
      hostErrors.tell('source', error);
    },
  };
  const claims = sources.length === 0 ? undefined : new Claims(sources, claimsDeps);

  const discovery = new Discovery({
    ...parts,
    table,
    counters,
    keys,
    claimTermsOf: (endpoint) => claims?.probeTermsOf(endpoint, clock.now()),
    adopt: (endpoint, session) => sessions.adopt(endpoint, session),
  });
  const hedges = new HedgeWins((leak) => tellLeak(leak, { discovery, events, counters }));
  const decider = new Decider({
    parts,
    discovery,
    counts: counters.decisions,
    dryRun: counters.dryRun,
    claims,
    isWarm: (endpoint, now) => sessions.isOpen(endpoint) || hedges.isSilent(endpoint, now),
  });

  const returns = new ReturnProbes({
    clock,
    holdoffs,
    probe: async ({ endpoint, authentication }) => {
      // Nothing in clear text, and no name that must be kept.
      const order = { force: false, record: true, terms: { authentication } };
      const { evidence } = await discovery.probe(endpoint, {}, order);
      return evidence.result === 'success';
    },
  });
  const deadlines = new DeadlineQueue<WakeReason>(clock);
  const keepAlive = new KeepAlive(clock);
  const queries = new SlotList<Query>();
  // Not spread: what is spread may have another shape for each selector, for which V8 compiles anew all that reads it.
  const queryDeps: QueryDeps = {
    clock,
    events,
    dot,
    do53,
    deadlines,
    hedges,
    comparisons: new Comparisons(),
    holdoffs,
    returns,
    discovery,
    counters,
    claims,
    rules,
    decideAnew: (decision, message) => decider.underRules(decision, undefined, new Question(message), clock.now()),
    refusalOf: (decision) => refusal(decision, refusalCause(guard, decision.server.dot?.address)),
    epoch: () => decider.epoch,
    ended: (query) => {
      keepAlive.release();
      queries.delete(query);
    },
  };

  const epoch = () => (decider.standstill === 'closed' ? 'closed' : decider.epoch);
  const reports = new Reports({ clock, discovery, counters, epoch });
  const closing = new AbortController();
  const runDeps: RunDeps = { ...parts, reports, counters, closing: closing.signal, refusalOf: queryDeps.refusalOf };

  if (store !== undefined) decider.standstill = 'loading';
  discovery.storeSync.open(() => decider.loaded());
  const isOpen = () => decider.standstill !== 'closed' && !discovery.scheduler.isPaused;
  const mayProbe = (address: string) => isOpen() && isAllowed(address);
  const broke = (part: HostPart, error: unknown) => hostErrors.tell(part, error);
  claims?.open({ clock, guard, do53, prober: new BoundedProber({ prober, clock, mayProbe, broke }), random });
  const stopListening = sessions.listen({
    faulty: (endpoint, failure) => discovery.strike(endpoint, failure),
    keyShown: (endpoint, spki) => keys.see(endpoint, spki),
    handshaken: (ms) => counters.handshakes.add(ms),
  });

  return {
    parts,
    events,
    counters,
    keys,
    holdoffs,
    sessions,
    claims,
    discovery,
    decider,
    reports,
    keepAlive,
    queries,
    queryDeps,
    runDeps,
    networkChanged(id) {
      decider.epoch++;
      discovery.newEpoch(id);
      keys.clear();
      claims?.networkChanged(id);
      hedges.reset();
      holdoffs.clear();
      sessions.reset();
    },
    async close() {
      events.close();
      stopListening();
      discovery.close();
      closing.abort(closedError());
      for (const query of queries.list()) query.fail(closedError());
      deadlines.close();
      const exchanges = [dot, do53].map(async (exchange) => exchange.close());
      const others = [discovery.storeSync.link?.close(), claims?.close()];
      const all = [...exchanges, ...others];
      await within(clock, CLOSE_MS, () => Promise.allSettled(all), { keepAlive: true }).catch(() => {});
      discovery.storeSync.link?.end();
    },
  };
}

/** Hedges win so often that the encryption leaks: told, and a strike. A silent session is a strike of its own. */
function tellLeak(leak: Leak, to: Pick<Assembly, 'discovery' | 'events' | 'counters'>): void {
  const { endpoint, queries, leaked, slow } = leak;
  to.counters.queries.add('leaks');
  to.events.emit('leak', () => ({ endpoint, queries, leaked }));
  if (slow) to.discovery.strike(endpoint, { phase: 'answer', kind: 'silent' });
}
