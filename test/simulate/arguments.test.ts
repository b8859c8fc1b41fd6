import { expect, it } from 'vitest';
import { readArguments, usageOf } from '../../simulate/arguments.js';
import { isPolicyName, POLICY_NAMES, policyOf } from '../../simulate/policies.js';
import { resolvePolicy } from '../../src/state/policy.js';

it('simulates a day of the fleet 2030 with the default policy unless told otherwise', () => {
  expect(readArguments([])).toEqual({
    ...{ help: false, json: false, fleet: '2030', servers: 1_000, queriesPerSecond: 100, hours: 24, seed: 1 },
    ...{ policies: ['default'], csv: undefined, html: undefined, log: undefined, replay: undefined },
  });
});

it('takes what is given', () => {
  const line =
    '--fleet my.json --servers 7 --qps 3 --hours 0.5 --seed 0 --json --csv a --html b --log c --policy eager';
  expect(readArguments(line.split(' '))).toEqual({
    ...{ help: false, json: true, fleet: 'my.json', servers: 7, queriesPerSecond: 3, hours: 0.5, seed: 0 },
    ...{ policies: ['eager'], csv: 'a', html: 'b', log: 'c', replay: undefined },
  });
});

it('takes several policies, each once', () => {
  const { policies } = readArguments(['--policy', 'default, hedge-off,default']);
  expect(policies).toEqual(['default', 'hedge-off']);
});

it.each([
  [['--servers', '0'], /--servers is '0'.*1 to 200000/],
  [['--servers', '1e3'], /--servers is '1e3'/],
  [['--qps', '100001'], /--qps is '100001'/],
  [['--hours', '0'], /--hours is '0'.*above 0/],
  [['--hours', '8761'], /--hours is '8761'/],
  [['--hours', 'NaN'], /--hours is 'NaN'/],
  [['--seed', '-1'], /seed/],
  [['--seed=-1'], /--seed is '-1'/],
  [['--policy', 'default,toString'], /--policy has 'toString': expected default, /],
  [['--policy', ''], /--policy has ''/],
  [['--policy', 'default,eager', '--log', 'x'], /--log takes the life of one/],
  [['--csv', ''], /--csv is empty/],
  [['--whatever'], /whatever/],
  [['word'], /word/],
])('refuses %j', (args, message) => {
  expect(() => readArguments(args)).toThrow(message);
});

it('offers policies that hold, and names them', () => {
  expect(POLICY_NAMES).toHaveLength(9);
  for (const name of POLICY_NAMES.filter(isPolicyName)) {
    expect(usageOf('simulate')).toContain(name);
    expect(resolvePolicy(policyOf(name)).threshold, name).toBe(
      { rfc9539: 1, eager: 1, 'threshold-5': 5 }[String(name)] ?? 2,
    );
  }
});
