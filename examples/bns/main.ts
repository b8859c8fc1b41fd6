// bns, an iterative resolver, walks from the root to a zone and finds out on the way who speaks DoT.
// Run: npm run example -- bns
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TransportSelector } from 'dotscout';
import { FileStore } from 'dotscout/store';
import { bns } from './bns.js';
import { DotscoutResolver } from './resolver.js';
import { startWorld } from './world.js';

const world = await startWorld();
const directory = await mkdtemp(join(tmpdir(), 'bns-'));

// bns sends whole names to all servers on the way (no RFC 9156): those above the zone have to be exempt by their address.
const RULES = `
require zone one.example # its own servers see no query in clear text, whatever is known of them
opportunistic address ${world.root}
opportunistic address ${world.topLevel}`;

/** A resolver from its start to its end; what it has learned outlives it. */
async function run(work: (lookUp: (name: string) => Promise<void>, learned: Promise<void>) => Promise<void>) {
  const selector = await TransportSelector.open({
    guard: { allow: ['127.0.0.0/8'] }, // loopback is forbidden by default
    rules: RULES,
    store: new FileStore({ path: join(directory, 'verdicts.jsonl') }),
    random: () => 0.5, // fixed dice: in 5 % of the rankings another server would come first, to learn of it
  });
  const way: string[] = [];
  const resolver = new DotscoutResolver({
    selector,
    hints: new bns.Hints().addServer('ns.root.', world.root),
    ports: world.ports,
    onAnswer: ({ transport, decision }) => way.push(`${decision.server.zone} ${transport}`),
  });
  await resolver.open();
  const learned = new Promise<void>((resolve) => {
    selector.on('probe', ({ endpoint }) => endpoint.address === world.topLevel && resolve());
  });
  await work(async (name) => {
    way.length = 0;
    const { answer } = await resolver.lookup(name, bns.wire.types.A ?? 1);
    console.log(`${name} ${answer[0]?.data.address ?? 'has no address'}: ${way.join(', ')}`);
  }, learned);
  await resolver.close();
  await selector.close();
}

await run(async (lookUp, learned) => {
  for (const name of ['www.one.example.', 'www.two.example.']) await lookUp(name);
  await learned; // A resolver would not wait: discovery goes on beside the queries.
  for (const name of ['mail.one.example.', 'mail.two.example.']) await lookUp(name);
});

console.log('started again:');
await run((lookUp) => lookUp('www.two.example.'));

await rm(directory, { recursive: true });
await world.close();
