// Runs one bench in a process of its own: no bench inherits another's heap, sockets, modules, or what the compiler has learnt.
// (Measured: a module of another bench that loads `redis` makes what is measured of `decide` 1.7 times as slow.)
import type { BenchName } from './bars.js';
import type { Bench, Effort } from './bench.js';
import { serve } from './serve.js';

const BENCHES: Readonly<Record<BenchName, () => Promise<Bench>>> = {
  crowded: async () => (await import('./crowded.js')).crowded,
  decide: async () => (await import('./decide.js')).decide,
  do53: async () => (await import('./do53.js')).do53,
  dot: async () => (await import('./dot.js')).dot,
  hostile: async () => (await import('./hostile.js')).hostile,
  latency: async () => (await import('./latency.js')).latency,
  lost: async () => (await import('./lost.js')).lost,
  outage: async () => (await import('./outage.js')).outage,
  path: async () => (await import('./path.js')).path,
  probe: async () => (await import('./probe.js')).probe,
  share: async () => (await import('./share.js')).share,
  stalls: async () => (await import('./stalls.js')).stalls,
  store: async () => (await import('./store.js')).store,
};

/** What this process is asked. */
export interface BenchOrder {
  readonly bench: BenchName;
  readonly effort: Effort;
}

serve(
  async ({ bench, effort }: BenchOrder) => (await BENCHES[bench]())(effort),
  async () => {},
);
