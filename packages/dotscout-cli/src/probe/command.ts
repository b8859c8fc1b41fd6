import PQueue from 'p-queue';
import { CommandError, EXIT } from '../exit.js';
import { makeNames, type Names } from '../input/names.js';
import { addressesOf } from '../input/prefix.js';
import { noTarget, parseTarget, type Target } from '../input/target.js';
import { linesOf } from '../look/line.js';
import { AddressProber, type AddressProberOptions, type Found, type Look } from '../look/probe-address.js';
import { storyOf } from '../look/story.js';
import { lookOptionsOf, type TargetOptions } from '../options.js';
import { paintFor, visible, widthOf } from '../text.js';

/** What `dotscout probe` is asked. */
export interface ProbeCommandOptions extends TargetOptions {
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** What was found at a target. */
interface Probed {
  readonly found: readonly Found[];
  /** The zone whose name servers it stands for. */
  readonly zone: string | undefined;
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
  const asked = targets.map((target) => lookAt(target, { looker, names, queue }));
  let allGood = true;
  try {
    for (const probed of asked) {
      const { found, zone } = await probed;
      if (zone !== undefined) process.stderr.write(hintOf(zone));
      for (const one of found) {
        allGood &&= one.record.verdict === 'good';
        const told = { ...looking, zone: zone ?? looking.zone };
        process.stdout.write(json ? `${JSON.stringify(one.record)}\n` : textOf(one, told, verbose));
      }
    }
  } finally {
    await names.close();
  }
  return allGood ? EXIT.done : EXIT.no;
}

/** So that nobody takes this for the addresses of the name itself. */
function hintOf(zone: string): string {
  return `dotscout: ${zone} is a zone: these are its name servers; 'dotscout zone ${zone}' tells which, 'dotscout probe @${zone}' probes its own addresses\n`;
}

function readTarget(text: string): Target {
  const target = parseTarget(text);
  if (target === undefined) throw new CommandError(`'${visible(text)}' is ${noTarget(text)}`, EXIT.usage);
  return target;
}

interface Means {
  readonly looker: AddressProber;
  readonly names: Names;
  readonly queue: PQueue;
}

async function lookAt(target: Target, { looker, names, queue }: Means): Promise<Probed> {
  const { signal } = new AbortController();
  const lookEach = (addresses: Iterable<{ readonly text: string }>, look: Look): Promise<Found[]> =>
    Promise.all([...addresses].map(({ text }) => queue.add(() => looker.look(text, look, signal))));
  const { port } = target;
  if (!('name' in target)) return { found: await lookEach(addressesOf(target), { port }), zone: undefined };
  const { name } = target;
  const { addresses, zone } = await queue.add(() => names.find(target));
  if (addresses.length === 0) return { found: [{ record: looker.unresolved(name, port) }], zone };
  return { found: await lookEach(addresses, { name, port, zone }), zone };
}

function textOf({ record, result }: Found, { do53Port, zone }: AddressProberOptions, verbose: boolean): string {
  const width = widthOf(process.stdout);
  const story = verbose && result !== undefined ? storyOf(record, result, { do53Port, zone, width }) : [];
  return `${[...linesOf(record, paintFor(process.stdout), width), ...story].join('\n')}\n`;
}
