import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startFaultServer } from '../../src/testing/index.js';
import { type BuiltCopy, buildCopy } from '../support/built.js';

let copy: BuiltCopy;
beforeAll(async () => {
  copy = await buildCopy();
});
afterAll(() => copy.remove());

/** What every part of a program does: asks three times, waits until it knows the server, and tells what it did itself. */
const PART = `
async function part(selector, target) {
  const question = Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 97, 4, 116, 101, 115, 116, 0, 0, 1, 0, 1);
  let transport = '';
  for (let time = 0; time < 200 && transport !== 'dot'; time++) {
    ({ transport } = await selector.query(target, question));
    await new Promise((done) => setTimeout(done, 20));
  }
  const { begun = 0, elsewhere = 0 } = selector.metrics().probes;
  return { transport, probes: begun - elsewhere };
}`;
const GUARD = `guard: { allow: ['127.0.0.0/8'] }`;

const THREADS = `
import { Worker, isMainThread, parentPort } from 'node:worker_threads';
import { TransportSelector } from '@/index.js';
import { HubStore, MemberStore, portChannel } from '@/store/cluster/index.js';
${PART}
const { target } = JSON.parse(process.argv[2]);
if (isMainThread) {
  const store = new HubStore();
  const selector = await TransportSelector.open({ store, ${GUARD} });
  store.serve(selector);
  const workers = [0, 1, 2].map(() => new Worker(new URL(import.meta.url), { argv: [process.argv[2]] }));
  for (const worker of workers) store.connect(portChannel(worker));
  const told = await Promise.all(workers.map((worker) => new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', ({ told }) => told && resolve(told));
  })));
  for (const one of told) console.log(JSON.stringify(one));
  console.log(JSON.stringify(await part(selector, target)));
  await selector.close();
  for (const worker of workers) await worker.terminate();
} else {
  const selector = await TransportSelector.open({ store: new MemberStore(portChannel(parentPort)), ${GUARD} });
  parentPort.postMessage({ told: await part(selector, target) });
}
`;

const PROCESSES = `
import cluster from 'node:cluster';
import { TransportSelector } from '@/index.js';
import { HubStore, MemberStore, ipcChannel } from '@/store/cluster/index.js';
${PART}
if (cluster.isPrimary) {
  const { target } = JSON.parse(process.argv[2]);
  const store = new HubStore();
  const selector = await TransportSelector.open({ store, ${GUARD} });
  store.serve(selector);
  cluster.setupPrimary({ args: [process.argv[2]] });
  const workers = [0, 1].map(() => cluster.fork());
  for (const worker of workers) store.connect(ipcChannel(worker));
  const told = await Promise.all(workers.map((worker) => new Promise((resolve) => {
    worker.on('message', ({ told }) => told && resolve(told));
  })));
  for (const one of told) console.log(JSON.stringify(one));
  console.log(JSON.stringify(await part(selector, target)));
  await selector.close();
  for (const worker of workers) worker.kill('SIGKILL');
} else {
  const { target } = JSON.parse(process.argv[2]);
  const selector = await TransportSelector.open({ store: new MemberStore(ipcChannel(process)), ${GUARD} });
  process.send({ told: await part(selector, target) });
}
`;

async function target() {
  const server = await startFaultServer();
  onTestFinished(() => server.close());
  const { address, port, dotPort } = server;
  return { server, target: { address, port, dotPort, zone: 'test' } };
}

test('worker threads: the main thread probes once, and all ask over DoT', async () => {
  const { server, target: to } = await target();
  const { lines, stderr } = await copy.runFile(await copy.write(THREADS), { input: { target: to } });
  expect({ lines, stderr }).toEqual({
    lines: [...Array(3).fill({ transport: 'dot', probes: 0 }), { transport: 'dot', probes: 1 }],
    stderr: '',
  });
  // The probe's, which the main thread goes on with, and one for each of the others.
  expect(server.counters.connections).toBe(4);
});

test('node:cluster: the primary probes once, and all ask over DoT', async () => {
  const { server, target: to } = await target();
  const file = await copy.write(PROCESSES);
  const { lines, stderr } = await copy.runFile(file, { input: { target: to } });
  expect({ lines, stderr }).toEqual({
    lines: [...Array(2).fill({ transport: 'dot', probes: 0 }), { transport: 'dot', probes: 1 }],
    stderr: '',
  });
  expect(server.counters.connections).toBe(3);
});
