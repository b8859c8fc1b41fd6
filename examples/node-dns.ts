// A program that uses node:dns, and the same with one line swapped:
//   import { Resolver } from 'node:dns/promises';   →   import { Resolver } from 'dotscout/resolver';
// Run: npm run example -- node-dns
import { Resolver as NodeResolver } from 'node:dns/promises';
import { Resolver } from 'dotscout/resolver';
import { startUpstreams, ZONE } from './upstreams.js';

const upstreams = await startUpstreams();
const [, { address, port, dotPort }] = upstreams.servers;

/** Knows nothing of dotscout. */
async function program(resolver: NodeResolver): Promise<void> {
  resolver.setServers([`${address}:${port}`]);
  console.log(JSON.stringify(await resolver.resolve4(`a.${ZONE}`)));
  console.log(JSON.stringify(await resolver.resolveTxt(ZONE)));
  await resolver.resolve4(`a.nowhere.test`).catch((error: Error) => console.log(error.message));
}

console.log('node:dns');
await program(new NodeResolver());

console.log('with one line swapped');
const resolver = new Resolver({ dotPort }); // the port that stands for 853 here
const { selector } = resolver;
const probed = new Promise((resolve) => selector.once('probe', resolve));
await program(resolver);
await probed; // A program would not wait: discovery goes on beside the queries.
await program(resolver);
console.log(JSON.stringify(selector.metrics().queries));

await resolver.close();
await upstreams.close();
