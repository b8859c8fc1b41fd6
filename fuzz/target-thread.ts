// Fuzzes one target, in a thread of its own: started by run.ts with an order, reports to whoever started it.
import { parentPort, workerData } from 'node:worker_threads';
import { BlackBox } from './black-box.js';
import { Corpus } from './corpus.js';
import { cover } from './cover.js';
import { Coverage } from './coverage.js';
import { hexOf } from './input.js';
import { fuzz } from './loop.js';
import { Mutator } from './mutate.js';
import { CORPUS } from './places.js';
import type { Order, Report } from './result.js';
import type { Target, TargetName } from './target.js';

const { target: name, seconds: limit, memory } = workerData as Order;
const coverage = new Coverage();
coverage.install();
// Refusals are many; where they come from is of no interest.
Error.stackTraceLimit = 0;
// Only now: modules look for their counters when they are loaded. And only this one, so that they are its own.
const { [name]: target } = (await import(`./targets/${name}.js`)) as Record<TargetName, Target>;
const blackBox = new BlackBox(memory);
const run = (octets: Uint8Array): void => {
  blackBox.note(octets);
  target.run(octets);
};

const startedAt = performance.now();
const { executions, corpus, crashes } = fuzz({
  run,
  seeds: await new Corpus(CORPUS).seeds(name, target),
  until: Date.now() + limit * 1_000,
  coverage,
  mutator: new Mutator(Math.random, target.maxLength),
});
const seconds = (performance.now() - startedAt) / 1_000;
const { edges, edgesInAll } = coverage;
const report: Report = {
  result: {
    target: name,
    seconds,
    executions,
    executionsPerSecond: executions / seconds,
    corpus: corpus.length,
    edges,
    edgesInAll,
    crashes,
  },
  reaching: crashes.length > 0 ? [] : cover(corpus.map(reachOf)).map(hexOf),
};
parentPort?.postMessage(report);

/** The branches that an input reaches. */
function reachOf(octets: Uint8Array): { octets: Uint8Array; edges: Set<number> } {
  coverage.begin();
  run(octets);
  return { octets, edges: coverage.reached() };
}
