// bns, an iterative resolver, walks from the root to a zone and finds out on the way who speaks DoT.
// Run: npm run example -- bns
import { TransportSelector } from 'dotscout';
import { bns } from './bns.js';
import { DotscoutResolver } from './resolver.js';
import { startWorld } from './world.js';

const world = await startWorld();
const selector = new TransportSelector({
  guard: { allow: ['127.0.0.0/8'] }, // loopback is forbidden by default
  rules: 'require zone one.example', // not one query about this zone in clear text, whatever is known
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

async function lookUp(name: string): Promise<void> {
  way.length = 0;
  const { answer } = await resolver.lookup(name, bns.wire.types.A ?? 1);
  console.log(`${name} ${answer[0]?.data.address ?? 'has no address'}: ${way.join(', ')}`);
}

for (const name of ['www.one.example.', 'www.two.example.']) await lookUp(name);
await learned; // A resolver would not wait: discovery goes on beside the queries.
for (const name of ['mail.one.example.', 'mail.two.example.']) await lookUp(name);

await resolver.close();
await selector.close();
await world.close();
