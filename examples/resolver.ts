// dotscout in a resolver: it ranks a zone's servers, sends each query, and finds out about DoT as it goes.
// Run: npm run example -- resolver
import { decode, encode } from 'dns-packet';
import { type ServerObject, TransportSelector } from 'dotscout';
import { startFaultServer } from 'dotscout/testing';

/** As much of a resolver as this needs: it knows a zone's servers, and asks one of them. */
class Resolver {
  readonly #selector: TransportSelector;
  readonly #delegations: ReadonlyMap<string, readonly ServerObject[]>;
  #turn = 0;

  constructor(selector: TransportSelector, delegations: ReadonlyMap<string, readonly ServerObject[]>) {
    this.#selector = selector;
    this.#delegations = delegations;
  }

  /** Looks an address up: the servers in the order that dotscout gives them, until one of them answers. */
  async lookup(name: string): Promise<string> {
    const zone = name.slice(name.indexOf('.') + 1);
    const message = encode({ type: 'query', id: 4711, questions: [{ type: 'A', name }] });
    for (const decision of this.#selector.rank(this.#servers(zone), { zone })) {
      try {
        const { message: answer, transport } = await this.#selector.query(decision, message);
        const [record] = decode(Buffer.from(answer)).answers ?? [];
        const data = record?.type === 'A' ? record.data : 'no address';
        return `${name} is ${data}, says ${decision.server.address} over ${transport} (${decision.reason})`;
      } catch {
        // The next server, please.
      }
    }
    return `${name}: no server answers`;
  }

  /** In turns: that is this resolver's own order, from which dotscout departs where a server is encrypted. */
  #servers(zone: string): ServerObject[] {
    const servers = this.#delegations.get(zone) ?? [];
    const first = this.#turn++ % Math.max(1, servers.length);
    return [...servers.slice(first), ...servers.slice(0, first)];
  }
}

// Two servers of one zone stand in for the world: one speaks DoT, the other does not.
const capable = await startFaultServer({ address: '127.1.0.1', fault: 'good' });
const clear = await startFaultServer({ address: '127.2.0.1', fault: 'closed' });
const servers = [capable, clear].map(({ address, port, dotPort }) => ({ address, port, dotPort }));

// Loopback is forbidden by default. Fixed dice: in 5 % of the rankings another server would come first, to learn of it.
const selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, random: () => 0.5 });
const probed = new Promise<void>((resolve) => {
  let probes = 0;
  selector.on('probe', () => ++probes === servers.length && resolve());
});

const resolver = new Resolver(selector, new Map([['example.org', servers]]));
for (const name of ['a', 'b', 'c', 'd']) console.log(await resolver.lookup(`${name}.example.org`));
await probed; // A resolver would not wait: discovery goes on beside the queries.
for (const name of ['e', 'f', 'g']) console.log(await resolver.lookup(`${name}.example.org`));
for (const server of servers) console.log(`${server.address} is ${selector.explain(server).status}`);

await selector.close();
await Promise.all([capable.close(), clear.close()]);
