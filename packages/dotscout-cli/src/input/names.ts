import { Resolver } from 'node:dns/promises';
import { type Address, tryParseAddress } from 'dotscout/state';

/** Finds the addresses of a name. */
export interface Names {
  /**
   * All addresses, IPv6 and IPv4.
   *
   * @param name - a host's name
   * @returns none where the name leads nowhere
   */
  addresses(name: string): Promise<readonly Address[]>;
  /** Gives up what is being asked. */
  cancel(): void;
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** More addresses than any name server has; a stranger's name must not make us probe the world. */
const MAX_ADDRESSES = 32;

/**
 * Names by `node:dns`: A and AAAA.
 *
 * @param resolver - the resolver to ask, `address` or `address:port`; default the system's
 */
export function makeNames(resolver: string | undefined): Names {
  const asked = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  if (resolver !== undefined) asked.setServers([resolver]);
  return {
    async addresses(name) {
      const answers = await Promise.allSettled([asked.resolve6(name), asked.resolve4(name)]);
      const texts = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      const found = texts.flatMap((text) => tryParseAddress(text) ?? []);
      return [...new Map(found.map((address) => [address.text, address])).values()].slice(0, MAX_ADDRESSES);
    },
    cancel: () => asked.cancel(),
  };
}
