import PQueue from 'p-queue';
import { CommandError, EXIT } from '../exit.js';
import { makeNames, type Names } from '../input/names.js';
import { parseTarget, type Target } from '../input/target.js';
import { AddressProber, type AddressProberOptions, type Found } from '../look/probe-address.js';
import { lookOptionsOf, type TargetOptions } from '../options.js';
import { paintFor } from '../text.js';
import { lineOf } from './line.js';
import { storyOf } from './story.js';

/** What `dotscout probe` is asked. */
export interface ProbeCommandOptions extends TargetOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

const AT_ONCE = 16;

/**
 * Runs `dotscout probe`.
 *
 * @param texts - addresses and names
 * @param options - from the command line
 * @returns the exit status
 */
export async function probe(texts: readonly string[], options: ProbeCommandOptions): Promise<number> {
  const { json = false, verbose = false } = options;
  const targets = texts.map(readTarget);
  const looking = lookOptionsOf(options);
  const looker = new AddressProber(looking);
  const names = makeNames(options.resolver);
  const queue = new PQueue({ concurrency: AT_ONCE });
  // All at once within bounds, told in the order in which they were given.
  const asked = targets.map((target) => queue.add(() => lookAt(target, looker, names)));
  let allGood = true;
  for (const found of asked) {
    for (const one of await found) {
      allGood &&= one.record.verdict === 'good';
      process.stdout.write(json ? `${JSON.stringify(one.record)}\n` : textOf(one, verbose ? looking : undefined));
    }
  }
  return allGood ? EXIT.done : EXIT.no;
}

function readTarget(text: string): Target {
  const target = parseTarget(text);
  if (target === undefined) throw new CommandError(`'${text}' is neither an address nor a name`, EXIT.usage);
  return target;
}

async function lookAt(target: Target, looker: AddressProber, names: Names): Promise<readonly Found[]> {
  const { signal } = new AbortController();
  if ('address' in target) return [await looker.look(target.address.text, null, signal)];
  const addresses = await names.addresses(target.name);
  if (addresses.length === 0) return [{ record: looker.unresolved(target.name) }];
  return Promise.all(addresses.map(({ text }) => looker.look(text, target.name, signal)));
}

/** @param told - how it was made, where people want to know what happened */
function textOf({ record, result }: Found, told: AddressProberOptions | undefined): string {
  const story = told === undefined || result === undefined ? [] : storyOf(record, result, told);
  return `${[lineOf(record, paintFor(process.stdout)), ...story].join('\n')}\n`;
}
