import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LameMemory, policies, resolvePolicy } from '../../src/state/index.js';
import {
  COMPARE_BURST,
  comparedAlike,
  comparing,
  isLame,
  lameAnswer,
  mayCompare,
  NO_LAME_ZONES,
  soundAnswer,
  suspectIn,
  wasCompared,
  withoutZones,
} from '../../src/state/lame.js';
import { HOUR, MINUTE, SECOND } from './life.js';

const policy = policies.default;

/** Lame answers of live queries, one after the other. */
function lame(...answers: readonly (readonly [zone: string, at: number])[]) {
  let memory: LameMemory = NO_LAME_ZONES;
  const convicted: string[] = [];
  for (const [zone, at] of answers) {
    const next = lameAnswer(memory, { zone, probe: false }, policy, at);
    memory = next.memory;
    convicted.push(next.convicted);
  }
  return { memory, convicted };
}

/** A comparison of a live answer that has shown nothing worse. */
function alike(memory: LameMemory, zone: string, at: number, dot = 'refused'): LameMemory {
  return comparedAlike(memory, { zone, dot, isAnswered: true }, policy, at);
}

it('nothing is remembered at first, and of nothing nothing is lost', () => {
  expect(NO_LAME_ZONES).toEqual({
    ...{ zones: [], sound: [], comparedAt: Number.NEGATIVE_INFINITY, compared: 0 },
    trustedUntil: Number.NEGATIVE_INFINITY,
    streak: { zones: [], answers: 0, firstAt: 0, probes: 0, probedAt: 0 },
  });
  expect(withoutZones(NO_LAME_ZONES)).toBe(NO_LAME_ZONES);
});

it('on another network the zones are forgotten, and a run of lame answers goes on', () => {
  const memory = alike(comparing(lame(['a.', 5]).memory, policy, 7), 'b.', 7);
  expect(withoutZones(memory)).toEqual({ ...memory, zones: [], sound: [] });
});

describe('isLame', () => {
  it('the zone and no other, for an hour to the millisecond', () => {
    const { memory } = lame(['a.', 100]);
    expect(isLame(memory, 'a.', policy, 100)).toBe(true);
    expect(isLame(memory, 'b.', policy, 100)).toBe(false);
    expect(isLame(memory, 'a.', policy, 99 + HOUR)).toBe(true);
    expect(isLame(memory, 'a.', policy, 100 + HOUR)).toBe(false);
  });

  it('found so again, the hour begins anew', () => {
    const { memory } = lame(['a.', 0], ['a.', HOUR - 1]);
    expect(isLame(memory, 'a.', policy, 2 * HOUR - 2)).toBe(true);
    expect(memory.zones).toHaveLength(1);
  });

  it('at most eight zones, the oldest out', () => {
    const { memory } = lame(...Array.from({ length: 9 }, (_, index) => [`z${index}.`, index] as const));
    expect(memory.zones.map(({ zone }) => zone)).toEqual(['z1.', 'z2.', 'z3.', 'z4.', 'z5.', 'z6.', 'z7.', 'z8.']);
    expect(isLame(memory, 'z0.', policy, 9)).toBe(false);
  });
});

