import type { Effect } from '../src/state/model.js';
import { differenceOf, isEqual } from './equal.js';
import { ledgerBreach } from './ledger.js';
import { type Held, NOW } from './machine.js';
import { probeRowOf } from './probe-table.js';
import { isOld, type Step } from './step.js';
import { judgementOf } from './time-table.js';
import { verdictRowOf } from './verdict-table.js';

/** A promise that every step keeps. */
export interface Property {
  /** What it is called. */
  readonly name: string;
  /** How a step breaks it; `undefined` if it does not. */
  breach(step: Step): string | undefined;
}

type Announcement = Extract<Effect, { type: 'announce' }>;

/** All that is promised of a single step; what is promised of all that can follow is in `exits.ts`. */
export const PROPERTIES: readonly Property[] = [
  {
    name: 'an event moves the verdict by its row of the design, and by no other',
    breach: (step) => {
      const row = verdictRowOf(step);
      const expected = row.facts(step);
      if (isEqual(step.after, expected, 'probe')) return undefined;
      return `“${row.name}”: ${differenceOf(step.after, expected, 'probe')}`;
    },
  },
  {
    name: 'an event moves the probe by its row of the design, and by no other',
    breach: (step) => {
      if (step.after === undefined) return undefined;
      const row = probeRowOf(step);
      const expected = row.probe(step);
      const { probe } = step.after;
      return isEqual(probe, expected) ? undefined : `“${row.name}”: ${differenceOf(probe, expected)}`;
    },
  },
  {
    name: 'time alone does what the design says, and no more',
    breach: ({ before, judged, event, policy }) => {
      // The same for every event of a state.
      if (event.type !== 'tick' || before === undefined) return undefined;
      const { rows, facts, probe } = judgementOf(before, policy);
      const expected = facts === undefined ? undefined : { ...facts, probe };
      return isEqual(judged, expected) ? undefined : `“${rows.join('”, “')}”: ${differenceOf(judged, expected)}`;
    },
  },
  {
    name: 'time is judged first, whatever the event',
    breach: ({ timeEffects, effects }) =>
      timeEffects.every((effect, index) => isEqual(effect, effects[index]))
        ? undefined
        : 'what time does was not done first',
  },
  {
    name: 'every change of verdict is announced once, with its reason',
    breach: (step) => {
      const { before, judged, after, timeEffects, own, event } = step;
      const timely = judged === undefined ? 'forgotten' : 'expired';
      return (
        announcementBreach(before, judged, timeEffects, () => timely) ??
        (event.type === 'tick'
          ? undefined
          : announcementBreach(judged, after, own, () => verdictRowOf(step).why?.(step)))
      );
    },
  },
  {
    name: 'what is Good ceases to be by strikes, lame, its end, an epoch or forgetting, and a failure says so',
    breach: ({ effects }) => {
      for (const { from, to, why, downgrade } of effects.filter(isAnnouncement)) {
        if (from !== 'good') continue;
        const isFailure = why === 'strikes' || why === 'lame';
        const isOver = why === 'expired' || why === 'epoch' || why === 'forgotten';
        if (!(isFailure && to === 'bad') && !(isOver && to === 'unknown')) return `good became ${to} by ${why}`;
        if (downgrade !== isFailure) return `${why} is ${downgrade ? 'a' : 'no'} downgrade`;
      }
      return undefined;
    },
  },
  {
    name: 'effects keep what waits and what flies equal to the state',
    breach: ledgerBreach,
  },
  {
    name: 'an endpoint has one probe at most, and each begins where one was wanted',
    breach: ({ judged, after, event, own }) => {
      if (after?.probe.phase !== 'in-flight') return undefined;
      const earlier = judged?.probe;
      if (earlier?.phase === 'in-flight') return isEqual(earlier, after.probe) ? undefined : 'another took its place';
      if (event.type !== 'probe-started' || earlier?.phase !== 'wanted') return 'nobody wanted it';
      return own.length === 0 ? undefined : 'its beginning asks for more';
    },
  },
  {
    name: 'what is old, ours or another probe’s changes nothing',
    breach: (step) => {
      const { judged, after, event, finding, own } = step;
      const isEnd = event.type === 'probe-settled' || event.type === 'probe-aborted';
      const isForeign = isEnd && !(judged?.probe.phase === 'in-flight' && judged.probe.token === event.token);
      const isLive = event.type === 'evidence' && finding !== undefined;
      const isNothing = isLive && (finding.evidence.result === 'inconclusive' || isOld(judged, finding));
      if (!isForeign && !isNothing) return undefined;
      return isEqual(after, judged) && own.length === 0 ? undefined : 'it did';
    },
  },
  {
    name: 'a probe that shows nothing leaves the verdict as it is',
    breach: ({ judged, after, event, finding }) => {
      const isOurs = event.type === 'probe-aborted' || finding?.evidence.result === 'inconclusive';
      return !isOurs || verdictOf(judged) === verdictOf(after) ? undefined : 'it did not';
    },
  },
  {
    name: 'nothing is trusted beyond its end but for a probe in flight, before its deadline',
    breach: ({ judged, after }) => {
      for (const state of [judged, after]) {
        const { probe } = state ?? {};
        if (probe?.phase === 'in-flight' && NOW >= probe.deadline) return 'a flight outlives its deadline';
        // One whose flight has just ended is looked at by the next event.
        if (state === judged && state?.verdict === 'good' && NOW >= state.until && probe?.phase !== 'in-flight') {
          return 'it is Good beyond its end';
        }
      }
      return undefined;
    },
  },
  {
    name: 'trust is renewed by a success alone, or begun by what was held or others hold, and never for longer than the policy says',
    breach: ({ judged, after, finding, event, policy }) => {
      if (after?.verdict !== 'good') return undefined;
      const held = judged?.verdict === 'good' ? judged.until : Number.NEGATIVE_INFINITY;
      if (after.until === held) return undefined;
      if (event.type === 'hint' || event.type === 'restored') {
        if (judged?.verdict === 'good' || judged?.verdict === 'bad') return `${event.type} outweighs what is held`;
        const most = Math.min(NOW + policy.goodMs, event.state.verdict === 'good' ? event.state.until : NOW);
        return after.until <= most ? undefined : `until ${after.until} by ${event.type}`;
      }
      if (finding?.evidence.result !== 'success') return `until ${after.until} by no success`;
      if (after.until > finding.endedAt + policy.goodMs) return `until ${after.until}`;
      return after.until < held ? `its end was brought forward from ${held} to ${after.until}` : undefined;
    },
  },
  {
    name: 'what is Bad is left alone until its retry time, which comes, unless somebody asks',
    breach: ({ after, effects, policy }) => {
      if (after?.verdict !== 'bad') return undefined;
      const longest = Math.max(policy.badMs, policy.maxRetryMs);
      if (!(after.retryAt - NOW <= longest)) return `retried after ${after.retryAt - NOW} ticks`;
      const early = effects.find(
        (effect) => effect.type === 'want' && effect.purpose !== 'asked' && effect.at < after.retryAt,
      );
      const isGone = after.probe.phase === 'idle';
      return early === undefined || isGone ? undefined : 'a probe is wanted too early';
    },
  },
  {
    name: 'a want is not of the past, and comes within what the policy says',
    breach: ({ effects, policy }) => {
      const latest = NOW + Math.max(policy.recheckMs, policy.maxInconclusiveRetryMs, policy.lameSpanMs);
      const wrong = effects.find((effect) => effect.type === 'want' && !(effect.at >= NOW && effect.at <= latest));
      return wrong === undefined ? undefined : JSON.stringify(wrong);
    },
  },
  {
    name: 'counts have bounds: hits, strikes, levels',
    breach: ({ before, judged, after, event, policy }) => {
      if (after?.verdict === 'unknown' && !(after.hits >= 0 && after.hits <= policy.threshold))
        return `${after.hits} hits`;
      const most = Math.max(policy.strikes, policy.silentStrikes);
      if (after?.verdict === 'good' && after.strikes.length >= most) return `${after.strikes.length} strikes`;
      if (after === undefined) return undefined;
      const { level } = event.type === 'restored' && judged === undefined ? event.state : { level: before?.level ?? 0 };
      return after.level <= Math.min(level + 1, 24) ? undefined : `level ${after.level}`;
    },
  },
  {
    name: 'where nothing changed the state is the same object',
    breach: ({ before, after, effects }) => {
      // What was wanted and withdrawn in one step has made two of it.
      const isNothing = effects.length === 0 && isEqual(after, before);
      return isNothing && after !== before ? 'it is an equal one' : undefined;
    },
  },
];

function verdictOf(state: Held): string {
  return state?.verdict ?? 'unknown';
}

function isAnnouncement(effect: Effect): effect is Announcement {
  return effect.type === 'announce';
}

function announcementBreach(
  from: Held,
  to: Held,
  effects: readonly Effect[],
  why: () => string | undefined,
): string | undefined {
  const told = effects.filter(isAnnouncement);
  if (verdictOf(from) === verdictOf(to)) return told.length === 0 ? undefined : `tells ${JSON.stringify(told)}`;
  const [one] = told;
  if (told.length !== 1 || one === undefined) return `${told.length} announcements of one change`;
  const isTrue = one.from === verdictOf(from) && one.to === verdictOf(to) && one.why === why();
  return isTrue ? undefined : `tells ${one.from} → ${one.to} by ${one.why}`;
}
