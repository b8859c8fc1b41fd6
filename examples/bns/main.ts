// bns, an iterative resolver, walks from the root to a zone and finds out on the way who speaks DoT.
// Run: npm run example -- bns
import { TransportSelector } from 'dotscout';
import { bns } from './bns.js';
import { DotscoutResolver } from './resolver.js';
import { startWorld } from './world.js';

const world = await startWorld();
// Loopback is forbidden by default. Fixed dice: in 5 % of the rankings another server would come first, to learn of it.
const selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] }, random: () => 0.5 });
const way: string[] = [];
const resolver = new DotscoutResolver({
  selector,
  hints: new bns.Hints().addServer('ns.root.', world.root),
  ports: world.ports,
  onAnswer: ({ transport, decision }) => way.push(`${decision.server.zone} ${transport}`),
});
await resolver.open();
const allProbed = new Promise<void>((resolve) => {
  let probes = 0;
  selector.on('probe', () => ++probes === world.servers && resolve());
});

async function lookUp(name: string): Promise<string> {
  way.length = 0;
  const { answer } = await resolver.lookup(name, bns.wire.types.A ?? 1);
  return `${name} ${answer[0]?.data.address ?? 'has no address'}`;
}

for (const name of ['www.one.example.', 'www.two.example.', 'ftp.one.example.', 'ftp.two.example.']) {
  console.log(await lookUp(name));
}
await allProbed; // A resolver would not wait: discovery goes on beside the queries.
console.log('all are known now');
for (const name of ['mail.one.example.', 'mail.two.example.']) console.log(`${await lookUp(name)}: ${way.join(', ')}`);

await resolver.close();
await selector.close();
await world.close();
