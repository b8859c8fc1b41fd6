import { type BuiltCopy, buildCopy } from '../support/built.js';
import { createNamespace } from '../support/namespace.js';
import type { LiveOutcome, Mode, ProbeOutcome, Row } from './matrix.js';

/** What came of one run behind the firewall. */
export interface FirewallRun {
  /** The row's place among those given. */
  readonly index: number;
  readonly address: string;
  readonly mode: Mode;
  readonly outcome: ProbeOutcome | LiveOutcome;
}

/**
 * Runs inside a network namespace, on the system's clock: how fast an answer came is told by what brought it. All rows at
 * once, each with a server and a rule of its own.
 */
const PROGRAM = `
import { execFile } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { DotExchange, TransportSelector } from '@/index.js';
import { startFaultServer } from '@/testing/index.js';
const { rows, addresses } = JSON.parse(process.argv[1]);
const guard = { admits: () => true };
const encoder = new TextEncoder();
const labels = ['a', 'example', 'test'].flatMap((label) => [label.length, ...encoder.encode(label)]);
const question = Uint8Array.of(1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1);
// Over loopback an ICMPv6 error often comes with the second SYN alone, a second after the first; a session that was open has
// to be seen silent before. Both count from when a busy machine lets us.
const hedgeMs = 3_000;
const policy = {
  recheckMs: 100,
  attemptMs: 12_000,
  coldHedgeMinMs: hedgeMs,
  coldHedgeMaxMs: hedgeMs,
  warmHedgeMinMs: hedgeMs,
  warmHedgeMaxMs: hedgeMs,
};
function sceneOf({ address, port, dotPort }) {
  const seen = [];
  const note = (shown) => seen.push({ shown, after: selector.explain(target).status });
  const dot = new DotExchange({ guard });
  const attempt = dot.attempt.bind(dot);
  dot.attempt = (...asked) => {
    const begun = attempt(...asked);
    const listen = begun.listen.bind(begun);
    begun.listen = (listener) =>
      listen({
        answered: (reply) => (listener.answered(reply), note('answer')),
        failed: (error) => (listener.failed(error), note(error.failure.phase + ' ' + error.failure.kind)),
      });
    return begun;
  };
  const selector = new TransportSelector({ guard, dot, policy });
  const hedges = [];
  selector.on('hedge', (info) => hedges.push(info));
  const target = { address, port, dotPort, zone: 'example.test' };
  return { selector, seen, hedges, target };
}
async function probe({ selector, target }) {
  // DoT has worked on this network: what fails is the server's own (S20).
  selector.report(selector.decide('127.255.255.1'), { transport: 'dot', ok: true, rcode: 0 });
  const { evidence } = await selector.probe(target);
  const { status, since, until } = selector.explain(target);
  const shown = evidence.result === 'failure' ? evidence.phase + ' ' + evidence.kind : 'inconclusive: ' + evidence.why;
  return { shown, verdict: status, ...(status === 'Bad' ? { restMs: until - since } : {}) };
}
async function live({ selector, seen, hedges, target }) {
  hedges.length = 0;
  seen.length = 0;
  const answered = await selector.query(target, question, { timeoutMs: 4 * hedgeMs }).catch(() => undefined);
  const by = answered === undefined ? 'nobody' : answered.transport === 'dot' ? 'DoT' : 'Do53';
  const speed = by === 'nobody' ? 'never' : hedges.length > 0 ? 'after the hedge delay' : 'at once';
  while (seen.length === 0) await wait(10);
  const [first] = seen;
  const giveUp = performance.now() + 30_000;
  for (;;) {
    const { status, probe } = selector.explain(target);
    if (status !== 'Good' || probe.phase === 'idle' || performance.now() > giveUp)
      return { ...first, by, speed, later: status };
    await wait(20);
  }
}
async function makeRow({ ip4, ip6 }, index, address) {
  const server = await startFaultServer({ address });
  const [probed, none, open] = [sceneOf(server), sceneOf(server), sceneOf(server)];
  for (const { selector, target } of [none, open])
    selector.report(selector.decide(target), { transport: 'dot', ok: true, rcode: 0 });
  const { transport } = await open.selector.query(open.target, question);
  if (transport !== 'dot') throw new Error('no session was opened');
  const rule = address.includes(':') ? ['ip6', ip6] : ['ip', ip4];
  const port = String(server.dotPort);
  await promisify(execFile)('nft', ['add rule inet t i ' + rule[0] + ' daddr ' + address + ' tcp dport ' + port + ' ' + rule[1]]);
  return { index, address, server, probed, none, open };
}
async function runRow({ index, address, server, probed, none, open }) {
  const tell = (mode) => (outcome) => console.log(JSON.stringify({ index, address, mode, outcome }));
  await Promise.all([probe(probed).then(tell('probe')), live(none).then(tell('none')), live(open).then(tell('open'))]);
  await Promise.all([probed, none, open].map(({ selector }) => selector.close()));
  await server.close();
}
// All rules before the first query: what one row costs our loop must not be another's silence.
const made = await Promise.all(rows.flatMap((row, index) => addresses.map((address) => makeRow(row, index, address))));
await Promise.all(made.map(runRow));
`;

/** What came of all of them, and for how long the loop that they share stood still, in milliseconds. */
export interface FirewallRuns {
  readonly runs: readonly FirewallRun[];
  readonly stoodMs: number;
}

/** Runs rows behind a packet filter, in a network namespace. */
export async function runBehindFirewall(rows: readonly Row[], addresses: readonly string[]): Promise<FirewallRuns> {
  const makes = rows.map(({ make }) => make);
  await using copy: BuiltCopy = await buildCopy();
  await using namespace = await createNamespace();
  const { code, lines, stderr, stoodMs } = await copy.run(PROGRAM, { input: { rows: makes, addresses }, namespace });
  if (code !== 0) throw new Error(`the program behind the firewall ended with ${code}: ${stderr}`);
  return { runs: lines as FirewallRun[], stoodMs };
}
