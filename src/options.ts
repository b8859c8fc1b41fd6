import { BoundedMap } from './common/bounded-map.js';
import { type Clock, systemClock } from './common/clock.js';
import type { DecisionContext } from './contact/contact.js';
import { createGuard, type Guard, type GuardOptions, type TellingGuard } from './contact/guard.js';
import { Events } from './observe/events.js';
import type { Expected, HostErrors } from './observe/host-errors.js';
import { DotProber } from './probe/dot-prober.js';
import type { Prober } from './probe/prober.js';
import { AdmittingGuard } from './rules/admitting-guard.js';
import type { Rules } from './rules/rule-lookup.js';
import { RulesInForce } from './rules/rules-in-force.js';
import { invalid as invalidSource, type Source } from './sources/source.js';
import { canonicalText } from './state/address/address.js';
import { type Names, requireNames } from './state/known-names.js';
import { type Policy, type PolicyInput, resolvePolicy } from './state/policy.js';
import type { Store } from './store/store.js';
import { checkSignal, checkTimeout, has, invalid } from './transport/check-options.js';
import { Do53Exchange } from './transport/do53/exchange.js';
import { DotExchange } from './transport/dot/exchange.js';
import type { Exchange } from './transport/exchange.js';

/** What a {@link TransportSelector} may be given; all of it has defaults. */
export interface SelectorOptions {
  /** When to probe, how long to believe, what a failure means: a preset's name, or what differs from `default`. */
  readonly policy?: PolicyInput | undefined;
  /** Where we never connect of our own accord: prefixes to admit or forbid beyond the default list, or a guard. */
  readonly guard?: GuardOptions | Guard | undefined;
  /** Finds out whether an endpoint speaks DoT; default a `DotProber`. */
  readonly prober?: Prober | undefined;
  /** Carries queries over DoT; default a `DotExchange`. Closed with the selector. */
  readonly dot?: Exchange | undefined;
  /** Carries queries over Do53; default a `Do53Exchange`. Closed with the selector. */
  readonly do53?: Exchange | undefined;
  /** Where time is read; default the system's clock. */
  readonly clock?: Clock | undefined;
  /** Random numbers in [0,1) for jitter and exploring; default `Math.random`. Ids and ports never come from it. */
  readonly random?: (() => number) | undefined;
  /**
   * Where verdicts outlive the process, for instance a `FileStore` of `dotscout/store`; default none. Until it is read all
   * is decided in clear text, reason `loading`; `TransportSelector.open` waits for that. Closed with the selector.
   */
  readonly store?: Store | undefined;
  /** What must or must never be encrypted: a list of rules, or the text of a rule file; default none. See `setRules`. */
  readonly rules?: Rules | undefined;
  /**
   * Ways to learn of encrypted servers other than probing, best first, for instance those of `dotscout/sources`; default none.
   * Rules go before what they say, at most 16. Closed with the selector.
   */
  readonly sources?: readonly Source[] | undefined;
  /**
   * Certificates in PEM to trust in the place of the system's, where a rule demands a certificate. Of a host's own `dot` and
   * `prober` they are the host's business.
   */
  readonly trustAnchors?: readonly string[] | undefined;
  /** Decide everything that no rule demands in clear text and count what would have been encrypted (reason `dry-run`). */
  readonly dryRun?: boolean | undefined;
  /** How long a query may take, in milliseconds; default 5,000, above 0, at most an hour. */
  readonly timeoutMs?: number | undefined;
}

/** How one query is to run. */
export interface QueryOptions {
  /** When it aborts, the query rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** How long it may take, in milliseconds; default the selector's. */
  readonly timeoutMs?: number | undefined;
  /** What the query is about. */
  readonly context?: DecisionContext | undefined;
}

/** How a probe that somebody asks for is to run. */
export interface ProbeRequest {
  /** Without budgets. */
  readonly force?: boolean | undefined;
  /** Whether its result is evidence; default true. */
  readonly record?: boolean | undefined;
  /** When it aborts, the call rejects with `signal.reason`; the probe goes on. */
  readonly signal?: AbortSignal | undefined;
}

/** The same with every default in place. */
export interface Parts {
  readonly policy: Policy;
  readonly rules: RulesInForce;
  readonly guard: AdmittingGuard;
  readonly prober: Prober;
  readonly dot: Exchange;
  readonly do53: Exchange;
  readonly clock: Clock;
  readonly events: Events;
  readonly random: () => number;
  readonly store: Store | undefined;
  readonly sources: readonly Source[];
  readonly dryRun: boolean;
  readonly timeoutMs: number;
}

const TIMEOUT_MS = 5_000;
const NAMES: Names<SelectorOptions> = {
  policy: true,
  guard: true,
  prober: true,
  dot: true,
  do53: true,
  clock: true,
  random: true,
  dryRun: true,
  timeoutMs: true,
  rules: true,
  trustAnchors: true,
  store: true,
  sources: true,
};
const QUERY_NAMES: Names<QueryOptions> = { signal: true, timeoutMs: true, context: true };
const PROBE_NAMES: Names<ProbeRequest> = { force: true, record: true, signal: true };

/**
 * Checks options and puts defaults in place.
 *
 * @param options - as a host gave them
 * @throws {@link InvalidInputError} `INVALID_OPTION`, `INVALID_POLICY`, `INVALID_PREFIX`, `INVALID_RULE` or
 *   `INVALID_SOURCE`
 */
