import type { Decision } from '../contact/decision.js';
import type { Policy } from '../state/policy.js';
import type { Timing } from '../state/smoothing.js';

/** A server's decision and what is known of its speed. */
export interface Ranked<S> {
  readonly decision: Decision<S>;
  /** The time to an answer over the decision's transport, in milliseconds; `undefined` if unknown. */
  readonly latency: number | undefined;
}

/**
 * Puts a zone's servers in the order in which to ask them: encrypted before clear, as far as that costs no more than the
 * latency budget over the best; else the host's order. Without it the fast clear server always wins, and a zone with one
 * capable server of two is asked in clear text nearly always.
 *
 * @param servers - in the host's order
 * @param policy - the latency budget
 */
export function inOrder<S>(servers: readonly Ranked<S>[], policy: Policy): Ranked<S>[] {
  let best = Number.POSITIVE_INFINITY;
  for (const { decision, latency } of servers) {
    if (decision.action !== 'refuse' && latency !== undefined && latency < best) best = latency;
  }
  const first: Ranked<S>[] = [];
  const others: Ranked<S>[] = [];
  const refused: Ranked<S>[] = [];
  for (const one of servers) {
    const { action } = one.decision;
    const isNear = one.latency === undefined || one.latency <= best + policy.rankBudgetMs;
    (action === 'refuse' ? refused : action === 'encrypt' && isNear ? first : others).push(one);
  }
  return [...first, ...others, ...refused];
}

/**
 * Now and then another server comes first, so that a server that was slow or dark once is seen to be better now.
 *
 * @param order - the order so far; changed in place
 * @param policy - how often
 * @param random - in [0,1)
 */
export function explore<S>(order: Ranked<S>[], policy: Policy, random: () => number): void {
  // Those that may not be asked stand at the end.
  const usable = order.filter(({ decision }) => decision.action !== 'refuse').length;
  if (usable < 2 || random() >= policy.exploreShare) return;
  const [chosen] = order.splice(1 + Math.floor(random() * (usable - 1)), 1);
  if (chosen !== undefined) order.unshift(chosen);
}

/**
 * What is known of a server's speed over a transport.
 *
 * @param timing - what was measured
 * @param encrypted - over DoT
 * @param rtt - what the host knows, which stands in for what we have not measured
 */
export function latencyOf(timing: Timing | undefined, encrypted: boolean, rtt: number | undefined): number | undefined {
  return (encrypted ? timing?.warm : timing?.clear)?.mean ?? rtt;
}

/**
 * The first, and one of the others in turn: a ranking counts this many contacts, however long a delegation is.
 *
 * @param order - best first
 * @param turn - counts the rankings
 */
export function inTurn<T>(order: readonly T[], turn: number): T[] {
  const [first, ...others] = order;
  return [first, others[turn % Math.max(1, others.length)]].filter((one) => one !== undefined);
}
