import type {
  BadState,
  EndpointState,
  Evidence,
  EvidenceSource,
  FailureKind,
  GoodState,
  Phase,
  StateEvent,
} from '../src/state/model.js';
import { NOW } from './machine.js';
import { TOKEN } from './normal-form.js';
import { DRAWS, PROBE_LIFE } from './ticks.js';

/** Something that can happen to an endpoint in any state. */
export interface Happening {
  /** What people call it. */
  readonly name: string;
  readonly event: StateEvent;
}

/** A token that no probe in flight has. */
const STALE_TOKEN = 9;

const SUCCESS: Evidence = { result: 'success' };
const BROKEN: Evidence = { result: 'inconclusive', why: 'broken' };
const LAME_ZONE: Evidence = { result: 'inconclusive', why: 'lame' };

/** A failure of each sort that the rules tell apart. */
const FAILURES: Readonly<Record<string, Evidence>> = {
  refused: failure('connect', 'refused', true),
  'silent session': failure('answer', 'silent', true),
  'closed session': failure('answer', 'closed', true),
  'silent connection': failure('connect', 'silent', true),
  'silence everywhere': failure('connect', 'silent', false),
  unreachable: failure('connect', 'unreachable', true),
  'full, silent': failure('handshake', 'silent', true),
  'full, closed': failure('handshake', 'closed', true),
  'an alert': failure('handshake', 'alert', true),
  lame: failure('answer', 'lame', true),
  // Marked as controlled, so that it is the kind alone which makes them no evidence.
  'local trouble': failure('connect', 'local', true),
  'not authenticated': failure('handshake', 'auth', true),
};

/** When an attempt began and ended, in ticks from now: at this moment, before and just now ended, or all of it before. */
const AGES: Readonly<Record<string, readonly [startedAt: number, endedAt: number]>> = {
  fresh: [NOW, NOW],
  'begun before': [NOW - 1, NOW],
  old: [NOW - 1, NOW - 1],
};

/** What others may hold, or we before this process began: for a while to come, for too long, or over already. */
const OTHERS_GOOD: Readonly<Record<string, GoodState>> = {
  'for a while': good(NOW + 1, NOW + 3, 1),
  'for ever': good(NOW + 9, NOW + 99, 99),
  'no more': good(NOW - 1, NOW, 0),
};
const OTHERS_BAD: Readonly<Record<string, BadState>> = {
  'for a while': bad(NOW + 1, false),
  'for ever': bad(NOW + 99, true),
  'no more': bad(NOW, true),
};
const ONCE_GOOD: EndpointState = {
  verdict: 'unknown',
  since: NOW - 1,
  probe: { phase: 'wanted', purpose: 'discover', at: NOW, misses: 1 },
  hits: 2,
  windowStart: NOW - 1,
  answered: true,
  formerlyGood: true,
  level: 1,
  keepUntil: NOW + 99,
};

/** What a host, a server, a prober and the world can do, each at any moment. */
export const HAPPENINGS: readonly Happening[] = [
  { name: 'contact', event: { type: 'contact' } },
  { name: 'answered over Do53', event: { type: 'answered' } },
  { name: 'asked', event: { type: 'asked' } },
  { name: 'tick', event: { type: 'tick' } },
  { name: 'probe started', event: { type: 'probe-started', token: TOKEN, deadline: NOW + PROBE_LIFE } },
  { name: 'probe dropped', event: { type: 'probe-dropped' } },
  { name: 'probe aborted', event: { type: 'probe-aborted', token: TOKEN } },
  { name: 'older probe aborted', event: { type: 'probe-aborted', token: STALE_TOKEN } },
  ...DRAWS.map((draw): Happening => ({ name: `slept, draw ${draw}`, event: { type: 'slept', draw } })),
  ...[0, 1, 9].map((ticks): Happening => ({ name: `retry in ${ticks}`, event: { type: 'retry-at', at: NOW + ticks } })),
  { name: 'new epoch', event: { type: 'epoch' } },
  { name: 'forget', event: { type: 'forget' } },
  ...[OTHERS_GOOD, OTHERS_BAD].flatMap((all) =>
    Object.entries(all).flatMap(([name, state]): Happening[] => [
      { name: `restored: ${state.verdict} ${name}`, event: { type: 'restored', state } },
      { name: `hint: ${state.verdict} ${name}`, event: { type: 'hint', state } },
    ]),
  ),
  { name: 'restored: once Good', event: { type: 'restored', state: ONCE_GOOD } },
  { name: 'restored: never Good', event: { type: 'restored', state: { ...ONCE_GOOD, formerlyGood: false } } },
  ...DRAWS.map((draw) => live('live', 'fresh', `success, draw ${draw}`, SUCCESS, draw)),
  live('live', 'old', 'success', SUCCESS),
  live('report', 'fresh', 'success', SUCCESS),
  live('live', 'fresh', 'nothing to conclude', BROKEN),
  live('report', 'fresh', 'refused', failed('refused')),
  ...Object.entries(FAILURES).map(([name, evidence]) => live('live', 'fresh', name, evidence)),
  ...['refused', 'silence everywhere', 'lame'].map((name) => live('live', 'begun before', name, failed(name))),
  ...['refused', 'silent session'].map((name) => live('live', 'old', name, failed(name))),
  ...DRAWS.map((draw) => settled(TOKEN, 'success, draw', SUCCESS, draw)),
  ...Object.entries(FAILURES).map(([name, evidence]) => settled(TOKEN, name, evidence)),
  settled(TOKEN, 'nothing to conclude', BROKEN),
  settled(TOKEN, 'a lame zone', LAME_ZONE),
  // A prober that settles twice, or after it was given up.
  settled(STALE_TOKEN, 'success of an older probe', SUCCESS),
  settled(STALE_TOKEN, 'failure of an older probe', failed('refused')),
];

function good(refreshAt: number, until: number, level: number): GoodState {
  return {
    verdict: 'good',
    since: NOW - 1,
    probe: { phase: 'wanted', purpose: 'refresh', at: NOW, misses: 0 },
    until,
    refreshAt,
    lastSuccess: NOW + 1,
    usedAt: NOW + 1,
    strikes: [{ at: NOW, silent: false }],
    level,
  };
}

function bad(retryAt: number, formerlyGood: boolean): BadState {
  const probe = {
    phase: 'in-flight',
    purpose: 'retry',
    token: TOKEN,
    startedAt: NOW,
    deadline: NOW,
    misses: 0,
  } as const;
  const failed = { phase: 'connect', kind: 'refused', controlled: true } as const;
  return { verdict: 'bad', since: NOW - 1, probe, retryAt, ...failed, formerlyGood, level: 1 };
}

function failure(phase: Phase, kind: FailureKind, controlled: boolean): Evidence {
  return { result: 'failure', phase, kind, controlled };
}

function failed(name: string): Evidence {
  return FAILURES[name] ?? BROKEN;
}

function live(
  source: EvidenceSource,
  age: string,
  name: string,
  evidence: Evidence,
  draw: number = DRAWS[0],
): Happening {
  const [startedAt, endedAt] = AGES[age] ?? [NOW, NOW];
  return {
    name: `${source}: ${name}, ${age}`,
    event: { type: 'evidence', source, evidence, startedAt, endedAt, draw },
  };
}

function settled(token: number, name: string, evidence: Evidence, draw: number = DRAWS[0]): Happening {
  const event: StateEvent = { type: 'probe-settled', token, evidence, endedAt: NOW, draw };
  return { name: `probe settled: ${name}${name.endsWith('draw') ? ` ${draw}` : ''}`, event };
}