export function partsOf(options: SelectorOptions): Parts {
  requireNames('INVALID_OPTION', options, NAMES);
  const { clock = systemClock, random = Math.random, timeoutMs = TIMEOUT_MS, dryRun = false } = options;
  requireMethods('clock', clock, ['now', 'wall', 'after', 'turn']);
  requireMethods('prober', options.prober, ['probe']);
  requireMethods('dot', options.dot, ['exchange', 'close']);
  requireMethods('do53', options.do53, ['exchange', 'close']);
  requireMethods('store', options.store, ['open', 'append', 'compact', 'flush', 'close']);
  if (typeof random !== 'function') throw invalid({ random }, 'random: a function that gives numbers in [0,1)');
  if (typeof dryRun !== 'boolean') throw invalid({ dryRun }, 'dryRun: true or false');
  checkTimeout(timeoutMs);
  const policy = resolvePolicy(options.policy);
  const rules = new RulesInForce(options.rules ?? []);
  const sources = checkSources(options.sources ?? []);
  const events = new Events(clock);
  const guard = new AdmittingGuard(guardOf(options.guard, events.hostErrors), rules, namedIn(sources));
  const { trustAnchors } = options;
  const do53 = options.do53 ?? new Do53Exchange({ clock });
  const dot = options.dot ?? new DotExchange({ clock, guard, trustAnchors });
  const prober = options.prober ?? new DotProber({ clock, guard, do53, trustAnchors });
  return {
    policy,
    rules,
    guard,
    prober,
    dot,
    do53,
    clock,
    events,
    random: tamed(random, events.hostErrors),
    store: options.store,
    sources,
    dryRun,
    timeoutMs,
  };
}

const MAX_SOURCES = 16;

function checkSources(sources: readonly Source[]): readonly Source[] {
  if (!Array.isArray(sources) || sources.length > MAX_SOURCES)
    throw invalidSource(sources, `sources: a list of at most ${MAX_SOURCES}`);
  for (const source of sources) {
    if (typeof source?.name !== 'string' || typeof source.claims !== 'function')
      throw invalidSource(source, 'a source: an object with a name and claims()');
  }
  const names = sources.map(({ name }) => name);
  if (new Set(names).size < names.length) throw invalidSource(names, 'sources of different names');
  return [...sources];
}

const NAMED = 'addresses: a list of IP addresses';

function namedIn(sources: readonly Source[]): ReadonlySet<string> {
  const named = new Set<string>();
  for (const { addresses = [] } of sources) {
    if (!Array.isArray(addresses)) throw invalidSource(addresses, NAMED);
    for (const address of addresses) {
      const text = canonicalText(address);
      if (text === undefined) throw invalidSource(address, NAMED);
      named.add(text);
    }
  }
  return named;
}

const SHARE: Expected = {
  is: (drawn) => typeof drawn === 'number' && drawn >= 0 && drawn < 1,
  otherwise: 'random gave no number in [0,1)',
};

const YES_OR_NO: Expected = {
  is: (said) => typeof said === 'boolean',
  otherwise: 'admits() gave neither true nor false',
};

/** A host's own random numbers may throw, or be none, in the midst of an answer. */
function tamed(random: () => number, hostErrors: HostErrors): () => number {
  return () => hostErrors.call('random', random, SHARE) ?? 0.5;
}

/**
 * Checks how a query is to run.
 *
 * @param options - as a host gave them
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkQueryOptions(options: QueryOptions): QueryOptions {
  requireNames('INVALID_OPTION', options, QUERY_NAMES);
  if (options.timeoutMs !== undefined) checkTimeout(options.timeoutMs);
  if (options.signal !== undefined) checkSignal(options.signal);
  return options;
}

/**
 * Checks how a probe is to run.
 *
 * @param request - as a host gave it
 * @throws {@link InvalidInputError} `INVALID_OPTION`
 */
export function checkProbeRequest(request: ProbeRequest): ProbeRequest {
  requireNames('INVALID_OPTION', request, PROBE_NAMES);
  for (const value of [request.force, request.record]) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw invalid(value, 'force, record: true or false');
    }
  }
  if (request.signal !== undefined) checkSignal(request.signal);
  return request;
}

function guardOf(given: GuardOptions | Guard | undefined, hostErrors: HostErrors): TellingGuard {
  if (given === undefined) return createGuard();
  if (typeof given !== 'object' || given === null) throw invalid({ guard: given }, 'guard: prefixes, or a guard');
  return 'admits' in given ? strict(requireMethods('guard', given, ['admits']), hostErrors) : createGuard(given);
}

function requireMethods<T>(name: string, value: T, methods: readonly string[]): T {
  if (value === undefined) return value;
  if (!methods.every((method) => has(value, method)))
    throw invalid({ [name]: typeof value }, `${name}: an object with ${methods.join('(), ')}()`);
  return value;
}

/** Of how many addresses it is remembered what the guard threw. */
const MAX_THROWN = 64;

/** A guard of the host's own that throws, or says anything but yes, says no: it stands before every connection. */
function strict(guard: Guard, hostErrors: HostErrors): TellingGuard {
  const thrown = new BoundedMap<string, { readonly cause: unknown }>(MAX_THROWN);
  const ask = (address: string): boolean => {
    // Nearly always empty: a text's hash is not made for nothing.
    if (thrown.size > 0) thrown.delete(address);
    try {
      return guard.admits(address);
    } catch (cause) {
      thrown.set(address, { cause });
      throw cause;
    }
  };
  return {
    admits: (address) => hostErrors.call('guard', () => ask(address), YES_OR_NO) === true,
    errorOf: (address) => thrown.get(address),
  };
}
