import { type Expectation, PROMPT_MS, type Scenario, type Step } from './scenario.js';

const ALL_ANSWERED: readonly Expectation[] = [
  { phase: 'broken', figure: 'failed client queries', most: 0 },
  { phase: 'broken', figure: 'slowest client query', most: PROMPT_MS },
];

const WARM: Step = { do: 'ask', phase: 'warm', count: 20, everyMs: 50 };
const BROKEN: Step = { do: 'ask', phase: 'broken', count: 100, everyMs: 50 };

/** A Good server stops speaking DoT, while Do53 goes on. */
function breaks(id: string, what: string, how: readonly Step[], quick = false): Scenario {
  return {
    ...{ id, quick },
    text: `A server that spoke DoT ${what}: every query is answered over Do53, within ${PROMPT_MS} ms.`,
    source: 'RFC 9539 sections 4.6.5 and 4.6.6',
    steps: [{ do: 'learn' }, WARM, ...how, BROKEN],
    expect: ALL_ANSWERED,
  };
}

const WITHOUT_SESSION: readonly Step[] = [{ do: 'close-sessions' }, { do: 'wait', ms: 300 }];

/** Breaks: refused or dark, with an open session and without. */
export const BREAKS: readonly Scenario[] = [
  breaks('Q2a', 'resets its open session and refuses new ones', [{ do: 'set', dot: 'closed' }], true),
  breaks('Q2b', 'has no session open and refuses new ones', [...WITHOUT_SESSION, { do: 'set', dot: 'closed' }], true),
  breaks('Q2c', 'closes at each query', [{ do: 'set', dot: 'tls-close-query' }]),
  breaks(
    'Q3a',
    'falls silent on an open session, and every packet to port 853 is dropped',
    [{ do: 'filter', filter: 'drop-853', on: true }],
    true,
  ),
  breaks(
    'Q3b',
    'has no session open, and every packet to port 853 is dropped',
    [...WITHOUT_SESSION, { do: 'filter', filter: 'drop-853', on: true }],
    true,
  ),
  breaks('Q3c', 'keeps its sessions and answers nothing', [{ do: 'set', dot: 'tls-mute' }]),
  {
    id: 'Q20',
    text: 'A server that spoke DoT is dark for 5 s: no query fails, and it is encrypted to again within 2 min.',
    source: 'RFC 9539 section 4.6.5',
    steps: [
      { do: 'learn' },
      WARM,
      { do: 'filter', filter: 'drop-853', on: true },
      BROKEN,
      { do: 'filter', filter: 'drop-853', on: false },
      { do: 'ask', phase: 'two minutes', count: 120, everyMs: 1_000 },
      { do: 'ask', phase: 'then', count: 10, everyMs: 100 },
    ],
    expect: [...ALL_ANSWERED, { phase: 'then', figure: 'share encrypted', least: 90 }],
  },
];
