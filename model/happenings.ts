import type { Evidence, EvidenceSource, FailureKind, Phase, StateEvent } from '../src/state/model.js';
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
  { name: 'new epoch', event: { type: 'epoch' } },
  { name: 'forget', event: { type: 'forget' } },
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
