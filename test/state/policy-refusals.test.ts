import { describe, expect, it } from 'vitest';
import { InvalidInputError, POLICY_LIMITS, type PolicyInput, resolvePolicy } from '../../src/state/index.js';

function refusal(input: unknown): readonly [value: string, expected: string] {
  try {
    resolvePolicy(input as PolicyInput);
  } catch (error) {
    if (error instanceof InvalidInputError) return [error.value, error.expected];
    throw error;
  }
  return ['', 'accepted'];
}

describe('what is wrong with a policy', () => {
  it.each<[unknown, string, string]>([
    ['pdns', '"pdns"', 'one of default, powerdns, rfc9539'],
    [null, 'null', 'a preset’s name or an object'],
    [5, '5', 'a preset’s name or an object'],
    [{ onlyAfterAnswer: 'yes' }, '{"onlyAfterAnswer":"yes"}', 'one of true, false'],
    [{ hedge: 'never' }, '{"hedge":"never"}', 'one of always, warm, off'],
    [{ threshold: 0.5 }, '{"threshold":0.5}', 'a whole number from 1 to 1000'],
    [{ goodMs: 1 }, '{"goodMs":1}', 'milliseconds from 60000 to 2592000000'],
    [{ refreshShare: 2 }, '{"refreshShare":2}', 'a share from 0.1 to 1'],
    [
      { warmHedgeMinMs: 300, warmHedgeMaxMs: 200 },
      '{"warmHedgeMinMs":300,"warmHedgeMaxMs":200}',
      'warmHedgeMinMs at most warmHedgeMaxMs',
    ],
  ])('%j', (input, value, expected) => {
    expect(refusal(input)).toEqual([value, expected]);
  });

  it('a name that is none: told which there are', () => {
    const names = [...Object.keys(POLICY_LIMITS), 'onlyAfterAnswer', 'hedge'];
    expect(refusal({ treshold: 2 })).toEqual(['"treshold"', `one of ${names.join(', ')}; did you mean threshold?`]);
  });
});

describe('what is right', () => {
  it.each([true, false])('onlyAfterAnswer: %s', (onlyAfterAnswer) => {
    expect(resolvePolicy({ onlyAfterAnswer }).onlyAfterAnswer).toBe(onlyAfterAnswer);
  });

  it.each(['always', 'warm', 'off'] as const)('hedge: %s', (hedge) => {
    expect(resolvePolicy({ hedge }).hedge).toBe(hedge);
  });

  it('two numbers that bound one another may be the same', () => {
    const same = resolvePolicy({ warmHedgeMinMs: 300, warmHedgeMaxMs: 300 });
    expect([same.warmHedgeMinMs, same.warmHedgeMaxMs]).toEqual([300, 300]);
  });
});
