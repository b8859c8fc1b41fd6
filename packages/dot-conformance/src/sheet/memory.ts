import { NO_CLEAR_TEXT, NOT_FOR_FORWARDERS } from './common.js';
import type { Scenario } from './scenario.js';

/** How long a resolver may take to store what it has learned. */
const STORED_MS = 3_500;

/** What outlives the process. */
export const MEMORY: readonly Scenario[] = [
  {
    id: 'M2',
    text: 'The resolver is killed while it probes a server that accepts and is silent; the server recovers: it is found out.',
    source: 'RFC 9539 sections 4.5 and 4.6.3',
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
    id: 'M4a',
    notForForwarders: NOT_FOR_FORWARDERS.remembers,
    text: 'The resolver is killed and started again: its first query to a server that spoke DoT is encrypted.',
    source: 'RFC 9539 section 4.5',
    quick: true,
    steps: [
      { do: 'learn' },
      { do: 'wait', ms: STORED_MS },
      { do: 'restart', by: 'SIGKILL' },
      { do: 'ask', phase: 'then', count: 4, everyMs: 300 },
    ],
    expect: NO_CLEAR_TEXT,
  },
  {
    id: 'M4b',
    notForForwarders: NOT_FOR_FORWARDERS.remembers,
    text: 'The resolver is ended and started again at once: its first query to a server that spoke DoT is encrypted.',
    source: 'RFC 9539 section 4.5',
    steps: [{ do: 'learn' }, { do: 'restart', by: 'SIGTERM' }, { do: 'ask', phase: 'then', count: 4, everyMs: 300 }],
    expect: NO_CLEAR_TEXT,
  },
  {
    id: 'M4c',
    notForForwarders: NOT_FOR_FORWARDERS.remembers,
    text: 'The resolver is started again after it has met a port 853 that refuses connections: the server is left alone.',
    source: 'RFC 9539 sections 4.5 and 4.6.3',
    servers: { a: { dot: 'closed' } },
    steps: [
      { do: 'ask', phase: 'first', count: 6, everyMs: 300 },
      { do: 'set', dot: 'tcp-reset' },
      { do: 'wait', ms: STORED_MS },
      { do: 'restart', by: 'SIGKILL' },
      { do: 'ask', phase: 'then', count: 6, everyMs: 300 },
    ],
    expect: [
      { phase: 'then', figure: 'connections to port 853', most: 0 },
      { phase: 'then', figure: 'failed client queries', most: 0 },
    ],
  },
  {
    id: 'M1',
    notForForwarders: NOT_FOR_FORWARDERS.remembers,
    text: 'The resolver is killed three times, two of them at once after its start: it starts, and has lost nothing.',
    source: 'RFC 9539 section 4.5',
    steps: [
      { do: 'learn' },
      { do: 'wait', ms: STORED_MS },
      { do: 'restart', by: 'SIGKILL' },
      { do: 'restart', by: 'SIGKILL' },
      { do: 'restart', by: 'SIGKILL' },
      { do: 'ask', phase: 'then', count: 4, everyMs: 300 },
    ],
    expect: NO_CLEAR_TEXT,
  },
  {
    id: 'M3',
    text: 'The resolver finds noise in every file that it has left: it starts, and finds servers out anew.',
    source: 'RFC 9539 section 4.5',
    steps: [
      { do: 'ask', phase: 'first', count: 8, everyMs: 250 },
      { do: 'wait', ms: STORED_MS },
      { do: 'restart', by: 'SIGKILL', spoiled: true },
      { do: 'learn' },
    ],
    expect: [{ phase: 'before', figure: 'failed client queries', most: 0 }],
  },
];
