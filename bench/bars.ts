import type { Effort } from './bench.js';

/** The benches, in the order in which they run. */
export const BENCH_NAMES = [
  'decide',
  'store',
  'share',
  'dot',
  'stalls',
  'do53',
  'probe',
  'latency',
  'path',
  'crowded',
  'outage',
  'lost',
  'hostile',
] as const;

/** The name of a bench, as `--only` takes it. */
export type BenchName = (typeof BENCH_NAMES)[number];

/** A figure that a bench brings, and what it must be. Without floor and ceiling it is told, and nothing else. */
export interface Bar {
  /** Its bench's name, a dot, and its own. */
  readonly name: string;
  readonly unit: string;
  /** What floor and ceiling speak of: the figure itself, or the median of its ratios to the baseline. */
  readonly of: 'value' | 'ratio';
  readonly floor?: number | undefined;
  readonly ceiling?: number | undefined;
  /** What we would like it to be. */
  readonly aim?: number | undefined;
  /** Whether only a full run brings it. */
  readonly fullOnly?: boolean | undefined;
}

type Rest = Partial<Pick<Bar, 'floor' | 'ceiling' | 'aim' | 'fullOnly'>>;

const ratio = (name: string, unit: string, rest: Rest = {}): Bar => ({ name, unit, of: 'ratio', ...rest });
const value = (name: string, unit: string, rest: Rest = {}): Bar => ({ name, unit, of: 'value', ...rest });

/** The bars of one loss of port 853. */
function outage(name: string, slowestMs: number, recoveryS: number, fullOnly: boolean): Bar[] {
  return [
    value(`outage.${name}.failed`, 'queries', { ceiling: 0, fullOnly }),
    value(`outage.${name}.slowest`, 'ms over Do53', { ceiling: slowestMs, fullOnly }),
    value(`outage.${name}.recovery`, 's', { ceiling: recoveryS, fullOnly }),
    value(`outage.${name}.clear`, 'queries', { fullOnly }),
  ];
}

/** The bars of one server over a path with a round trip; the baseline is Do53, one round trip. */
function path(server: string): Bar[] {
  return [
    ratio(`path.${server}.near`, 'ms', { ceiling: 1.15, aim: 1.05 }),
    ratio(`path.${server}.middle`, 'ms', { ceiling: 1.15, aim: 1.05 }),
    ratio(`path.${server}.far`, 'ms', { ceiling: 1.15, aim: 1.05 }),
    value(`path.${server}.sessions`, 'open at once', { ceiling: 4 }),
    // Of five queries a second one in eight meets an answer that is expected: a second session is for those.
    value(`path.${server}.seldom-sessions`, 'opened', { ceiling: 2 }),
  ];
}

