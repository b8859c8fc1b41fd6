import { ArgumentError, readOptions, wholeNumber } from '../tools/arguments.js';
import { isPolicyName, POLICY_NAMES, type SimulatedPolicy } from './policies.js';

/** What the command was asked to do. */
export interface SimulateArguments {
  readonly help: boolean;
  readonly json: boolean;
  /** A built-in fleet's name, or a file. */
  readonly fleet: string;
  readonly servers: number;
  readonly queriesPerSecond: number;
  readonly hours: number;
  /** One life each, in this order. */
  readonly policies: readonly SimulatedPolicy[];
  readonly seed: number;
  /** Files to write. */
  readonly csv: string | undefined;
  readonly html: string | undefined;
  readonly log: string | undefined;
  /** A log to count again, instead of simulating. */
  readonly replay: string | undefined;
}

/** How it is used, under the name by which it was called. */
export function usageOf(command: string): string {
  return `Usage: ${command} [options]
       ${command} --replay FILE

Lets dotscout live through days of a resolver's life on a virtual clock, and shows what a policy costs and gains.

  --fleet NAME     which servers there are and what happens to them: 2026, 2030, hostile, crowded,
                   or a file of JSON; default 2030
  --servers N      how many servers, two addresses each; default 1000
  --qps N          queries a second that leave the resolver; default 100
  --hours N        how long; default 24
  --policy NAMES   one or several, with commas between; default: default
                   ${POLICY_NAMES.join(', ')}
  --seed N         chooses all that is left to chance; default 1
  --json           prints one JSON object a policy, each on a line of its own, instead of the table
  --csv FILE       writes what happened over time, a line a sample and policy
  --html FILE      writes a page with the table and plots over time
  --log FILE       writes all that happened as JSON Lines, for one policy, counts it again and compares
  --replay FILE    counts a log that --log wrote, and prints what it comes to
  --help           prints this
`;
}

const MAX_SERVERS = 200_000;
const MAX_QPS = 100_000;
const MAX_HOURS = 8_760;
const MAX_SEED = 0xffff_ffff;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): SimulateArguments {
  const { help, json, fleet, servers, qps, hours, policy, seed, csv, html, log, replay } = readOptions(args, {
    help: { type: 'boolean', short: 'h', default: false },
    json: { type: 'boolean', default: false },
    fleet: { type: 'string', default: '2030' },
    servers: { type: 'string', default: '1000' },
    qps: { type: 'string', default: '100' },
    hours: { type: 'string', default: '24' },
    policy: { type: 'string', default: 'default' },
    seed: { type: 'string', default: '1' },
    csv: { type: 'string' },
    html: { type: 'string' },
    log: { type: 'string' },
    replay: { type: 'string' },
  });
  const policies = policiesOf(policy);
  if (log !== undefined && policies.length > 1) throw new ArgumentError('--log takes the life of one --policy');
  for (const [name, file] of Object.entries({ fleet, csv, html, log, replay })) {
    if (file === '') throw new ArgumentError(`--${name} is empty: expected a file’s name`);
  }
  return {
    help,
    json,
    fleet,
    servers: wholeNumber('--servers', servers, 1, MAX_SERVERS),
    queriesPerSecond: wholeNumber('--qps', qps, 1, MAX_QPS),
    hours: hoursOf(hours),
    policies,
    seed: wholeNumber('--seed', seed, 0, MAX_SEED),
    csv,
    html,
    log,
    replay,
  };
}

function policiesOf(text: string): SimulatedPolicy[] {
  const names = text.split(',').map((name) => name.trim());
  return [...new Set(names)].map((name) => {
    if (isPolicyName(name)) return name;
    throw new ArgumentError(`--policy has '${name}': expected ${POLICY_NAMES.join(', ')}`);
  });
}

/** Hours may have a fraction. */
function hoursOf(text: string): number {
  const hours = /^\d{1,4}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(hours > 0 && hours <= MAX_HOURS)) {
    throw new ArgumentError(`--hours is '${text}': expected a number above 0, at most ${MAX_HOURS}`);
  }
  return hours;
}
