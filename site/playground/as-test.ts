import { type ChosenPolicy, policyName } from './chosen-policy.js';
import { type ServerLife, serverOptions } from './server-life.js';
import type { Setup } from './setup.js';
import { momentText } from './spans.js';

const HOUR = 3_600_000;

/** What a policy came to, which the test expects again. */
interface Outcome {
  readonly policy: ChosenPolicy;
  readonly life: ServerLife;
}

/**
 * The server's life so far as a test for vitest, which uses nothing but the library's entry points.
 *
 * @param setup - which life
 * @param outcomes - what it came to
 */
export function testOf(setup: Setup, outcomes: readonly Outcome[]): string {
  const { fleet, seed, queriesPerSecond } = serverOptions(setup, 1);
  const { now } = setup;
  const changes = setup.changes.map(({ at, kind }) => `        { atHour: ${at} / HOUR, kind: '${kind}' },`);
  const listed = changes.length === 0 ? 'changes: [],' : ['changes: [', ...changes, '      ],'].join('\n');
  return `import { policies } from 'dotscout/state';
import { type LogLine, simulate } from 'dotscout/testing';
import { expect, it } from 'vitest';

const HOUR = 3_600_000;
/** The end, in milliseconds: ${momentText(now)}. */
const END = ${now};

it.each([
${outcomes.map((outcome) => row(outcome, now)).join('\n')}
])('one server under the policy $name', async ({ policy, verdicts, encrypted, clear }) => {
  // The server has two addresses, which are asked alike; this is of the first of them.
  const lines: LogLine[] = [];
  await simulate({
    fleet: {
      name: '${fleet.name}',
      mix: { good13: 1 },
      lossShare: 0,
      ${listed}
    },
    servers: 1,
    queriesPerSecond: ${queriesPerSecond},
    hours: ${Math.max(1, Math.ceil(now / HOUR))},
    sampleHours: 1 / 60,
    policy,
    seed: ${seed},
    log: (line) => {
      if (line.endpoint === 0 && line.at <= END) lines.push(line);
    },
  });
  const seen = lines.flatMap((line) => (line.type === 'verdict' ? [[Math.round(line.at), line.verdict]] : []));
  expect(seen).toEqual(verdicts);
  const queries = lines.filter((line) => line.type === 'queries');
  const count = (isEncrypted: boolean) =>
    queries.filter(({ way }) => (way === 'dot') === isEncrypted).reduce((sum, line) => sum + line.count, 0);
  expect([count(true), count(false)]).toEqual([encrypted, clear]);
});
`;
}

function row({ policy, life }: Outcome, now: number): string {
  const { all, clear } = life.counted(-1, now);
  const verdicts = life.verdicts.filter(({ at }) => at > 0 && at <= now);
  const changes = Object.entries(policy.changes).map(
    ([name, value]) => `, ${name}: ${typeof value === 'string' ? `'${value}'` : value}`,
  );
  return `  {
    name: '${policyName(policy)}',
    policy: { ...policies.${policy.preset}${changes.join('')} },
    verdicts: [${verdicts.map(({ at, verdict }) => `[${Math.round(at)}, '${verdict}']`).join(', ')}],
    encrypted: ${all - clear},
    clear: ${clear},
  },`;
}
