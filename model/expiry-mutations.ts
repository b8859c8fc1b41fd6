import { inFile, type Mutation } from './mutation.js';

/** Every guard of time, of the small moves and of delays taken away or turned round. */
export const JUDGE_MUTATIONS: readonly Mutation[] = [
  ...inFile('expiry.ts', [
    ['a flight has no deadline', "if (probe.phase === 'in-flight' && now >= probe.deadline) {", 'if (false) {'],
    ['a flight ends a tick late', 'now >= probe.deadline', 'now > probe.deadline'],
    ['a deadline aborts nothing', "effects: [{ type: 'abort', token: probe.token }, ...missed", 'effects: [...missed'],
    [
      'after a deadline time stands still',
      'const rest = judge(missed.state, policy, now);',
      'const rest = same(missed.state);',
    ],
    [
      'nothing is forgotten',
      "if (probe.phase !== 'in-flight' && now >= forgottenAt(state, policy)) return forget(state);",
      '',
    ],
    [
      'what flies is forgotten',
      "probe.phase !== 'in-flight' && now >= forgottenAt(state, policy)",
      'now >= forgottenAt(state, policy)',
    ],
    ['Bad is remembered for ever', 'state.retryAt + policy.keepBadMs', 'Number.POSITIVE_INFINITY'],
    ['a level is never held for long enough', 'const held = state.level > 0 &&', 'const held = false &&'],
    [
      'a level is held at once',
      'Math.min(now, state.until) - state.since >= policy.levelHoldMs * 2 ** state.level',
      'true',
    ],
    ['a level is held beyond the end', 'Math.min(now, state.until) - state.since', 'now - state.since'],
    ['every level is held for as long', 'policy.levelHoldMs * 2 ** state.level', 'policy.levelHoldMs'],
    [
      'Good has no end',
      "if (now >= kept.until && kept.probe.phase !== 'in-flight') return expire(kept, policy, now);",
      '',
    ],
    ['Good ends a tick late', 'now >= kept.until &&', 'now > kept.until &&'],
    ['Good ends under a flight', "now >= kept.until && kept.probe.phase !== 'in-flight'", 'now >= kept.until'],
    ['what nobody uses is refreshed', 'kept.usedAt > kept.lastSuccess', 'true'],
    ['Good is refreshed at any time', 'now >= kept.refreshAt &&', ''],
    ['Good is never refreshed', "return due ? want(kept, 'refresh', now) : same(kept);", 'return same(kept);'],
    ['what expires was never Good', 'formerlyGood: true,', 'formerlyGood: false,'],
    ['what expires loses its probe', '    probe: state.probe,\n', ''],
    ['what expires loses its level', '    level: state.level,\n', ''],
    ['what expires is kept as a stranger', '    keepUntil: state.until + policy.keepExpiredMs,\n', ''],
  ]),
  ...inFile('steps.ts', [
    [
      'the end of what was Unknown is announced',
      "if (state.verdict !== 'unknown') effects.push(announce(state.verdict, 'unknown', why));",
      "effects.push(announce(state.verdict, 'unknown', why));",
    ],
    [
      'the end of a state is not announced',
      "if (state.verdict !== 'unknown') effects.push(announce(state.verdict, 'unknown', why));",
      '',
    ],
    ['the end of a state leaves the flight', 'const effects = release(state.probe);', 'const effects: Effect[] = [];'],
    ['wanting overrides what waits and flies', "if (probe.phase !== 'idle' && !asked) return same(state);", ''],
    [
      'asking overrides the flight',
      "purpose === 'asked' && probe.phase === 'wanted' && probe.purpose !== 'asked'",
      "purpose === 'asked'",
    ],
    [
      'asking waits behind what waits',
      "if (probe.phase !== 'idle' && !asked) return same(state);",
      "if (probe.phase !== 'idle') return same(state);",
    ],
    [
      'wanting forgets the misses',
      "{ phase: 'wanted', purpose, at, misses: probe.misses }",
      "{ phase: 'wanted', purpose, at, misses: 0 }",
    ],
    ['misses do not space the tries', 'Math.min(probe.misses + 1, MAX_LEVEL)', 'probe.misses'],
    ['nobody’s asking is repeated', "purpose === 'asked' ? 'retry' : purpose", 'purpose'],
    ['what is Bad is tried at each miss', "state.verdict === 'bad' && at < state.retryAt ? same(rested) :", ''],
    [
      'a miss wants nothing again',
      "state.verdict === 'bad' && at < state.retryAt ? same(rested) : want(rested, again, at)",
      'same(rested)',
    ],
    [
      'what somebody awaits is withdrawn',
      "state?.probe.phase !== 'wanted' || state.probe.purpose === 'asked'",
      "state?.probe.phase !== 'wanted'",
    ],
    ['a retry is put off for ever', 'Math.min(at, now + longestRetry(policy))', 'at'],
    [
      'a retry that is wanted is put off',
      "state.probe.phase === 'idle' ? retryAt === state.retryAt : retryAt >= state.retryAt",
      'retryAt === state.retryAt',
    ],
    ['what waits is not withdrawn', "if (probe.phase === 'wanted') return [{ type: 'withdraw' }];", ''],
    ['what flies is not aborted', "probe.phase === 'in-flight' ? [{ type: 'abort', token: probe.token }] : []", '[]'],
  ]),
  ...inFile('policy.ts', [
    ['what was Good waits as long as a stranger', 'if (facts.formerlyGood) return doubled(policy.demotedRetryMs);', ''],
    [
      'silence on every transport is damped as a refusal',
      'if (!facts.controlled) return doubled(policy.uncontrolledRetryMs);',
      '',
    ],
    [
      'what is unreachable waits as long as what refuses',
      "if (facts.kind === 'unreachable' || mayBeFull(facts)) return doubled(policy.unreachableRetryMs);",
      '',
    ],
    ['a server that may be full is damped as a refusal', '|| mayBeFull(facts)', ''],
    ['whatever is silent or closed may be full', "phase === 'handshake' && (kind", '(kind'],
    [
      'all that fails in the handshake may be full',
      "phase === 'handshake' && (kind === 'silent' || kind === 'closed')",
      "phase === 'handshake'",
    ],
    [
      'what is lame waits as long as what refuses',
      "if (facts.kind === 'lame') return doubled(policy.lameRetryMs);",
      '',
    ],
    [
      'retries have no longest wait',
      'Math.min(first * 2 ** facts.level, Math.max(first, policy.maxRetryMs))',
      'first * 2 ** facts.level',
    ],
    ['misses have no longest wait', 'return Math.min(doubled, policy.maxInconclusiveRetryMs);', 'return doubled;'],
  ]),
];
