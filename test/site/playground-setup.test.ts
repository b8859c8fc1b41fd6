import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChosenPolicy, POLICY_PARTS, PRESETS, policyOf, withPart } from '../../site/playground/chosen-policy.js';
import {
  DEFAULT_SETUP,
  FLEETS,
  KINDS_OFFERED,
  linkOf,
  RATES,
  type Setup,
  setupOf,
} from '../../site/playground/setup.js';
import { spanText } from '../../site/playground/spans.js';
import { policies } from '../../src/state/policy.js';

const choices: fc.Arbitrary<ChosenPolicy> = fc
  .tuple(
    fc.constantFrom(...PRESETS),
    fc.array(fc.tuple(fc.constantFrom(...POLICY_PARTS), fc.nat(20)), { maxLength: 5 }),
  )
  .map(([preset, parts]) =>
    parts.reduce<ChosenPolicy>(
      (choice, [{ name, stops }, stop]) => withPart(choice, name, stops[stop % stops.length] ?? 1),
      { preset, changes: {} },
    ),
  );
const setups: fc.Arbitrary<Setup> = fc.record({
  view: fc.constantFrom('server' as const, 'fleet' as const),
  policies: fc.tuple(choices, choices),
  seed: fc.nat(2 ** 31 - 1),
  rate: fc.constantFrom(...RATES),
  changes: fc
    .array(fc.record({ at: fc.nat(86_400_000), kind: fc.constantFrom(...KINDS_OFFERED) }), { maxLength: 100 })
    .map((changes) => changes.sort((a, b) => a.at - b.at)),
  now: fc.nat(86_400_000),
  fleet: fc.constantFrom(...FLEETS),
  fleetNow: fc.nat(86_400_000),
});
const link = linkOf(DEFAULT_SETUP);

describe('a link of the playground', () => {
  it('holds the whole set-up', () => {
    fc.assert(
      fc.property(setups, (setup) => {
        expect(setupOf(linkOf(setup))).toEqual(setup);
      }),
    );
  });

  it.each([
    ['v=2&view=server', 'another version'],
    [link.replace('v=1', 'v=1&colour=red'), 'a part that this page does not know: “colour”'],
    [link.replace('seed=1', 'seed=-1'), '“seed” must be a whole number from 0 to 4294967295, not “-1”'],
    [link.replace('seed=1', 'seed=4294967296'), '“seed”'],
    [link.replace('rate=1', 'rate=1e9'), '“rate” must be one of 0.1, 1, 10'],
    [link.replace('a=default', 'a=best'), 'a policy must be one of default, powerdns, rfc9539'],
    [link.replace('a=default', 'a=default*threshold.7'), 'a number of a policy'],
    [link.replace('a=default', 'a=default*__proto__.1'), 'a number of a policy'],
    [link.replace('changes=', 'changes=5-drop_4-good13'), 'not in order'],
    [link.replace('changes=', 'changes=5-nothing'), '“changes” must be one of'],
    [link.replace('changes=', `changes=${Array<string>(101).fill('1-drop').join('_')}`), 'more than 100 changes'],
    [link.replace('now=600000', 'now=99999999999'), '“now”'],
    [link.replace('fleet=2030', 'fleet=constructor'), '“fleet” must be one of'],
    [`${link}${'x'.repeat(8_192)}`, 'longer than 8192'],
  ])('%j is refused in a sentence', (broken, words) => {
    expect(() => setupOf(broken)).toThrow(words);
  });

  it('any text is a set-up, or is refused in a sentence', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `${link}&${text}`),
        ),
        (text) => {
          try {
            expect(linkOf(setupOf(text))).toBeTypeOf('string');
          } catch (error) {
            expect(error).toMatchObject({ message: expect.stringMatching(/^(The|In the) .*\.$/s) });
          }
        },
      ),
    );
  });
});

describe('a chosen policy', () => {
  it('is the preset, and what differs from it', () => {
    for (const preset of PRESETS) expect(policyOf({ preset, changes: {} })).toEqual(policies[preset]);
    const changed = withPart({ preset: 'powerdns', changes: {} }, 'strikes', 5);
    expect(policyOf(changed)).toEqual({ ...policies.powerdns, strikes: 5 });
    expect(withPart(changed, 'strikes', policies.powerdns.strikes).changes).toEqual({});
  });
});

describe('a span in words', () => {
  it.each([
    [0, '0 s'],
    [61_200, '1 min 1 s'],
    [3_600_000, '1 h'],
    [3_601_000, '1 h'],
    [86_399_900, '1 d'],
    [90_061_000, '1 d 1 h'],
  ])('%d ms: %s', (ms, text) => {
    expect(spanText(ms)).toBe(text);
  });
});