describe('conviction', () => {
  it('three zones within ten minutes, two not', () => {
    expect(lame(['a.', 0], ['b.', 1], ['c.', 10 * MINUTE - 1]).convicted).toEqual(['no', 'no', 'answers']);
  });

  it('three zones over more than ten minutes do not convict', () => {
    expect(lame(['a.', 0], ['b.', 1], ['c.', 10 * MINUTE]).convicted).toEqual(['no', 'no', 'no']);
  });

  it('the same zone thrice is one zone', () => {
    expect(lame(['a.', 0], ['a.', 1], ['a.', 2], ['a.', 3]).convicted).not.toContain('answers');
  });

  it.each([
    ['10 over 60 s', 10, MINUTE, 'answers'],
    ['10 over a millisecond less', 10, MINUTE - 1, 'no'],
    ['9 over 60 s', 9, MINUTE, 'no'],
  ] as const)('answers of one zone: %s: %s', (_, count, span, verdict) => {
    const times = Array.from({ length: count }, (_, index) => (index === count - 1 ? span : index));
    const answers = times.map((time) => ['a.', HOUR + time] as const);
    expect(lame(...answers).convicted.at(-1)).toBe(verdict);
  });

  it('a sound answer of DoT meanwhile begins both counts anew, and leaves the zones lame', () => {
    const { memory } = lame(['a.', 0], ['b.', 1]);
    const sound = soundAnswer(memory, 2);
    expect(lameAnswer(sound, { zone: 'c.', probe: false }, policy, 2).convicted).toBe('no');
    expect(isLame(sound, 'a.', policy, 2)).toBe(true);
    expect(soundAnswer(NO_LAME_ZONES, 2)).toBe(NO_LAME_ZONES);
  });

  it('three probes 60 s apart convict what is not Good', () => {
    const probe = { zone: 'a.', probe: true } as const;
    let memory: LameMemory = NO_LAME_ZONES;
    const convicted = [0, MINUTE - 1, MINUTE, 2 * MINUTE].map((after) => {
      const next = lameAnswer(memory, probe, policy, HOUR + after);
      memory = next.memory;
      return next.convicted;
    });
    expect(convicted).toEqual(['no', 'no', 'no', 'probes']);
  });

  it('the first probe counts, however young the clock', () => {
    expect(lameAnswer(NO_LAME_ZONES, { zone: 'a.', probe: true }, policy, 5).memory.streak).toMatchObject({
      ...{ probes: 1, probedAt: 5 },
    });
  });

  it('live answers count as no probes', () => {
    expect(lame(['a.', 0], ['a.', MINUTE], ['a.', 2 * MINUTE]).memory.streak.probes).toBe(0);
  });

  it('the policy’s own numbers hold', () => {
    const strict = resolvePolicy({ lameZonesToConvict: 1 });
    const first = lameAnswer(NO_LAME_ZONES, { zone: 'a.', probe: false }, strict, 0);
    expect(lameAnswer(first.memory, { zone: 'a.', probe: false }, strict, 500).convicted).toBe('answers');
  });

  it('three zones in one breath do not convict, half a second later they do: others are answered meanwhile', () => {
    const burst = [1, 2, 3, 4].map((n) => [`z${n}.`, HOUR + n] as const);
    expect(lame(...burst, ['z5.', HOUR + 500]).convicted).toEqual(['no', 'no', 'no', 'no', 'no']);
    expect(lame(...burst, ['z5.', HOUR + 501]).convicted.at(-1)).toBe('answers');
  });

  it('three zones make it suspect after a tenth of a second, unless something sound comes', () => {
    const { memory } = lame(['a.', HOUR], ['b.', HOUR + 1], ['c.', HOUR + 2]);
    expect(suspectIn(lame(['a.', HOUR], ['b.', HOUR + 1]).memory, policy, HOUR + 200)).toBe(Number.POSITIVE_INFINITY);
    expect([2, 99, 100, 200].map((ms) => suspectIn(memory, policy, HOUR + ms))).toEqual([98, 1, 0, 0]);
    expect(suspectIn(soundAnswer(memory, HOUR + 50), policy, HOUR + 200)).toBe(Number.POSITIVE_INFINITY);
  });

  it('Q5 a suspicion that was wrong is followed by none for a minute, and convicts no less', () => {
    const { memory } = lame(['a.', HOUR], ['b.', HOUR + 1], ['c.', HOUR + 2]);
    const again = (before: typeof memory, at: number) =>
      ['d.', 'e.', 'f.'].reduce(
        (held, zone, index) => lameAnswer(held, { zone, probe: false }, policy, at + index).memory,
        before,
      );
    const wrong = soundAnswer(memory, HOUR + 300);
    expect(suspectIn(again(wrong, HOUR + 400), policy, HOUR + 600)).toBe(Number.POSITIVE_INFINITY);
    expect(suspectIn(again(wrong, HOUR + 400), policy, HOUR + 300 + MINUTE)).toBe(0);
    const late = lameAnswer(again(wrong, HOUR + 400), { zone: 'g.', probe: false }, policy, HOUR + 900);
    expect(late.convicted).toBe('answers');
    // It was none yet.
    const early = soundAnswer(memory, HOUR + 50);
    expect(suspectIn(again(early, HOUR + 400), policy, HOUR + 600)).toBe(0);
  });

  it('what each transport gave is remembered with the zone', () => {
    const answer = { zone: 'a.', probe: false, dot: 'upward', do53: 'answer' } as const;
    expect(lameAnswer(NO_LAME_ZONES, answer, policy, 7).memory.zones).toEqual([
      { zone: 'a.', at: 7, dot: 'upward', do53: 'answer' },
    ]);
  });
});

