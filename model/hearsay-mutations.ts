import { inFile, type Mutation } from './mutation.js';

/** Every guard of `hearsay.ts` taken away or turned round. */
export const OUTSIDE_MUTATIONS: readonly Mutation[] = inFile('hearsay.ts', [
  ['what was held outweighs what is', 'if (state !== undefined) return same(state);', ''],
  [
    'what was held is not judged',
    'judge(clamped(saved, policy, now), policy, now)',
    '{ state: clamped(saved, policy, now) }',
  ],
  ['what is restored is not announced', "change(undefined, kept, 'restored')", 'same(kept)'],
  ['a Good restored is trusted for ever', 'Math.min(saved.until, now + policy.goodMs)', 'saved.until'],
  ['a Good restored has been used', 'lastSuccess: since, usedAt: since', 'lastSuccess: since, usedAt: now'],
  ['a probe is restored', '...before, probe: IDLE, until,', '...before, until,'],
  ['strikes are restored', 'strikes: [], level };\n  }', 'level };\n  }'],
  ['a Good restored is refreshed after its end', 'Math.min(saved.refreshAt, until)', 'saved.refreshAt'],
  [
    'a Bad restored is left alone for ever',
    'Math.min(saved.retryAt, now + Math.max(policy.badMs, policy.maxRetryMs))',
    'saved.retryAt',
  ],
  ['a probe of what was Bad is restored', 'since, probe: IDLE, retryAt, level', 'since, retryAt, level'],
  ['levels have no bound', 'const level = Math.min(saved.level, MAX_LEVEL);', 'const level = saved.level;'],
  ['all that was Unknown is restored', 'if (!saved.formerlyGood) return undefined;', ''],
  ['what was once Good is kept for ever', 'Math.min(saved.keepUntil, now + policy.keepExpiredMs)', 'saved.keepUntil'],
  ['hearsay outweighs Good', "state?.verdict === 'good' || state?.probe", 'state?.probe'],
  ['hearsay outweighs a probe in flight', " || state?.probe.phase === 'in-flight'", ''],
  ['hearsay makes Good of Bad', "state?.verdict === 'bad' ? retrySoon(state, policy, now) : believe", 'believe'],
  ['hearsay leaves Bad alone', 'retrySoon(state, policy, now)', 'same(state)'],
  ['hearsay makes Bad worse', "state?.verdict === 'bad' ? same(state) : avoid", 'avoid'],
  ['hearsay is trusted for ever', 'Math.min(theirs.until, now + policy.goodMs)', 'theirs.until'],
  ['hearsay that is over counts', 'if (until <= now) return same(state);', ''],
  ['hearsay needs no confirmation', 'const before = now - 1;', 'const before = now;'],
  [
    'hearsay forgets what went before',
    'level: state?.level ?? 0,\n  };\n  return settleWanted(change(state, good',
    'level: 0,\n  };\n  return settleWanted(change(state, good',
  ],
  [
    'a Good of others leaves the probe waiting',
    "settleWanted(change(state, good, 'hint'))",
    "change(state, good, 'hint')",
  ],
  [
    'a Bad of others leaves the probe waiting',
    "settleWanted(change(state, bad, 'hint'))",
    "change(state, bad, 'hint')",
  ],
  ['a retry is put off', 'Math.min(state.retryAt, now + policy.demotedRetryMs)', 'now + policy.demotedRetryMs'],
  ['a Bad of others lasts as long as they say', 'Math.min(theirs.retryAt, ours)', 'theirs.retryAt'],
  ['a Bad of others lasts as long as ours', 'Math.min(theirs.retryAt, ours)', 'ours'],
  ['a Bad of others that is over counts', 'if (retryAt <= now) return same(state);', ''],
  ['a Bad of others forgets what went before', "state?.verdict === 'unknown' ? state : {", 'false ? state : {'],
]);
