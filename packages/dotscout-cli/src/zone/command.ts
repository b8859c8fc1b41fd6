import PQueue from 'p-queue';
import { CommandError, EXIT } from '../exit.js';
import { type NameServer, nameServersOf } from '../input/name-servers.js';
import { makeResolver } from '../input/names.js';
import { AddressProber } from '../look/probe-address.js';
import { lookOptionsOf, type TargetOptions } from '../options.js';
import { paintFor, visible, widthOf } from '../text.js';
import { isEncrypted, reportOf, type ServerFound } from './report.js';

/** What `dotscout zone` is asked. */
export interface ZoneCommandOptions extends Omit<TargetOptions, 'zone'> {
  readonly json?: boolean;
}

const AT_ONCE = 16;

/**
 * Runs `dotscout zone`.
 *
 * @param zone - a domain name in ASCII
 * @param options - from the command line
 * @returns the exit status
 */
export async function zone(zone: string, options: ZoneCommandOptions): Promise<number> {
  const looker = new AddressProber(lookOptionsOf(options));
  const servers = await findServers(zone, options.resolver);
  if (servers.length === 0)
    throw new CommandError(`${zone} has no name servers: it is no zone, or does not exist`, EXIT.no);
  const queue = new PQueue({ concurrency: AT_ONCE });
  const found = await Promise.all(servers.map((server) => lookAt(server, zone, looker, queue)));
  const lines =
    options.json === true
      ? found.flatMap(({ records }) => records.map((record) => JSON.stringify({ zone, ...record })))
      : reportOf(zone, found, paintFor(process.stdout), widthOf(process.stdout));
  process.stdout.write(`${lines.join('\n')}\n`);
  return found.every(isEncrypted) ? EXIT.done : EXIT.no;
}

async function findServers(zone: string, server: string | undefined): Promise<readonly NameServer[]> {
  const resolver = makeResolver(server);
  try {
    return await nameServersOf(resolver, zone);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const who = server ?? 'the system’s resolver';
    throw new CommandError(`${who} does not say who serves ${visible(zone)}: ${code}`, EXIT.failed, { cause });
  } finally {
    await resolver.close();
  }
}

async function lookAt(
  { name, addresses }: NameServer,
  zone: string,
  looker: AddressProber,
  queue: PQueue,
): Promise<ServerFound> {
  const { signal } = new AbortController();
  if (addresses.length === 0) return { name, records: [looker.unresolved(name)] };
  const looks = addresses.map(({ text }) => queue.add(() => looker.look(text, { name, zone }, signal)));
  return { name, records: (await Promise.all(looks)).map(({ record }) => record) };
}
