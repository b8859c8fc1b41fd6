import { readFile } from 'node:fs/promises';

/** How the system completes names (resolv.conf(5)). */
export interface SearchList {
  /** The domains in which a name is looked for, without a final dot. */
  readonly domains: readonly string[];
  /** A name with at least this many dots is asked for as it is first. */
  readonly ndots: number;
}

const RESOLV_CONF = '/etc/resolv.conf';
const NDOTS = 1;
const MAX_NDOTS = 15;
/** Domains that are tried at most; each is a question to the servers, and an address that is waited for. */
const MAX_DOMAINS = 16;

/**
 * Reads the text of a resolv.conf: `search` or `domain`, the later of which holds, and `options ndots`.
 *
 * @param text - all of it
 */
export function parseSearchList(text: string): SearchList {
  let domains: readonly string[] = [];
  let ndots = NDOTS;
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'search') domains = values;
    if (keyword === 'domain') domains = values.slice(0, 1);
    if (keyword !== 'options') continue;
    const given = values.map((value) => /^ndots:(\d{1,4})$/.exec(value)?.[1]).findLast((value) => value !== undefined);
    if (given !== undefined) ndots = Math.min(MAX_NDOTS, Number(given));
  }
  // The root completes nothing.
  const named = domains.map((domain) => domain.replace(/\.$/, '')).filter((domain) => domain !== '');
  return { domains: named.slice(0, MAX_DOMAINS), ndots };
}

/**
 * The system's search list, as it is now.
 *
 * @param path - default the system's
 * @returns no domains where there is no such file
 */
export async function readSearchList(path: string = RESOLV_CONF): Promise<SearchList> {
  return parseSearchList(await readFile(path, 'utf8').catch(() => ''));
}

/**
 * The names to ask for in the place of one, in order, as `getaddrinfo` does.
 *
 * @param hostname - with a final dot it is whole
 * @param list - the search list
 */
export function completed(hostname: string, { domains, ndots }: SearchList): string[] {
  // No server is to hear of an onion service, in no domain (RFC 7686 section 2).
  if (hostname.endsWith('.') || /\.onion$/i.test(hostname)) return [hostname];
  const inDomains = domains.map((domain) => `${hostname}.${domain}`);
  const dots = hostname.split('.').length - 1;
  return dots >= ndots ? [hostname, ...inDomains] : [...inDomains, hostname];
}
