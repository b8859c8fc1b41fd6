import type { Scenario } from './scenario.js';

/** How long a resolver may take to store what it has learned. */
const STORED_MS = 3_500;

/** What outlives the process. */
export const MEMORY: readonly Scenario[] = [
  {
    id: 'M2',
    text: 'The resolver is killed while it probes a server that accepts and is silent; the server recovers: it is found out.',
    source: 'RFC 9539 sections 4.5 and 4.6.3',
    needs: 'restart',
    quick: true,
    servers: { a: { dot: 'tcp-mute' } },
    steps: [
      { do: 'ask', phase: 'first', count: 3, everyMs: 300 },
      { do: 'restart', by: 'SIGKILL' },
      { do: 'set', dot: 'good' },
      { do: 'learn' },
    ],
    expect: [{ phase: 'before', figure: 'failed client queries', most: 0 }],
  },
  {
    id: 'M4',
    text: 'The resolver is killed and started again: its first query to a server that spoke DoT is encrypted.',
    source: 'RFC 9539 section 4.5',
    needs: 'restart',
    quick: true,
    steps: [
      { do: 'learn' },
      { do: 'wait', ms: STORED_MS },
      { do: 'restart', by: 'SIGKILL' },
      { do: 'ask', phase: 'then', count: 4, everyMs: 300 },
    ],
    expect: [
      { phase: 'then', figure: 'queries over Do53', most: 0 },
      { phase: 'then', figure: 'failed client queries', most: 0 },
    ],
  },
];
