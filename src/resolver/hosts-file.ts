import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { canonicalText } from '../state/address/address.js';

/** What the hosts file says. */
export interface Hosts {
  /** The addresses of a name in lower case; none where it is not in the file. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** The names of a canonical address. */
  readonly names: ReadonlyMap<string, readonly string[]>;
}

const NOTHING: Hosts = { addresses: new Map(), names: new Map() };

const LOOPBACK: readonly string[] = ['127.0.0.1', '::1'];

/**
 * The addresses of `localhost` and of the names below it, which nobody is asked for (RFC 6761 section 6.3).
 *
 * @param name - in lower case
 * @returns none for other names
 */
export function localhostAddresses(name: string): readonly string[] {
  return name === 'localhost' || name.endsWith('.localhost') ? LOOPBACK : [];
}

/** Where the system has it. */
const HOSTS_FILE: string =
  process.platform === 'win32'
    ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';

/** The latest that was read: it is read again only once it has changed. */
let latest: { readonly path: string; readonly version: string; readonly hosts: Hosts } | undefined;

/**
 * The hosts file, as it is now.
 *
 * @param path - default the system's
 * @returns nothing where there is none, or none that may be read
 */
export async function readHosts(path: string = HOSTS_FILE): Promise<Hosts> {
  try {
    const { mtimeMs, size } = await stat(path);
    const version = `${mtimeMs} ${size}`;
    if (latest?.path !== path || latest.version !== version) {
      latest = { path, version, hosts: parseHosts(await readFile(path, 'utf8')) };
    }
    return latest.hosts;
  } catch {
    return NOTHING;
  }
}

/**
 * Reads the text of a hosts file: an address and its names on each line; what is no address is left out.
 *
 * @param text - all of it
 */
export function parseHosts(text: string): Hosts {
  const addresses = new Map<string, string[]>();
  const names = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [given = '', ...named] = line.replace(/#.*/, '').trim().split(/\s+/);
    const address = isIP(given) === 0 ? undefined : canonicalText(given);
    if (address === undefined) continue;
    for (const name of named) {
      add(addresses, name.toLowerCase(), address);
      add(names, address, name);
    }
  }
  return { addresses, names };
}

function add(map: Map<string, string[]>, key: string, value: string): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else if (!list.includes(value)) list.push(value);
}
