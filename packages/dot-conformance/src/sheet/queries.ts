import {
  answeredPromptly,
  endsSessions,
  IDLE_CLOSE,
  NO_CLEAR_TEXT,
  NOT_FOR_FORWARDERS,
  STILL_ENCRYPTED,
} from './common.js';
import type { Scenario } from './scenario.js';

/** Longer than the packet filter `forget-853` remembers a flow, in milliseconds. */
const IDLE_MS = 2_500;

/** What queries go through where the server is known. */
export const QUERIES: readonly Scenario[] = [
  {
    id: 'Q1',
    text: 'Port 853 of an unknown server is a black hole: no client waits for it.',
    source: 'RFC 9539 section 4.6.1',
    quick: true,
    steps: [
      { do: 'filter', filter: 'drop-853', on: true },
      { do: 'ask', phase: 'all', count: 10, everyMs: 200 },
    ],
    expect: answeredPromptly('all'),
  },
  {
    id: 'Q7a',
    text: 'A server closes an idle session: the next query opens another, and it goes over DoT.',
    source: 'RFC 9539 section 4.6.7; RFC 7766 section 6.2.3',
    quick: true,
    steps: [{ do: 'learn' }, ...IDLE_CLOSE, { do: 'ask', phase: 'then', count: 5, everyMs: 100 }],
    expect: [
      { phase: 'then', figure: 'failed client queries', most: 0 },
      { phase: 'then', figure: 'queries over Do53', most: 0 },
    ],
  },
  {
    id: 'Q7b',
    text: 'The session after one that the server has closed is resumed with a ticket.',
    source: 'RFC 9539 sections 4.5 and 4.6.3.2',
    steps: [
      { do: 'learn' },
      { do: 'ask', phase: 'a session', count: 5, everyMs: 100 },
      ...IDLE_CLOSE,
      { do: 'ask', phase: 'then', count: 5, everyMs: 100 },
    ],
    expect: [
      { phase: 'then', figure: 'queries over DoT', least: 5 },
      { phase: 'then', figure: 'full handshakes', most: 0 },
    ],
  },
  {
    id: 'Q8a',
    text: 'A server closes after each answer, queries come one by one: every query is answered, and most go over DoT.',
    source: 'RFC 9539 section 4.6.7; RFC 7766 section 6.2.4',
    quick: true,
    steps: [{ do: 'learn' }, { do: 'set', dot: 'one-shot' }, { do: 'ask', phase: 'then', count: 20, everyMs: 200 }],
    expect: STILL_ENCRYPTED,
  },
  {
    id: 'Q8b',
    text: 'A server closes after each answer, 20 queries are in flight: every query is answered.',
    source: 'RFC 9539 section 4.6.7; RFC 7766 section 6.2.4',
    steps: [{ do: 'learn' }, { do: 'set', dot: 'one-shot' }, { do: 'ask', phase: 'then', count: 20, everyMs: 0 }],
    expect: [{ phase: 'then', figure: 'failed client queries', most: 0 }],
  },
  {
    id: 'Q9a',
    text: 'Fifty queries at once on a session, every ten answered in reverse: each client gets its own answer.',
    source: 'RFC 9539 section 4.6.8.2; RFC 7766 section 7',
    steps: [
      { do: 'learn' },
      { do: 'set', dot: 'reverse', settings: { batch: 10 } },
      { do: 'ask', phase: 'then', count: 50, everyMs: 0 },
    ],
    expect: STILL_ENCRYPTED,
  },
  {
    id: 'Q9b',
    text: 'Ten queries at once on a session, all answers in one TLS record: each client gets its own answer.',
    source: 'RFC 9539 section 4.6.8.2; RFC 7766 section 8',
    servers: { a: { shape: 'sound' } },
    steps: [{ do: 'learn' }, { do: 'set', shape: 'joined' }, { do: 'ask', phase: 'then', count: 10, everyMs: 0 }],
    expect: STILL_ENCRYPTED,
  },
  {
    id: 'Q18',
    text: 'Fifty queries at once while no session is open: four new sessions at most, and hardly any clear text.',
    source: 'RFC 9539 section 4.6.3; RFC 7766 section 6.2.2',
    quick: true,
    tries: 3,
    steps: [{ do: 'learn' }, ...IDLE_CLOSE, { do: 'ask', phase: 'then', count: 50, everyMs: 0 }],
    expect: [
      { phase: 'then', figure: 'failed client queries', most: 0 },
      { phase: 'then', figure: 'connections to port 853', most: 4 },
      { phase: 'then', figure: 'share encrypted', least: 80 },
    ],
  },
  {
    id: 'Q21',
    notForForwarders: NOT_FOR_FORWARDERS.delegations,
    text: 'Two servers serve a zone, one of them speaks DoT: most queries go to that one, encrypted.',
    source: 'RFC 9539 section 4.6.1',
    servers: { a: {}, b: { dot: 'closed' } },
    tries: 3,
    steps: [
      { do: 'ask', phase: 'before', count: 40, everyMs: 100 },
      { do: 'wait', ms: 1_000 },
      { do: 'ask', phase: 'then', count: 100, everyMs: 50 },
    ],
    expect: [
      { phase: 'then', figure: 'failed client queries', most: 0 },
      { phase: 'then', figure: 'share encrypted', least: 80 },
    ],
  },
  {
    id: 'Q22',
    text: 'Fifty queries at once on an open session, and 20 a second for 5 s: sessions are used again.',
    source: 'RFC 9539 section 4.6.3; RFC 7766 section 6.2.1',
    steps: [
      { do: 'learn' },
      { do: 'ask', phase: 'a stream', count: 100, everyMs: 50 },
      { do: 'ask', phase: 'a burst', count: 50, everyMs: 0 },
    ],
    expect: [
      { phase: 'a stream', figure: 'connections to port 853', most: 2 },
      { phase: 'a burst', figure: 'connections to port 853', most: 4 },
      { phase: 'a burst', figure: 'failed client queries', most: 0 },
    ],
  },
  {
    id: 'Q19',
    text: 'Every other connection to an address finds a backend without TLS: no query fails.',
    source: 'RFC 9539 sections 4.5 and 4.6.5',
    servers: { a: { turns: ['good', 'tcp-reset'] } },
    steps: [
      { do: 'ask', phase: 'all', count: 200, everyMs: 15 },
      { do: 'ask', phase: 'then', count: 300, everyMs: 15, beside: true },
      ...endsSessions(8, 'FIN'),
      { do: 'join' },
    ],
    expect: [
      { phase: 'all', figure: 'failed client queries', most: 0 },
      { phase: 'then', figure: 'failed client queries', most: 0 },
      { phase: 'then', figure: 'connections to port 853', most: 30 },
    ],
  },
  {
    id: 'Q31',
    text: 'A middlebox forgets idle flows after 1.5 s, and drops what comes then: no query waits for that, and once that has shown a few times, none goes out in clear text.',
    source: 'RFC 9539 section 4.6.6; RFC 5382 section 5',
    steps: [
      { do: 'learn' },
      { do: 'filter', filter: 'forget-853', on: true },
      { do: 'wait', ms: IDLE_MS },
      { do: 'ask', phase: 'pauses', count: 3, everyMs: IDLE_MS },
      { do: 'wait', ms: IDLE_MS },
      { do: 'ask', phase: 'then', count: 6, everyMs: IDLE_MS },
    ],
    expect: [...answeredPromptly('pauses'), ...answeredPromptly('then'), ...NO_CLEAR_TEXT],
  },
  {
    id: 'Q35',
    text: 'A server closes after each answer, six queries come a second for 6.6 s: nearly all are encrypted, within 2 full handshakes a second and a burst of 8, where a resumed one counts a quarter: 38 sessions need no more than 15 full ones.',
    source: 'RFC 9539 sections 4.6.3.2 and 4.6.7',
    steps: [{ do: 'learn' }, { do: 'set', dot: 'one-shot' }, { do: 'ask', phase: 'then', count: 40, everyMs: 166 }],
    expect: [
      { phase: 'then', figure: 'failed client queries', most: 0 },
      { phase: 'then', figure: 'share encrypted', least: 95 },
      { phase: 'then', figure: 'full handshakes', most: 15 },
    ],
  },
  {
    id: 'Q42',
    notForForwarders: NOT_FOR_FORWARDERS.sendsAgain,
    text: 'A third of all datagrams to a server without DoT is lost: nearly all queries are answered within a client’s 5 s.',
    source: 'RFC 1035 section 4.2.1',
    tries: 3,
    servers: { a: { dot: 'closed' } },
    steps: [
      { do: 'filter', filter: 'lose-53', on: true },
      { do: 'ask', phase: 'all', count: 200, everyMs: 20 },
    ],
    expect: [{ phase: 'all', figure: 'failed client queries', most: 1 }],
  },
];
