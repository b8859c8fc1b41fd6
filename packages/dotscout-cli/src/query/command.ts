import type { Address } from 'dotscout/state';
import { CommandError, EXIT } from '../exit.js';
import { makeNames } from '../input/names.js';
import type { Target } from '../input/target.js';
import { placeOf } from '../look/place.js';
import { lookOptionsOf, type TargetOptions } from '../options.js';
import { paintFor, widthOf } from '../text.js';
import { askBoth, type Both } from './ask-both.js';
import { type Difference, differencesOf } from './compare.js';
import { recordText } from './record-text.js';
import { reportOf } from './report.js';
import type { Side } from './side.js';
import { readWords } from './words.js';

/** What `dotscout query` is asked. */
export interface QueryCommandOptions extends Omit<TargetOptions, 'zone'> {
  readonly json?: boolean;
}

/**
 * Runs `dotscout query`.
 *
 * @param words - name, type and `@SERVER`
 * @param options - from the command line
 * @returns the exit status
 */
export async function query(words: readonly string[], options: QueryCommandOptions): Promise<number> {
  const { name, type, server } = readWords(words);
  const { allow, timeoutMs, port: usual, do53Port } = lookOptionsOf(options);
  const port = server.port ?? usual;
  if (port === do53Port) throw new CommandError('the DoT port and --do53-port are the same', EXIT.usage);
  const { text: address } = await addressOf(server, options.resolver);
  const both = await askBoth({ name, type: type as 'A' }, { address, port, do53Port, allow, timeoutMs });
  const differences = differencesOf(both.dot, both.do53);
  const asked = { name, type, server: placeOf({ address, port }) };
  const lines =
    options.json === true
      ? [jsonOf({ name, type, address, port, do53Port }, both, differences)]
      : reportOf(asked, both, differences, paintFor(process.stdout), widthOf(process.stdout));
  process.stdout.write(`${lines.join('\n')}\n`);
  return differences.length === 0 && both.dot.failure === null ? EXIT.done : EXIT.no;
}

/** A name's first address: a question goes to one server. */
async function addressOf(server: Target, resolver: string | undefined): Promise<Address> {
  if (!('name' in server)) return server.first;
  const names = makeNames(resolver);
  try {
    const [address] = (await names.find(server)).addresses;
    if (address === undefined) throw new CommandError(`${server.name}: no address found`);
    return address;
  } finally {
    await names.close();
  }
}

interface JsonHead {
  readonly name: string;
  readonly type: string;
  readonly address: string;
  readonly port: number;
  readonly do53Port: number;
}

function jsonOf(head: JsonHead, { dot, do53, tls }: Both, differences: readonly Difference[]): string {
  return JSON.stringify({ ...head, differences, dot: jsonSide(dot), do53: jsonSide(do53), tls: tls ?? null });
}

function jsonSide(side: Side): object {
  if (side.failure !== null) return side;
  const [answers, authorities, additionals] = [side.answers, side.authorities, side.additionals].map((records) =>
    records.map(recordText),
  );
  return { ...side, answers, authorities, additionals };
}
