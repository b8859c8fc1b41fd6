import { inFile, type Mutation } from './mutation.js';

/** Every guard of `evidence.ts` taken away or turned round. */
export const EVIDENCE_MUTATIONS: readonly Mutation[] = inFile('evidence.ts', [
  ['local trouble is evidence', "(evidence.kind !== 'local' && evidence.kind !== 'auth')", "evidence.kind !== 'auth'"],
  ['a certificate is evidence', "(evidence.kind !== 'local' && evidence.kind !== 'auth')", "evidence.kind !== 'local'"],
  [
    'a failure before the latest success counts',
    'Math.max(state.since, state.lastSuccess) : state.since',
    'state.since : state.since',
  ],
  [
    'a failure under another verdict counts',
    'Math.max(state.since, state.lastSuccess) : state.since',
    'state.lastSuccess : Number.NEGATIVE_INFINITY',
  ],
  ['what began as the success ended is old', 'finding.startedAt < latest', 'finding.startedAt <= latest'],
  [
    'a success under another verdict counts',
    'if (state !== undefined && finding.endedAt < state.since) return same(state);',
    '',
  ],
  [
    'a success of what is Good begins anew',
    "if (state?.verdict === 'good') return extend(state, finding, policy);",
    '',
  ],
  [
    'being Good again starts the doubling anew',
    "(state.verdict === 'bad' && !state.formerlyGood)",
    "state.verdict === 'bad'",
  ],
  ['what was never Good keeps its level', "(state.verdict === 'bad' && !state.formerlyGood)", 'false'],
  [
    'being Good again does not double',
    'Math.min(state.level + 1, MAX_LEVEL) : state.level',
    'state.level : state.level',
  ],
  ['every success is written', 'next.until - state.until > policy.writeMs ||', 'next.until > state.until ||'],
  ['a probe’s success is not written', "|| (finding.source === 'probe' && next.until > state.until)", ''],
  ['an older success takes back the latest', 'Math.max(state.lastSuccess, finding.endedAt)', 'finding.endedAt'],
  ['strikes outlive a success', 'state.strikes.length === 0 ? state.strikes : []', 'state.strikes'],
  [
    'strikes count for ever',
    'state.strikes.filter((earlier) => now - earlier.at < policy.strikeWindowMs)',
    'state.strikes',
  ],
  [
    'every silence is that of a session',
    "evidence.phase === 'answer' && evidence.kind === 'silent'",
    "evidence.kind === 'silent'",
  ],
  [
    'every failure of a session is silence',
    "evidence.phase === 'answer' && evidence.kind === 'silent'",
    "evidence.phase === 'answer'",
  ],
  ['lame is a strike', "if (evidence.kind === 'lame') return demote(state, evidence, 'lame', policy, now);", ''],
  ['strikes never demote', ' || demotes(strikes, policy)) return', ') return'],
  ['every strike demotes', 'if (isHearsay(state) || demotes(strikes, policy)) return', 'return'],
  ['hearsay survives a failure', 'isHearsay(state) || demotes', 'demotes'],
  ['what is proven is hearsay', 'return lastSuccess < since;', 'return lastSuccess <= since;'],
  ['one strike more is asked for', 'hard >= policy.strikes', 'hard > policy.strikes'],
  ['silence demotes as soon as the rest', 'silent >= policy.silentStrikes', 'silent >= policy.strikes'],
  ['strikes of two kinds never demote', ' || strikes.length >= most', ''],
  [
    'a strike wants no probe',
    "return want({ ...state, strikes }, 'recheck', now + policy.recheckMs);",
    'return same({ ...state, strikes });',
  ],
  ['a demotion is no downgrade', 'change(state, bad, reason, true)', 'change(state, bad, reason)'],
  [
    'a demotion leaves what waits',
    'settleWanted(change(state, bad, reason, true))',
    'change(state, bad, reason, true)',
  ],
  ['a success leaves what waits', 'settleWanted(change(state, good', '(change(state, good'],
  [
    'what is demoted is retried as a stranger',
    '{ formerlyGood: true, level: state.level, since: now }',
    '{ formerlyGood: false, level: state.level, since: now }',
  ],
]);
