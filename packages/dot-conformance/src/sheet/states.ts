import { answeredPromptly, NO_CLEAR_TEXT, NOT_FOR_FORWARDERS } from './common.js';
import type { Scenario } from './scenario.js';

/** How a server is discovered. */
export const STATES: readonly Scenario[] = [
  {
    id: 'S1',
    text: 'A server that speaks DoT is found out beside the queries that it gets: none of them fails or waits for that.',
    source: 'RFC 9539 sections 4.3 and 4.6.1',
    quick: true,
    steps: [{ do: 'learn' }],
    expect: [...answeredPromptly('before'), { phase: 'once encrypted', figure: 'queries over Do53', most: 0 }],
  },
  {
    id: 'S2',
    notForForwarders: NOT_FOR_FORWARDERS.told,
    text: 'Eight queries at once to an unknown server: one connection at most.',
    source: 'RFC 9539 section 4.6.3',
    quick: true,
    steps: [
      { do: 'ask', phase: 'at once', count: 8, everyMs: 0 },
      { do: 'wait', ms: 1_000 },
    ],
    expect: [
      { phase: 'at once', figure: 'connections to port 853', most: 1 },
      { phase: 'at once', figure: 'failed client queries', most: 0 },
    ],
  },
  {
    id: 'S5',
    text: 'A server that is known to speak DoT gets nothing in clear text.',
    source: 'RFC 9539 section 4.6.1',
    steps: [{ do: 'learn' }, { do: 'ask', phase: 'then', count: 100, everyMs: 50 }],
    expect: NO_CLEAR_TEXT,
  },
];
