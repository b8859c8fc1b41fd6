import type { Filter } from '../sheet/scenario.js';
import { run } from './programs.js';

const TABLE = 'dot_conformance';

/** The flows that `forget-853` knows. */
const FLOW = 'ip saddr . ip daddr . tcp sport';
const FLOWS = `set flows { type ipv4_addr . ipv4_addr . inet_service; flags dynamic,timeout; timeout 1500ms; }`;
const KNOW = `update @flows { ${FLOW} } accept`;

/** What each filter does to what is on its way to an address of its set. */
const RULES: Record<Filter, readonly string[]> = {
  'drop-853': ['tcp dport 853 drop'],
  'reset-853': ['tcp dport 853 reject with tcp reset'],
  'lose-53': ['udp dport 53 numgen random mod 3 < 1 drop'],
  'forget-853': [
    `tcp dport 853 tcp flags syn / syn,ack ${KNOW}`,
    `tcp dport 853 ${FLOW} @flows ${KNOW}`,
    'tcp dport 853 drop',
  ],
};

/** The packet filter before the servers, in the namespace of this process. */
export class PacketFilter {
  /** Sets up filters that let everything through. */
  async open(): Promise<void> {
    const sets = names().map((name) => `set ${setOf(name)} { type ipv4_addr; }`);
    const rules = names().flatMap((name) => RULES[name].map((rule) => `ip daddr @${setOf(name)} ${rule}`));
    const chain = `chain input { type filter hook input priority 0; ${rules.join('; ')}; }`;
    await run('nft', `table inet ${TABLE} { ${[...sets, FLOWS, chain].join('\n')}\n}`);
  }

  /** From now on a filter holds, or no longer, for an address. */
  async set(filter: Filter, address: string, on: boolean): Promise<void> {
    await run('nft', `${on ? 'add' : 'delete'} element inet ${TABLE} ${setOf(filter)} { ${address} }`);
  }
}

function names(): Filter[] {
  return Object.keys(RULES) as Filter[];
}

function setOf(filter: Filter): string {
  return filter.replace('-', '_');
}