/** Every figure with its bar. */
export const BARS: readonly Bar[] = [
  ratio('decide.10000', 'ns', { ceiling: 2, aim: 1 }),
  ratio('decide.100000', 'ns', { ceiling: 1.3, aim: 1 }),
  ratio('decide.1000000', 'ns', { ceiling: 1.3, aim: 1 }),
  ratio('decide.rules', 'ns', { ceiling: 2 }),
  ratio('decide.rules-zone', 'ns', { ceiling: 2 }),
  value('decide.bytes', 'bytes an endpoint', { ceiling: 90, aim: 80 }),

  ratio('store.file', 'ms', { ceiling: 3 }),
  ratio('store.selector', 'ms', { ceiling: 3 }),

  ratio('share.hangs.p50', 'ms', { ceiling: 1.05 }),
  ratio('share.killed.p50', 'ms', { ceiling: 1.05 }),
  ratio('share.never.p50', 'ms', { ceiling: 1.05 }),
  value('share.failed', 'queries', { ceiling: 0 }),
  value('share.hangs.agree', 's', { ceiling: 5 }),
  value('share.killed.agree', 's', { ceiling: 5 }),

  ratio('dot.nsd.exchange.100', 'answers/s', { floor: 0.95, aim: 1.4 }),
  ratio('dot.nsd.selector.100', 'answers/s', { floor: 0.75, aim: 1.1 }),
  ratio('dot.nsd.signal.100', 'answers/s', { floor: 0.5 }),
  ratio('dot.nsd.dnsperf.100', 'answers/s', { floor: 2.5 }),
  ratio('dot.nsd.dohdec.100', 'answers/s', { floor: 4, aim: 7 }),
  ratio('dot.nsd.dohdec-bytes.100', 'answers/s'),
  ratio('dot.nsd.cpu.100', 'µs/answer', { ceiling: 1.3 }),
  ratio('dot.nsd.selector-cpu.100', 'µs/answer'),
  ratio('dot.bind.exchange.100', 'answers/s', { floor: 0.8 }),
  ratio('dot.bind.selector.100', 'answers/s'),
  ratio('dot.nsd.exchange.1', 'answers/s'),
  ratio('dot.nsd.selector.1', 'answers/s'),
  ratio('dot.nsd.signal.1', 'answers/s'),
  ratio('dot.nsd.exchange.10', 'answers/s'),
  ratio('dot.nsd.selector.10', 'answers/s'),
  ratio('dot.nsd.signal.10', 'answers/s'),

  value('stalls.nsd.first', 'share under 5 ms', { floor: 0.9, aim: 1 }),
  value('stalls.nsd.burst', 'share under 30 ms', { floor: 0.9, aim: 1 }),
  value('stalls.bind.first', 'share under 5 ms', { floor: 0.9, aim: 1 }),
  value('stalls.bind.burst', 'share under 30 ms', { floor: 0.9, aim: 1 }),

  ratio('do53.exchange', 'answers/s', { floor: 0.6 }),
  ratio('do53.selector', 'answers/s', { floor: 0.85 }),

  ratio('probe.rate', 'probes/s', { floor: 0.9 }),

  ratio('latency.p50', 'ms', { ceiling: 1.05 }),
  ratio('latency.p90', 'ms', { ceiling: 1.1 }),
  value('latency.late', 'a capable server', { ceiling: 1 }),
  value('latency.over100', 'of 10,000'),
  value('latency.sessions', 'a capable server', { ceiling: 1.5, aim: 1 }),
  value('latency.encrypted', 'share of capable'),

  ...path('nsd'),
  ...path('bind'),

  // Two contacts make a server known, so the baseline is what can be encrypted; it hangs on which servers are popular.
  ratio('crowded.encrypted', 'share of capable', { floor: 0.995, fullOnly: true }),
  value('crowded.wait.p50', 'ms to the probe', { ceiling: 50 }),
  value('crowded.wait.p90', 'ms to the probe', { ceiling: 3_000 }),
  value('crowded.dropped', 'candidates', { ceiling: 0 }),
  ratio('crowded.p50', 'ms'),
  ratio('crowded.p90', 'ms', { ceiling: 1.06 }),
  ratio('crowded.p99', 'ms', { ceiling: 1.2 }),
  value('crowded.failed', 'queries', { ceiling: 0 }),
  value('crowded.sessions', 'a capable server', { ceiling: 1.5, aim: 1 }),

  ...outage('500ms.near', 1_000, 5, false),
  ...outage('500ms.far', 300, 5, false),
  ...outage('4s.near', 1_000, 120, true),
  ...outage('4s.far', 300, 120, true),

  value('lost.reload.clear', 'queries', { ceiling: 2, aim: 0 }),
  value('lost.reload.failed', 'queries', { ceiling: 0 }),
  value('lost.restart.recovery', 's', { ceiling: 5 }),
  value('lost.restart.downgrades', 'servers given up', { ceiling: 0 }),
  value('lost.restart.clear', 'queries'),
  value('lost.one-shot.steady', 'share encrypted', { floor: 0.95, aim: 1 }),
  value('lost.one-shot.burst', 'share encrypted', { floor: 0.95, aim: 1 }),
  value('lost.one-shot.failed', 'queries', { ceiling: 0 }),
  value('lost.silent.300ms.failed', 'queries more than Do53', { ceiling: 0 }),
  value('lost.silent.1s.failed', 'queries more than Do53', { ceiling: 0 }),
  value('lost.silent.5s.failed', 'queries more than Do53', { ceiling: 0 }),
  value('lost.silent.stall', 'ms', { ceiling: 100 }),
  value('lost.silent.cpu', 'ms a burst'),
  value('lost.fresh.first', 'share under 15 ms', { floor: 0.9, aim: 1 }),
  value('lost.fresh.sixth', 'share under 15 ms', { floor: 0.9, aim: 1 }),

  value('hostile.memory', 'KB a hostile server', { ceiling: 4_096 }),
  value('hostile.p99', 'ms more than without', { ceiling: 5, aim: 1 }),
  value('hostile.failed', 'queries', { ceiling: 0 }),
];

/** The bars that a run has to meet. */
export function barsOf(names: readonly BenchName[], effort: Effort): Bar[] {
  const isOf = ({ name }: Bar) => names.some((bench) => name.startsWith(`${bench}.`));
  return BARS.filter((bar) => isOf(bar) && (effort === 'full' || bar.fullOnly !== true));
}
