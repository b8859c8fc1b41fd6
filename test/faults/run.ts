import type { ProbeResult } from '../../src/probe/prober.js';
import type { QueryResult } from '../../src/query/query.js';
import { idOf, nameOf, query } from '../transport/support.js';
import type { LiveOutcome, Mode, ProbeOutcome, Row, Speed } from './matrix.js';
import { type LocalMake, Scene } from './scene.js';
import { answerOf } from './watched-exchange.js';

/** The least hedge delay of the default policy: what is answered before has not had to wait for us. */
const AT_ONCE_MS = 250;
/** Another server of this network. */
const ELSEWHERE = '127.255.255.1';
/** How long a verdict is followed after a query, in milliseconds: probes that confirm a failure come within it. */
const FOLLOWED_MS = 25_000;

/** Runs a row in one of its ways, at an address. */
export async function run(row: Row, make: LocalMake, mode: Mode, address: string): Promise<ProbeOutcome | LiveOutcome> {
  const scene = await Scene.set(row, make, address);
  try {
    return mode === 'probe' ? await runProbe(scene) : await runLive(scene, row, mode);
  } finally {
    await scene.close();
  }
}

// --- A probe ----------------------------------------------------------------------------------------------------------

async function runProbe(scene: Scene): Promise<ProbeOutcome> {
  const { selector, target } = scene;
  // DoT has worked on this network: what fails is the server's own (S20).
  selector.report(selector.decide(ELSEWHERE), { transport: 'dot', ok: true, rcode: 0 });
  await scene.begin();
  const probed = selector.probe(target).then(shownBy, (error) => `rejected: ${codeOf(error)}`);
  await scene.stall();
  const shown = await scene.drive(probed);
  const { status, since, until } = selector.explain(target);
  if (status !== 'Bad') return { shown, verdict: status };
  return { shown, verdict: status, rest: spanOf(Number(until) - Number(since)) };
}

function shownBy({ evidence, rcode }: ProbeResult): string {
  if (evidence.result === 'failure') return `${evidence.phase} ${evidence.kind}`;
  return evidence.result === 'success' ? answerOf(rcode) : `inconclusive: ${evidence.why}`;
}

/** How long a Bad endpoint is left alone, in words. */
export function spanOf(ms: number): string {
  const units = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
  ] as const;
  const [unit, name] = units.find(([size]) => ms >= size) ?? [1_000, 's'];
  return `${Math.round(ms / unit)} ${name}`;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error;
}

// --- A live query -----------------------------------------------------------------------------------------------------

async function runLive(scene: Scene, row: Row, session: 'none' | 'open'): Promise<LiveOutcome> {
  const { selector, target, clock, exchange } = scene;
  selector.report(selector.decide(target), { transport: 'dot', ok: true, rcode: 0 });
  if (session === 'open') await warmUp(scene);
  let hedges = 0;
  selector.on('hedge', () => hedges++);
  await scene.begin();
  exchange.seen.length = 0;
  const startedAt = clock.now();
  const names = Array.from({ length: row.asks ?? 1 }, (_, index) => `n${index}.example.test`);
  const asked = names.map((name, id) => ask(scene, name, id));
  const stallMs = await scene.stall();
  const settled = await scene.drive(Promise.allSettled(asked));
  const elapsed = clock.now() - startedAt - stallMs;
  const answered = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const verdicts = await follow(scene);
  const by = answered.length < names.length ? 'nobody' : transportsOf(answered);
  const speed = by === 'nobody' ? 'never' : speedOf(elapsed, by, hedges);
  return { shown: [...new Set(exchange.seen)].join(', ') || 'nothing', by, speed, ...verdicts };
}

async function warmUp(scene: Scene): Promise<void> {
  const { transport } = await scene.drive(ask(scene, 'warm.example.test', 1));
  if (transport !== 'dot') throw new Error('no session was opened');
}

/** A query whose answer belongs to it. */
async function ask({ selector, target }: Scene, name: string, id: number): Promise<QueryResult> {
  const result = await selector.query(target, query(name, id));
  const { message } = result;
  const theirs = `${nameOf(message).toLowerCase()} ${idOf(message)}`;
  if (theirs !== `${name} ${id}`) throw new Error(`${theirs} for ${name} ${id}`);
  return result;
}

function transportsOf(results: readonly QueryResult[]): 'DoT' | 'Do53' {
  return results.every(({ transport }) => transport === 'dot') ? 'DoT' : 'Do53';
}

function speedOf(elapsed: number, by: 'DoT' | 'Do53', hedges: number): Exclude<Speed, 'never'> {
  if (hedges === 0 && elapsed < AT_ONCE_MS) return 'at once';
  return hedges > 0 && by === 'Do53' ? 'after the hedge delay' : 'late';
}

/** The verdict when the attempts have ended, and when the probes that this brings about have. */
async function follow(scene: Scene): Promise<Pick<LiveOutcome, 'after' | 'later'>> {
  const { selector, target, clock, exchange } = scene;
  const latest = clock.now() + FOLLOWED_MS;
  let after: LiveOutcome['after'] | undefined;
  for (;;) {
    await scene.quiet(() => false);
    const { status, probe } = selector.explain(target);
    const isAtRest = exchange.pending === 0 && (probe.phase === 'idle' || status === 'Bad');
    if (exchange.pending === 0) after ??= status;
    if (isAtRest || clock.now() >= latest) return { after: after ?? status, later: status };
    await clock.step(latest);
  }
}
