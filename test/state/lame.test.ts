import { describe, expect, it } from 'vitest';
import { type LameMemory, policies, resolvePolicy } from '../../src/state/index.js';
import {
  comparing,
  isLame,
  lameAnswer,
  mayCompare,
  NO_LAME_ZONES,
  soundAnswer,
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

it('nothing is remembered at first, and of nothing nothing is lost', () => {
  expect(NO_LAME_ZONES).toEqual({
    ...{ zones: [], sound: [], comparedAt: Number.NEGATIVE_INFINITY },
    streak: { zones: [], answers: 0, firstAt: 0, probes: 0, probedAt: 0 },
  });
  expect(withoutZones(NO_LAME_ZONES)).toBe(NO_LAME_ZONES);
});

it('on another network the zones are forgotten, and a run of lame answers goes on', () => {
  const memory = comparing(lame(['a.', 5]).memory, 'b.', policy, 7);
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
    const sound = soundAnswer(memory);
    expect(lameAnswer(sound, { zone: 'c.', probe: false }, policy, 2).convicted).toBe('no');
    expect(isLame(sound, 'a.', policy, 2)).toBe(true);
    expect(soundAnswer(NO_LAME_ZONES)).toBe(NO_LAME_ZONES);
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
    expect(lameAnswer(NO_LAME_ZONES, { zone: 'a.', probe: false }, strict, 0).convicted).toBe('answers');
  });
});

describe('comparisons of live answers', () => {
  it('once a second an endpoint, to the millisecond', () => {
    const memory = comparing(NO_LAME_ZONES, 'a.', policy, HOUR);
    expect(mayCompare(NO_LAME_ZONES, 'a.', policy, HOUR)).toBe(true);
    expect(mayCompare(memory, 'b.', policy, HOUR + SECOND - 1)).toBe(false);
    expect(mayCompare(memory, 'b.', policy, HOUR + SECOND)).toBe(true);
  });

  it('once a zone and hour, whether it was found sound or lame', () => {
    const sound = comparing(NO_LAME_ZONES, 'a.', policy, 5);
    expect(mayCompare(sound, 'a.', policy, 5 + HOUR - 1)).toBe(false);
    expect(mayCompare(sound, 'b.', policy, 5 + HOUR - 1)).toBe(true);
    expect(mayCompare(sound, 'a.', policy, 5 + HOUR)).toBe(true);
    const { memory } = lame(['a.', 5]);
    expect(mayCompare(memory, 'a.', policy, 5 + HOUR - 1)).toBe(false);
    expect(mayCompare(memory, 'b.', policy, 5 + HOUR - 1)).toBe(true);
    expect(mayCompare(memory, 'a.', policy, 5 + HOUR)).toBe(true);
  });

  it('what was lame an hour ago does not wait for a stranger’s zone, what was sound does', () => {
    const memory = comparing(lame(['a.', 5]).memory, 'b.', policy, 6);
    const stranger = comparing(memory, 'c.', policy, 6 + HOUR);
    expect(['a.', 'b.', 'd.'].map((zone) => mayCompare(stranger, zone, policy, 7 + HOUR))).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('what is remembered of sound zones is bounded', () => {
    let memory: LameMemory = NO_LAME_ZONES;
    for (let index = 0; index < 100; index++) memory = comparing(memory, `z${index}.`, policy, index);
    expect(memory.sound).toHaveLength(8);
  });
});
