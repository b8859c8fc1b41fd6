// Runs one bench in a process of its own: no bench inherits another's heap, sockets, or what the compiler has learnt.
import type { BenchName } from './bars.js';
import type { Bench, Effort } from './bench.js';
import { decide } from './decide.js';
import { do53 } from './do53.js';
import { dot } from './dot.js';
import { hostile } from './hostile.js';
import { latency } from './latency.js';
import { outage } from './outage.js';
import { probe } from './probe.js';
import { serve } from './serve.js';
import { stalls } from './stalls.js';
import { store } from './store.js';

const BENCHES: Readonly<Record<BenchName, Bench>> = {
  decide,
  store,
  dot,
  stalls,
  do53,
  probe,
  latency,
  outage,
  hostile,
};

/** What this process is asked. */
export interface BenchOrder {
  readonly bench: BenchName;
  readonly effort: Effort;
}

serve(
  ({ bench, effort }: BenchOrder) => BENCHES[bench](effort),
  async () => {},
);
