import { InvalidInputError } from './invalid-input.js';
import { oneOf } from './known-names.js';
import type { FailureKind, Phase } from './model.js';
import { POLICY_LIMITS, type PolicyLimit, type PolicyNumbers } from './policy-limits.js';

const DAY = 86_400_000;

/** When a query that is out over DoT is joined by the same over Do53: whenever it is slow, only on an open session, never. */
export type HedgeMode = 'always' | 'warm' | 'off';

/**
 * When to probe, how long to believe, what a failure means, and every bound. Plain data: {@link policies} holds the
 * presets, {@link POLICY_LIMITS} each number's default, range and reason. Times are milliseconds.
 */
export interface Policy extends PolicyNumbers {
  /** Do not probe an address that has not answered over Do53; hosts that never report turn it off. */
  readonly onlyAfterAnswer: boolean;
  /**
   * When a slow DoT query is joined by Do53; `off` is RFC 9539 section 4.6.1 to the letter, except that a query whose time
   * would end before DoT's does is asked over Do53 after two thirds of it.
   */
  readonly hedge: HedgeMode;
}

/** The names of the presets. */
export type PolicyName = 'default' | 'powerdns' | 'rfc9539';

/** What a host may give for a policy: a preset's name, or what differs from the default preset. */
export type PolicyInput = PolicyName | { readonly [K in keyof Policy]?: Policy[K] | undefined };

const defaults: Policy = Object.freeze({
  ...(Object.fromEntries(
    Object.entries(POLICY_LIMITS).map(([name, limit]) => [name, limit.default]),
  ) as unknown as PolicyNumbers),
  onlyAfterAnswer: true,
  hedge: 'always',
});

/**
 * The presets. `default` is what we recommend; `powerdns` follows PowerDNS Recursor 4.8 (the first failure means Bad for
 * a day, no refresh); `rfc9539` follows RFC 9539 section 4 to the letter (first contact probes, one day of damping, no
 * hedge).
 */
export const policies: Readonly<Record<PolicyName, Policy>> = Object.freeze({
  default: defaults,
  powerdns: preset({ ...oneDayForAll(), refreshShare: 1, refreshSpread: 0, onlyAfterAnswer: false }),
  rfc9539: preset({ ...oneDayForAll(), threshold: 1, onlyAfterAnswer: false, hedge: 'off' }),
});

function oneDayForAll(): Partial<Policy> {
  const demote = { strikes: 1, silentStrikes: 1 };
  return { ...demote, unreachableRetryMs: DAY, lameRetryMs: DAY, uncontrolledRetryMs: DAY, demotedRetryMs: DAY };
}

function preset(changes: Partial<Policy>): Policy {
  return Object.freeze({ ...defaults, ...changes });
}

/**
 * Completes a policy, or says what is wrong with it.
 *
 * @param input - a preset's name, or what differs from the default preset; `undefined` is the default preset
 * @throws {@link InvalidInputError} `INVALID_POLICY`
 *
 * @example
 * ```ts
 * const policy = resolvePolicy({ ...policies.powerdns, threshold: 5 });
 * ```
 */
export function resolvePolicy(input: PolicyInput | undefined): Policy {
  if (input === undefined) return defaults;
  if (typeof input === 'string') {
    if (!Object.hasOwn(policies, input)) throw invalid(input, oneOf(input, Object.keys(policies)));
    return policies[input];
  }
  if (typeof input !== 'object' || input === null) throw invalid(input, 'a preset’s name or an object');
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) checkPart(name, value);
  const policy: Policy = { ...defaults, ...Object.fromEntries(given) };
  checkWhole(policy);
  return Object.freeze(policy);
}

/** What the parts that are no numbers may be. */
const CHOICES: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>([
  ['onlyAfterAnswer', [true, false]],
  ['hedge', ['always', 'warm', 'off']],
]);

function checkPart(name: string, value: unknown): void {
  const choices = CHOICES.get(name);
  if (choices !== undefined) {
    if (!choices.includes(value)) throw invalid({ [name]: value }, oneOf(value, choices.map(String)));
  } else if (Object.hasOwn(POLICY_LIMITS, name)) {
    checkNumber(name, value, POLICY_LIMITS[name as keyof PolicyNumbers]);
  } else {
    throw invalid(name, oneOf(name, [...Object.keys(POLICY_LIMITS), ...CHOICES.keys()]));
  }
}

