// An iterative resolver, bns, whose queries to authoritative servers dotscout sends. Two methods are overridden: which
// servers of a zone are asked (all that the referral names, not those of one name taken at random), and how.
import type { Authority, ResolverOptions, Server, wire } from 'bns';
import { type QueryResult, queryServers, type ServerObject, type TransportSelector } from 'dotscout';
import { bns } from './bns.js';

/** Servers as bns hands them about, with the zone they were delegated. */
interface ZoneServer extends Server {
  readonly zone?: string;
}

/** How a {@link DotscoutResolver} is to be. */
export interface DotscoutResolverOptions extends ResolverOptions {
  readonly selector: TransportSelector;
  /** Where a server listens, if not on 53 and 853: referrals have no room for ports. */
  readonly ports?: { readonly port: number; readonly dotPort: number } | undefined;
  /** Told of each answer. */
  readonly onAnswer?: ((result: QueryResult) => void) | undefined;
}

/** bns' iterative resolver, encrypting where a server lets it. */
export class DotscoutResolver extends bns.RecursiveResolver {
  readonly #options: DotscoutResolverOptions;
  #turn = 0;

  constructor(options: DotscoutResolverOptions) {
    super(options);
    this.#options = options;
  }

  /** All addresses of the zone, so that dotscout can rank them. Without glue, bns looks a name up as ever. */
  override async pickAuthority(
    context: unknown,
    authority: wire.Record[],
    additional: wire.Record[],
  ): Promise<Authority | null> {
    const [zones] = this.splitAuths(authority, additional);
    const [first] = zones;
    if (first === undefined) return super.pickAuthority(context, authority, additional);
    const [zone, addresses] = first;
    const chosen = new bns.Authority(zone, zone);
    chosen.servers = addresses.map((host): ZoneServer => ({ host, port: 53, zone }));
    return chosen;
  }

  /** The seam: a question and who may be asked, in; an answer, out. */
  override async exchange(request: wire.Message, servers: readonly ZoneServer[]): Promise<wire.Message> {
    const { selector, ports, onAnswer } = this.#options;
    const zone = servers[0]?.zone ?? '.';
    const refs = this.#inTurn(servers).map(({ host, port }): ServerObject => ({ host, port, ...ports }));
    const result = await queryServers(selector, refs, request.encode(), { context: { zone } });
    onAnswer?.(result);
    return bns.wire.Message.decode(Buffer.from(result.message));
  }

  /** This resolver's own order, from which dotscout departs where a server is encrypted: a probe wants an answer first. */
  #inTurn(servers: readonly ZoneServer[]): ZoneServer[] {
    const first = servers.length > 1 ? this.#turn++ % servers.length : 0;
    return [...servers.slice(first), ...servers.slice(0, first)];
  }
}
