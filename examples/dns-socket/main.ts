// dns-socket, in callback style.
// Run: npm run example -- dns-socket
import { TransportSelector } from 'dotscout';
import { startUpstreams, ZONE } from '../upstreams.js';
import { DotscoutSocket } from './socket.js';

const upstreams = await startUpstreams();
const [, { address, port, dotPort }] = upstreams.servers;
// Loopback is forbidden by default.
const selector = new TransportSelector({ guard: { allow: ['127.0.0.0/8'] } });
const socket = new DotscoutSocket({ selector, dotPort });
let over = '';
selector.on('query', ({ achieved }) => {
  over = achieved ?? 'nothing';
});

/** As a program with callbacks does it: the next question is asked when the answer is there. */
function askAll([name, ...others]: readonly string[], done: () => void): void {
  if (name === undefined) {
    done();
    return;
  }
  const questions = [{ type: 'A' as const, name: `${name}.${ZONE}` }];
  socket.query({ questions }, port, address, (error, response) => {
    const [record] = response?.answers ?? [];
    const said = error?.message ?? (record?.type === 'A' ? record.data : 'no address');
    console.log(`${name}.${ZONE} ${said} over ${over}`);
    askAll(others, done);
  });
}

const probed = new Promise((resolve) => selector.once('probe', resolve));
await new Promise<void>((resolve) => askAll(['a', 'b'], resolve));
await probed; // A program would not wait: discovery goes on beside the queries.
await new Promise<void>((resolve) => askAll(['c', 'd'], resolve));

const id = socket.query({ questions: [{ type: 'A', name: `e.${ZONE}` }] }, port, address, (error) =>
  console.log(`e.${ZONE}: ${error?.message}`),
);
socket.cancel(id);
await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

socket.destroy();
await selector.close();
await upstreams.close();