function checkNumber(name: string, value: unknown, limit: PolicyLimit): void {
  const whole = limit.unit !== 'count' || Number.isInteger(value);
  if (typeof value !== 'number' || !whole || !(value >= limit.min && value <= limit.max)) {
    const kind = limit.unit === 'count' ? 'a whole number' : limit.unit === 'ms' ? 'milliseconds' : 'a share';
    throw invalid({ [name]: value }, `${kind} from ${limit.min} to ${limit.max}`);
  }
}

/** Pairs in which one number bounds another. */
const ORDERED: readonly (readonly [keyof PolicyNumbers, keyof PolicyNumbers])[] = [
  ['warmHedgeMinMs', 'warmHedgeMaxMs'],
  ['coldHedgeMinMs', 'coldHedgeMaxMs'],
  ['inconclusiveRetryMs', 'maxInconclusiveRetryMs'],
  ['lameZonesToConvict', 'lameZones'],
  ['offlinePrefixes', 'offlineAttempts'],
];

function checkWhole(policy: Policy): void {
  for (const [less, more] of ORDERED) {
    if (policy[less] > policy[more]) {
      throw invalid({ [less]: policy[less], [more]: policy[more] }, `${less} at most ${more}`);
    }
  }
}

function invalid(value: unknown, expected: string): InvalidInputError {
  return new InvalidInputError('INVALID_POLICY', value, expected);
}

/** The facts on which the time until the retry of a Bad endpoint depends. */
export interface RetryFacts {
  /** In which phase it failed. */
  readonly phase?: Phase | undefined;
  /** How it failed. */
  readonly kind: FailureKind;
  /** Whether our own path was up meanwhile. */
  readonly controlled: boolean;
  /** Whether it was Good before. */
  readonly formerlyGood: boolean;
  /** How often it failed in a row, from 0. */
  readonly level: number;
}

/**
 * How long a Bad endpoint is left alone, in milliseconds: it doubles with each level from a first time that depends on
 * the failure, and is never longer than `maxRetryMs`, except where the first time itself is.
 *
 * @param policy - the policy
 * @param facts - what failed, and how often before
 */
export function retryDelay(policy: Policy, facts: RetryFacts): number {
  const doubled = (first: number) => Math.min(first * 2 ** facts.level, Math.max(first, policy.maxRetryMs));
  if (facts.formerlyGood) return doubled(policy.demotedRetryMs);
  if (!facts.controlled) return doubled(policy.uncontrolledRetryMs);
  if (facts.kind === 'unreachable' || mayBeFull(facts)) return doubled(policy.unreachableRetryMs);
  if (facts.kind === 'lame') return doubled(policy.lameRetryMs);
  return policy.badMs;
}

/** The longest time until a retry, in milliseconds. */
export function longestRetry({ badMs, maxRetryMs }: Policy): number {
  return Math.max(badMs, maxRetryMs);
}

/** Whether TCP was accepted and TLS met silence or a close, as at a server's limit of connections: it may serve others. */
function mayBeFull({ phase, kind }: RetryFacts): boolean {
  return phase === 'handshake' && (kind === 'silent' || kind === 'closed');
}

/** The highest level: doubling ends long before it, and powers of two stay exact. */
export const MAX_LEVEL = 24;

/**
 * When, within a Good life that begins now, a refresh is due.
 *
 * @param policy - the policy
 * @param draw - a random number in [0,1)
 * @returns milliseconds from the life's beginning
 */
export function refreshDelay(policy: Policy, draw: number): number {
  const part = policy.refreshShare + policy.refreshSpread * (2 * draw - 1);
  return policy.goodMs * Math.min(1, Math.max(0, part));
}

/**
 * How long after an inconclusive probe the next is wanted, in milliseconds.
 *
 * @param policy - the policy
 * @param misses - how many in a row were inconclusive, at least 1
 */
export function inconclusiveDelay(policy: Policy, misses: number): number {
  const doubled = policy.inconclusiveRetryMs * 2 ** Math.min(misses - 1, MAX_LEVEL);
  return Math.min(doubled, policy.maxInconclusiveRetryMs);
}

/**
 * The longest a probe can be in flight, in milliseconds: the prober's two deadlines, and the state's own behind them.
 *
 * @param policy - the policy
 */
export function probeLifeMs(policy: Policy): number {
  return policy.probeTimeoutMs + policy.comparisonMs + policy.probeGraceMs;
}
