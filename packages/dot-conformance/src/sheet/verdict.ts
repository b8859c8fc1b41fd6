import { measure, unitOf } from './figures.js';
import type { Observation } from './observation.js';
import type { Expectation, Scenario } from './scenario.js';

/** What became of a scenario. */
export type Verdict = 'pass' | 'fail' | 'not applicable' | 'not run';

/** A bound and the figure that was seen. */
export interface Measured extends Expectation {
  /** `undefined` where the procedure did not get there. */
  readonly seen: number | undefined;
  readonly holds: boolean;
}

/** One try's verdict. */
export interface Judgement {
  readonly verdict: 'pass' | 'fail';
  readonly measured: readonly Measured[];
}

/** Compares what was seen with what must be seen. */
export function judge(scenario: Scenario, observation: Observation): Judgement {
  const measured = expectationsOf(scenario).map((expectation): Measured => {
    const { phase, figure, server, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = expectation;
    const seen = measure(observation, phase, figure, server);
    return { ...expectation, seen, holds: seen !== undefined && seen >= least && seen <= most };
  });
  return { verdict: measured.every(({ holds }) => holds) ? 'pass' : 'fail', measured };
}

/** The last two queries of the step `learn`. */
export const LEARNT = 'once encrypted';

/** What is measured of a scenario: what is written down, and that a step `learn` gets to its end. */
export function expectationsOf({ steps, expect }: Scenario): readonly Expectation[] {
  const learns = steps.some((step) => step.do === 'learn');
  return learns ? [{ phase: LEARNT, figure: 'encrypted client queries', least: 2 }, ...expect] : expect;
}

/**
 * The verdict of several tries: what most of them say; of a tie, fail.
 *
 * @param judgements - of each try, at least one
 * @returns a judgement of those with this verdict: the first
 */
export function decideTries(judgements: readonly Judgement[]): Judgement {
  const passed = judgements.filter(({ verdict }) => verdict === 'pass');
  const failed = judgements.filter(({ verdict }) => verdict === 'fail');
  const [decided] = passed.length > failed.length ? passed : failed;
  if (decided === undefined) throw new RangeError('a scenario was not tried');
  return decided;
}

/** A bound and what was seen, as people read it: `then: failed client queries 3, at most 0`. */
export function inWords(measured: Measured): string {
  const { seen, figure } = measured;
  const value = seen === undefined ? 'not reached' : `${seen}${unitOf(figure)}`;
  return `${subjectOf(measured)} ${value}, ${boundsOf(measured)}`;
}

/** A bound alone: `then: failed client queries at most 0`. */
export function boundsInWords(expectation: Expectation): string {
  return `${subjectOf(expectation)} ${boundsOf(expectation)}`;
}

function subjectOf({ phase, figure, server }: Expectation): string {
  return `${phase}: ${figure}${server === undefined ? '' : ` of server ${server}`}`;
}

function boundsOf({ figure, least, most }: Expectation): string {
  const unit = unitOf(figure);
  const bounds = [
    ...(least === undefined ? [] : [`at least ${least}${unit}`]),
    ...(most === undefined ? [] : [`at most ${most}${unit}`]),
  ];
  return bounds.join(' and ');
}
