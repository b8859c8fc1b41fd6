import { answeredPromptly, endsSessions, PROMPT_MS, STILL_ENCRYPTED } from './common.js';
import type { Scenario, Step } from './scenario.js';

const WARM: Step = { do: 'ask', phase: 'warm', count: 20, everyMs: 50 };
const BROKEN: Step = { do: 'ask', phase: 'broken', count: 100, everyMs: 50 };

/** A Good server stops speaking DoT, while Do53 goes on. */
function breaks(id: string, what: string, how: readonly Step[], quick = false): Scenario {
  return {
    ...{ id, quick },
    text: `A server that spoke DoT ${what}: every query is answered over Do53, within ${PROMPT_MS} ms.`,
    source: 'RFC 9539 sections 4.6.5 and 4.6.6',
    steps: [{ do: 'learn' }, WARM, ...how, BROKEN],
    expect: answeredPromptly('broken'),
  };
}

/** A session ends while queries are under way, and nothing else is wrong. */
function ends(id: string, what: string, by: 'FIN' | 'RST', quick = false): Scenario {
  return {
    ...{ id, quick },
    text: `A server that speaks DoT ${what} under 100 queries a second: no query fails, and it is encrypted to as before.`,
    source: 'RFC 9539 sections 4.6.6 and 4.6.7; RFC 7766 section 6.2.4',
    tries: 3,
    // One that leaves handshakes alone: a session that ends before it began is another matter.
    servers: { a: { shape: 'sound' } },
    steps: [
      { do: 'learn' },
      { do: 'ask', phase: 'under way', count: 200, everyMs: 10, beside: true },
      ...endsSessions(3, by),
      { do: 'join' },
      { do: 'ask', phase: 'then', count: 10, everyMs: 100 },
    ],
    expect: [{ phase: 'under way', figure: 'failed client queries', most: 0 }, ...STILL_ENCRYPTED],
  };
}

const WITHOUT_SESSION: readonly Step[] = [{ do: 'close-sessions' }, { do: 'wait', ms: 300 }];

/** Breaks: refused or dark, with an open session and without. */
export const BREAKS: readonly Scenario[] = [
  breaks('Q2a', 'resets its open session and refuses new ones', [{ do: 'set', dot: 'closed' }], true),
  breaks('Q2b', 'has no session open and refuses new ones', [...WITHOUT_SESSION, { do: 'set', dot: 'closed' }], true),
  breaks('Q2c', 'closes at each query', [{ do: 'set', dot: 'tls-close-query' }]),
  breaks('Q2d', 'resets at each query', [{ do: 'set', dot: 'tls-reset-query' }]),
  breaks('Q2e', 'has a firewall before it that resets every segment to port 853', [
    { do: 'filter', filter: 'reset-853', on: true },
  ]),
  breaks('Q2f', 'comes back without TLS on port 853', [...WITHOUT_SESSION, { do: 'set', dot: 'plain-dns' }]),
  breaks('Q2g', 'closes behind each handshake', [{ do: 'set', dot: 'tls-close' }]),
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
  ends('Q30a', 'ends its session cleanly', 'FIN', true),
  ends('Q30b', 'resets its session', 'RST', true),
  {
    id: 'Q34',
    text: 'A server that spoke DoT is away with both ports for 2 s: 5 s after its return it is encrypted to.',
    source: 'RFC 9539 section 4.6.5',
    steps: [
      { do: 'learn' },
      { do: 'set', dot: 'closed', clear: 'closed' },
      { do: 'ask', phase: 'away', count: 10, everyMs: 200 },
      { do: 'set', dot: 'good', clear: 'good' },
      { do: 'ask', phase: 'five seconds', count: 20, everyMs: 250 },
      { do: 'ask', phase: 'then', count: 10, everyMs: 100 },
    ],
    expect: STILL_ENCRYPTED,
  },
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
    expect: [...answeredPromptly('broken'), ...STILL_ENCRYPTED],
  },
];
