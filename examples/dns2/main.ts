// dns2 as a forwarding server, and a client of its own that asks it.
// Run: npm run example -- dns2
import dns2 from 'dns2';
import { TransportSelector } from 'dotscout';
import { freePort } from '../../src/testing/ports.js';
import { startUpstreams, ZONE } from '../upstreams.js';
import { startForwarder } from './forwarder.js';

const upstreams = await startUpstreams();
const selector = new TransportSelector({
  guard: { allow: ['127.0.0.0/8'] }, // loopback is forbidden by default
  policy: { onlyAfterAnswer: false }, // the upstreams are the operator's own: they may be probed before they have answered
  random: () => 0.5, // fixed dice: in 5 % of the rankings another server would come first, to learn of it
});
const allProbed = new Promise<void>((resolve) => {
  let probes = 0;
  selector.on('probe', () => ++probes === upstreams.servers.length && resolve());
});

const address = '127.0.0.1';
const port = await freePort(address);
let over = '';
const close = await startForwarder({
  ...{ selector, upstreams: upstreams.servers, address, port },
  onAnswer: ({ transport }) => {
    over = transport;
  },
});

const overUdp = dns2.UDPClient({ dns: address, port });
const overTcp = dns2.TCPClient({ dns: address, port });

async function ask(name: string, client = overUdp): Promise<void> {
  const { answers } = await client(name);
  console.log(`${name} ${answers[0]?.address ?? 'has no address'}, forwarded over ${over}`);
}

for (const name of ['a', 'b', 'c', 'd']) await ask(`${name}.${ZONE}`);
await allProbed; // A forwarder would not wait: discovery goes on beside the queries.
await ask(`e.${ZONE}`);
await ask(`f.${ZONE}`, overTcp);

await close();
await selector.close();
await upstreams.close();
