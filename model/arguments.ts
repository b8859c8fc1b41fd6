import { readOptions } from '../tools/arguments.js';

/** What the checker was asked to do. */
export interface ModelArguments {
  readonly help: boolean;
  readonly json: boolean;
  /** Whether faults are put in as well, and must be seen. */
  readonly mutations: boolean;
}

export const USAGE = `Usage: npm run model -- [options]

Visits every state that one endpoint can come to, and several that share slots, whatever happens in whatever order, and
says which promises of the design are not kept, each with the shortest way there. Then puts faults into the state machine,
one at a time, and says which of them it would not have seen. Exit status 1 when a promise is broken or a fault not seen.

  --json           one JSON object; progress goes to stderr
  --no-mutations   the real state machine alone
  --help           prints this
`;

/**
 * Reads the command line.
 *
 * @throws `ArgumentError`
 */
export function readArguments(args: readonly string[]): ModelArguments {
  const values = readOptions(args, {
    help: { type: 'boolean', short: 'h', default: false },
    json: { type: 'boolean', default: false },
    'no-mutations': { type: 'boolean', default: false },
  });
  return { help: values.help, json: values.json, mutations: !values['no-mutations'] };
}