describe('comparisons of live answers', () => {
  /** So many begin at once. */
  const begun = (count: number, at: number): LameMemory =>
    Array.from({ length: count }).reduce<LameMemory>((memory) => comparing(memory, policy, at), NO_LAME_ZONES);

  it('a burst of four, then one a second an endpoint, to the millisecond', () => {
    for (let count = 0; count < COMPARE_BURST; count++)
      expect(mayCompare(begun(count, HOUR), 'a.', policy, HOUR)).toBe(true);
    const memory = begun(COMPARE_BURST, HOUR);
    expect(mayCompare(memory, 'b.', policy, HOUR + SECOND - 1)).toBe(false);
    expect(mayCompare(memory, 'b.', policy, HOUR + SECOND)).toBe(true);
    const next = comparing(memory, policy, HOUR + SECOND);
    expect(mayCompare(next, 'c.', policy, HOUR + 2 * SECOND - 1)).toBe(false);
    expect(mayCompare(next, 'c.', policy, HOUR + 2 * SECOND)).toBe(true);
  });

  it('in any time no more than a burst and one a second', () => {
    const gaps = fc.array(fc.nat({ max: 3 * SECOND }), { maxLength: 100 });
    fc.assert(
      fc.property(gaps, (list) => {
        let [memory, now] = [NO_LAME_ZONES, HOUR];
        const times: number[] = [];
        for (const gap of list) {
          now += gap;
          if (!mayCompare(memory, 'a.', policy, now)) continue;
          memory = comparing(memory, policy, now);
          times.push(now);
        }
        for (const [index, at] of times.entries())
          for (const [before, from] of times.slice(0, index).entries())
            expect(index - before + 1).toBeLessThanOrEqual(COMPARE_BURST + (at - from) / SECOND + 1e-6);
      }),
    );
  });

  it('once a zone and hour for one kind of answer: another is another', () => {
    const memory = alike(NO_LAME_ZONES, 'a.', 5);
    expect(wasCompared(memory, 'a.', 'refused', policy, 5 + HOUR - 1)).toBe(true);
    expect(wasCompared(memory, 'a.', 'servfail', policy, 5 + HOUR - 1)).toBe(false);
    expect(wasCompared(memory, 'b.', 'refused', policy, 5 + HOUR - 1)).toBe(false);
    expect(wasCompared(memory, 'a.', 'refused', policy, 5 + HOUR)).toBe(false);
  });

  it('one that Do53 did not answer holds for a minute', () => {
    const memory = comparedAlike(NO_LAME_ZONES, { zone: 'a.', dot: 'empty', isAnswered: false }, policy, HOUR);
    expect(wasCompared(memory, 'a.', 'empty', policy, HOUR + MINUTE - 1)).toBe(true);
    expect(wasCompared(memory, 'a.', 'empty', policy, HOUR + MINUTE)).toBe(false);
  });

  it('what was lame an hour ago does not wait for a stranger’s zone', () => {
    let { memory } = lame(['a.', 5]);
    for (let count = 0; count < COMPARE_BURST; count++) memory = comparing(memory, policy, 6 + HOUR);
    expect(['a.', 'b.'].map((zone) => mayCompare(memory, zone, policy, 7 + HOUR))).toEqual([true, false]);
  });

  it('what is remembered of sound zones is bounded', () => {
    let memory: LameMemory = NO_LAME_ZONES;
    for (let index = 0; index < 100; index++) memory = alike(memory, `z${index}.`, index);
    expect(memory.sound).toHaveLength(8);
  });
});
